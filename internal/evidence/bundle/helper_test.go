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
	"github.com/cvconform/cvconform/internal/testkit/secrets"
)

const (
	trainingKey = secrets.TrainingKey
	accountKey  = secrets.AccountKey
	sig         = secrets.Signature
)

// sampleEvents returns four events.
func sampleEvents() []evidence.Event {
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	now := func() time.Time { at = at.Add(time.Millisecond); return at }
	timeline := evidence.NewTimeline(now, secrets.Redactor())
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
