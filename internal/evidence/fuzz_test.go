package evidence_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/evidence"
)

// FuzzBundle gives the reader what anybody may send: it never panics, refuses
// with an error that says so, and what it lets pass can be read to the end.
func FuzzBundle(f *testing.F) {
	path := made(f, ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
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
		b, err := evidence.NewBundle(bytes.NewReader(content), int64(len(content)))
		if err != nil {
			var unusable *evidence.UnusableError
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

// FuzzDecodeEvents holds that what is let pass is written back the same.
func FuzzDecodeEvents(f *testing.F) {
	text, err := evidence.EncodeEvents(recorded(f))
	require.NoError(f, err)
	f.Add(text)
	f.Add([]byte("{}\n"))
	f.Add([]byte(`{"seq":1,"at":1,"act":"","kind":"wait","wait":{}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		events, err := evidence.DecodeEvents(text)
		if err != nil {
			return
		}
		again, err := evidence.EncodeEvents(events)
		assert.NoError(t, err)
		assert.Equal(t, string(text), string(again))
		_ = evidence.Validate(events, time.Time{})
	})
}
