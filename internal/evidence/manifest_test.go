package evidence_test

import (
	"archive/zip"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/testkit/schema"
)

func TestManifestSchemaHasTheMembersOfTheModel(t *testing.T) {
	doc := schema.Parse(t, evidence.ManifestJSONSchema())
	doc.CheckDescribes(t, "manifest", evidence.Manifest{})
	for name, v := range map[string]any{"suite": evidence.Suite{}, "file": evidence.File{}, "leftOut": evidence.OmittedContent{}} {
		doc.Defs[name].CheckDescribes(t, name, v)
	}
	assert.Equal(
		t,
		[]string{string(evidence.TooLarge), string(evidence.TooMany), string(evidence.Secret)},
		doc.Defs["leftOut"].Properties["reason"].Enum,
	)
}

func TestManifestsFollowTheirSchema(t *testing.T) {
	r, err := zip.OpenReader(made(t, nil))
	require.NoError(t, err)
	defer r.Close()
	file, err := r.Open("manifest.json")
	require.NoError(t, err)
	text, err := io.ReadAll(file)
	require.NoError(t, err)
	assert.NoError(t, schema.Validate(t, evidence.ManifestJSONSchema(), string(text)))
}
