package bundle_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/redact"
)

const (
	trainingKey = "0123456789abcdef0123456789abcdef"
	accountKey  = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
	sig         = "k9/LJq+0jVdX2xVnO4Jb7w5hVvzZ3mYt0f6sQ1oUu8c="
)

// redactor returns a redactor that knows both keys.
func redactor() *redact.Redactor {
	r := &redact.Redactor{}
	r.AddSecret("training-key", trainingKey)
	r.AddSecret("account-key", accountKey)
	return r
}

// sampleEvents returns four events.
func sampleEvents() []evidence.Event {
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	now := func() time.Time { at = at.Add(time.Millisecond); return at }
	timeline := evidence.NewTimeline(now, redactor())
	for i := range 4 {
		timeline.Record(evidence.Event{Kind: evidence.KindWait, Wait: &evidence.Wait{For: fmt.Sprint("effect ", i)}})
	}
	return timeline.Close()
}

// archive returns a zip with these files: name, content, name, content, ….
func archive(t testing.TB, files ...string) []byte {
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

// crowdedArchive returns a zip with more files than a bundle may have.
func crowdedArchive(t *testing.T) []byte {
	t.Helper()
	var names []string
	for i := range 10_001 {
		names = append(names, fmt.Sprint(i), "")
	}
	return archive(t, names...)
}

// sum returns the SHA-256 of a content.
func sum(content string) string {
	digest := sha256.Sum256([]byte(content))
	return hex.EncodeToString(digest[:])
}
