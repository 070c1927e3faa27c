package bundle_test

import (
	"archive/zip"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/evidence/bundle"
	"github.com/cvconform/cvconform/internal/testkit/schema"
)

func TestManifestSchemaDescribesTheType(t *testing.T) {
	doc := schema.Parse(t, bundle.ManifestJSONSchema())
	doc.CheckDescribes(t, "manifest", bundle.Manifest{})
	for name, v := range map[string]any{"suite": bundle.Suite{}, "file": bundle.File{}, "leftOut": bundle.OmittedContent{}} {
		doc.Defs[name].CheckDescribes(t, name, v)
	}
	assert.Equal(
		t,
		[]string{string(bundle.TooLarge), string(bundle.TooMany), string(bundle.Secret)},
		doc.Defs["leftOut"].Properties["reason"].Enum,
	)
}

func TestManifestIsValid(t *testing.T) {
	r, err := zip.OpenReader(writeBundle(t, nil))
	require.NoError(t, err)
	defer r.Close()
	file, err := r.Open("manifest.json")
	require.NoError(t, err)
	text, err := io.ReadAll(file)
	require.NoError(t, err)
	assert.NoError(t, schema.Validate(t, bundle.ManifestJSONSchema(), string(text)))
}
