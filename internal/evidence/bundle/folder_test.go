package bundle_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/bundle"
	"github.com/cvconform/cvconform/internal/evidence/redact"
)

func TestFolderBundle(t *testing.T) {
	at := filepath.Join(t.TempDir(), "recording")
	w, err := bundle.CreateFolder(at)
	require.NoError(t, err)
	s := w.Section("", &redact.Redactor{})
	s.TimelineWriter(1)(evidence.Event{Seq: 1, Kind: evidence.KindAct, ActBoundary: &evidence.ActBoundary{Phase: "began"}})
	s.StoreContent(sum("model"), 5, strings.NewReader("model"))
	s.StoreContent("cd", bundle.BlobLimit+1, strings.NewReader(""))
	_, err = bundle.Open(at)
	assert.ErrorContains(t, err, "it is not complete: the run that wrote it did not come to its end")
	require.NoError(t, w.Finish(suite, "run1", "conformant", nil))
	b := openBundle(t, at)
	assert.Empty(t, b.Check())
	assert.Equal(t, []any{"run1", 1, 1}, []any{b.Manifest.Run, b.Manifest.Timelines, b.Manifest.Events})
	content, err := b.Read(bundle.BlobFile(sum("model")))
	require.NoError(t, err)
	assert.Equal(t, "model", string(content))
	assert.Equal(t, []bundle.OmittedContent{{SHA256: "cd", Length: bundle.BlobLimit + 1, Reason: bundle.TooLarge}},
		b.Manifest.LeftOut)
	_, err = bundle.CreateFolder(at)
	assert.ErrorIs(t, err, bundle.ErrNotEmpty)
}

func TestDiscardFolder(t *testing.T) {
	existing := t.TempDir()
	missing := filepath.Join(existing, "sub")
	for _, at := range []string{missing, existing} {
		w, err := bundle.CreateFolder(at)
		require.NoError(t, err)
		require.NoError(t, w.Put("a", nil))
		require.NoError(t, w.Discard())
		assert.NoFileExists(t, filepath.Join(at, "a"))
	}
	assert.NoDirExists(t, missing)
	assert.DirExists(t, existing)
	file := filepath.Join(existing, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o644))
	_, err := bundle.CreateFolder(file)
	assert.Error(t, err)
	_, err = bundle.CreateFolder(filepath.Join(existing, "no", "such"))
	assert.ErrorIs(t, err, os.ErrNotExist)
}

func TestCheckOfAFolder(t *testing.T) {
	for want, change := range map[string]func(folder string) error{
		"report.json is missing": func(folder string) error { return os.Remove(filepath.Join(folder, "report.json")) },
		"report.json has 4 bytes, the manifest says 3": func(folder string) error {
			return os.WriteFile(filepath.Join(folder, "report.json"), []byte("{  }"), 0o644)
		},
		"notes.txt is not in the manifest":         func(folder string) error { return os.WriteFile(filepath.Join(folder, "notes.txt"), nil, 0o644) },
		`".profile" is not a valid name of a file`: func(folder string) error { return os.WriteFile(filepath.Join(folder, ".profile"), nil, 0o644) },
		"link is not a regular file":               func(folder string) error { return os.Symlink("/etc/passwd", filepath.Join(folder, "link")) },
	} {
		at := filepath.Join(t.TempDir(), "evidence")
		w, err := bundle.CreateFolder(at)
		require.NoError(t, err)
		fill(t, w)
		require.NoError(t, w.Finish(suite, "run1", "conformant", nil))
		require.Empty(t, openBundle(t, at).Check())
		require.NoError(t, change(at))
		assert.Contains(t, strings.Join(openBundle(t, at).Check(), "\n"), want)
	}
}
