package evidence_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/evidence"
)

func TestAFolderThatStays(t *testing.T) {
	at := filepath.Join(t.TempDir(), "recording")
	w, err := evidence.CreateFolder(at)
	require.NoError(t, err)
	s := w.Section("", &evidence.Redactor{})
	s.TimelineWriter(1)(evidence.Event{Seq: 1, Kind: evidence.KindAct, ActBoundary: &evidence.ActBoundary{Phase: "began"}})
	s.StoreContent("ab", 5, strings.NewReader("model"))
	s.StoreContent("cd", evidence.BlobLimit+1, strings.NewReader(""))
	for _, text := range []string{"one", "two"} {
		require.NoError(t, w.Replace("head.json", []byte(text)))
	}
	require.NoError(t, w.CloseIncomplete())
	for name, want := range map[string]string{"contents/ab": "model", "head.json": "two"} {
		content, err := os.ReadFile(filepath.Join(at, name))
		require.NoError(t, err)
		assert.Equal(t, want, string(content))
	}
	assert.FileExists(t, filepath.Join(at, evidence.SituationFile(1)))
	assert.Equal(
		t,
		[]evidence.OmittedContent{{SHA256: "cd", Length: evidence.BlobLimit + 1, Reason: evidence.TooLarge}},
		w.Omitted(),
	)
	_, err = evidence.CreateFolder(at)
	assert.ErrorIs(t, err, evidence.ErrNotEmpty)
}

func TestADiscardedFolderIsAsItWas(t *testing.T) {
	there := t.TempDir()
	missing := filepath.Join(there, "sub")
	for _, at := range []string{missing, there} {
		w, err := evidence.CreateFolder(at)
		require.NoError(t, err)
		require.NoError(t, w.Put("a", nil))
		require.NoError(t, w.Discard())
		assert.NoFileExists(t, filepath.Join(at, "a"))
	}
	assert.NoDirExists(t, missing)
	assert.DirExists(t, there)
	file := filepath.Join(there, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o644))
	_, err := evidence.CreateFolder(file)
	assert.Error(t, err)
	_, err = evidence.CreateFolder(filepath.Join(there, "no", "such"))
	assert.ErrorIs(t, err, os.ErrNotExist)
}
