package evidence_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/evidence"
)

// archive returns a zip with these files: name, content, name, content, ….
func archive(t *testing.T, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		f, err := w.Create(files[i])
		require.NoError(t, err)
		_, err = io.WriteString(f, files[i+1])
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

func sum(content string) string {
	digest := sha256.Sum256([]byte(content))
	return hex.EncodeToString(digest[:])
}

func TestEntries(t *testing.T) {
	packed := archive(t, "folder/", "", "folder/model.onnx", "weights", "labels.txt", "ring\nstripe")
	damaged := bytes.Replace(packed, []byte("model.onnx"), []byte("model.onnx"), 1)
	damaged[bytes.Index(damaged, []byte("model.onnx"))+len("model.onnx")] ^= 0xff // in the compressed data
	for name, c := range map[string]struct {
		content []byte
		want    map[string]string
	}{
		"an archive":                {packed, map[string]string{"folder/model.onnx": sum("weights"), "labels.txt": sum("ring\nstripe")}},
		"an empty archive":          {archive(t), map[string]string{}},
		"cut off":                   {packed[:len(packed)-10], nil},
		"damaged":                   {damaged, nil},
		"not an archive":            {[]byte("model"), nil},
		"nothing":                   {nil, nil},
		"more files than looked at": {crowdedArchive(t), nil},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.want, evidence.Entries(bytes.NewReader(c.content), int64(len(c.content))))
		})
	}
}

// crowdedArchive returns a zip with more empty files than are read.
func crowdedArchive(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for range 10_001 {
		_, err := w.CreateHeader(&zip.FileHeader{Name: "x", Method: zip.Store})
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}
