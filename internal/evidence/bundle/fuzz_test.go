package bundle_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/bundle"
)

// FuzzBundle tests that the reader never panics, that its errors are [bundle.UnusableError], and that
// a bundle without problems can be read to the end.
func FuzzBundle(f *testing.F) {
	path := writeBundle(f, ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	whole, err := os.ReadFile(path)
	require.NoError(f, err)
	f.Add([]byte(nil))
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add(append([]byte("prefix"), whole...))
	f.Add(bytes.ReplaceAll(whole, []byte("timelines/"), []byte("../../../x")))
	f.Add(bytes.ReplaceAll(whole, []byte("PK\x01\x02"), []byte("PK\x01\x03")))
	key := make(ed25519.PublicKey, ed25519.PublicKeySize)
	f.Fuzz(func(t *testing.T, content []byte) {
		b, err := bundle.NewBundle(bytes.NewReader(content), int64(len(content)))
		if err != nil {
			var unusable *bundle.UnusableError
			assert.True(t, errors.As(err, &unusable), "%v", err)
			return
		}
		assert.NotEmpty(t, b.VerifySignature(key))
		if len(b.Check()) > 0 {
			return
		}
		for _, file := range b.Manifest.Files {
			text, err := b.Read(file.Path)
			assert.NoError(t, err)
			assert.NotContains(t, file.Path, "..")
			if strings.HasSuffix(file.Path, ".ndjson") {
				_, _ = evidence.DecodeEvents(text)
			}
		}
	})
}
