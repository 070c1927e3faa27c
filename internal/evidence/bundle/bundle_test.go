package bundle_test

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/bundle"
	"github.com/cvconform/cvconform/internal/testkit/secrets"
)

var suite = bundle.Suite{Version: "v1.2.3", Revision: "abc", FeaturesDigest: sum("features")}

// fill writes the files of a small bundle: two timelines, two reports, a content, a feature.
func fill(t testing.TB, w *bundle.Writer) {
	t.Helper()
	events := sampleEvents()
	for i, s := range []*bundle.Section{w.Section("", secrets.Redactor()), w.Section("controls/null", secrets.Redactor())} {
		record := s.TimelineWriter(1)
		for _, e := range events[:3+i] {
			record(e)
		}
		require.NoError(t, s.Put(bundle.ReportFile, []byte("{}\n")))
		s.StoreContent(sum("model"), 5, strings.NewReader("model"))
	}
	require.NoError(t, w.Put(bundle.FeaturesFolder+"/a.feature", []byte("Feature: a\n")))
}

// writeBundle returns the path of a finished bundle.
func writeBundle(t testing.TB, key ed25519.PrivateKey) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "e.zip")
	w, err := bundle.Create(path)
	require.NoError(t, err)
	fill(t, w)
	require.NoError(t, w.Finish(suite, "run1", "conformant", key))
	return path
}

func openBundle(t testing.TB, path string) *bundle.Bundle {
	t.Helper()
	b, err := bundle.Open(path)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, b.Close()) })
	return b
}

func TestReadBundle(t *testing.T) {
	path := writeBundle(t, nil)
	b := openBundle(t, path)
	assert.Empty(t, b.Check())
	m := b.Manifest
	assert.Equal(t, bundle.ManifestSchema, m.Schema)
	assert.Equal(t, suite, m.Suite)
	assert.Equal(t, []any{"run1", "conformant", 2, 7}, []any{m.Run, m.Verdict, m.Timelines, m.Events})
	var names []string
	for _, f := range m.Files {
		names = append(names, f.Path)
	}
	assert.Equal(
		t,
		[]string{bundle.BlobFile(sum("model")), "controls/null/report.json", "controls/null/timelines/001.ndjson",
			"features/a.feature", "report.json", "timelines/001.ndjson"},
		names,
	)
	assert.Equal(t, []string{"a.feature"}, b.Names(bundle.FeaturesFolder))
	text, err := b.Read(bundle.TimelineFile(1))
	require.NoError(t, err)
	events, err := evidence.DecodeEvents(text)
	require.NoError(t, err)
	assert.Equal(t, sampleEvents()[:3], events)
	_, err = os.Stat(path + ".partial")
	assert.ErrorIs(t, err, os.ErrNotExist, "the folder is deleted")
	assert.False(t, b.Has("manifest.json.sig"))
	_, err = b.Read("nothing")
	assert.EqualError(t, err, "nothing is missing")
}

func TestEqualFilesGiveEqualBundles(t *testing.T) {
	first, err := os.ReadFile(writeBundle(t, nil))
	require.NoError(t, err)
	second, err := os.ReadFile(writeBundle(t, nil))
	require.NoError(t, err)
	assert.True(t, bytes.Equal(first, second))
}

// If a run is stopped at any point, the folder has the events until then.
func TestEventsAreWrittenAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "e.zip")
	w, err := bundle.Create(path)
	require.NoError(t, err)
	assert.Equal(t, path+".partial", w.Folder())
	record := w.Section("", secrets.Redactor()).TimelineWriter(7)
	events := sampleEvents()
	for i, e := range events[:3] {
		record(e)
		text, err := os.ReadFile(filepath.Join(w.Folder(), "timelines", "007.ndjson"))
		require.NoError(t, err)
		written, err := evidence.DecodeEvents(text)
		require.NoError(t, err)
		assert.Equal(t, events[:i+1], written)
	}
	require.NoError(t, w.CloseIncomplete())
	_, err = bundle.Create(path)
	require.ErrorIs(t, err, bundle.ErrIncomplete)
	assert.ErrorContains(t, err, path+".partial exists: an interrupted run left it")
	_, err = os.Stat(path)
	assert.ErrorIs(t, err, os.ErrNotExist)
}

func TestDiscard(t *testing.T) {
	folder := t.TempDir()
	w, err := bundle.Create(filepath.Join(folder, "e.zip"))
	require.NoError(t, err)
	fill(t, w)
	require.NoError(t, w.Discard())
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	assert.Empty(t, left)
}

func TestCreateErrors(t *testing.T) {
	folder := t.TempDir()
	_, err := bundle.Create(folder)
	assert.EqualError(t, err, folder+" is a folder")
	_, err = bundle.Create(filepath.Join(folder, "missing", "e.zip"))
	assert.ErrorIs(t, err, os.ErrNotExist)
}

// An error on the way fails Finish, and leaves the folder.
func TestFinishReturnsTheFirstError(t *testing.T) {
	for want, spoil := range map[string]func(*testing.T, *bundle.Writer){
		"write the evidence: .*no place": func(_ *testing.T, w *bundle.Writer) {
			w.RecordError(fmt.Errorf("no place"))
			w.RecordError(fmt.Errorf("later"))
		},
		"write the evidence: .*001.ndjson": func(_ *testing.T, w *bundle.Writer) {
			w.Section("", secrets.Redactor()).TimelineWriter(1)(evidence.Event{})
		},
		"write the evidence: store the content .*: EOF": func(_ *testing.T, w *bundle.Writer) {
			w.Section("", secrets.Redactor()).StoreContent(sum("x"), 9, strings.NewReader("short"))
		},
	} {
		t.Run(want, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "e.zip")
			w, err := bundle.Create(path)
			require.NoError(t, err)
			fill(t, w)
			spoil(t, w)
			err = w.Finish(suite, "", "", nil)
			require.Error(t, err)
			assert.Regexp(t, want, err.Error())
			assert.NotContains(t, err.Error(), "later")
			_, err = os.Stat(w.Folder())
			assert.NoError(t, err)
			_, err = os.Stat(path)
			assert.ErrorIs(t, err, os.ErrNotExist)
		})
	}
}

// Contents with a secret, also in a file of an archive, are not stored.
func TestContentsWithSecretsAreNotStored(t *testing.T) {
	path := filepath.Join(t.TempDir(), "e.zip")
	w, err := bundle.Create(path)
	require.NoError(t, err)
	s := w.Section("", secrets.Redactor())
	contents := map[string][]byte{
		"a key":                   []byte("config: " + trainingKey),
		"a signature":             []byte("https://h/b?sv=1&sig=" + sig),
		"a token":                 []byte("Authorization: Bearer " + trainingKey[:12] + "-token"),
		"a key in an archive":     archive(t, "model", "weights", "config", strings.Repeat("padding ", 100)+accountKey),
		"the same in a name of a": archive(t, trainingKey, "weights"),
	}
	for _, c := range contents {
		s.StoreContent(sum(string(c)), int64(len(c)), bytes.NewReader(c))
	}
	large := make([]byte, bundle.BlobLimit+1)
	s.StoreContent(sum(string(large)), int64(len(large)), bytes.NewReader(large))
	require.NoError(t, w.Finish(suite, "", "", nil))
	b := openBundle(t, path)
	assert.Empty(t, b.Check())
	assert.Empty(t, b.Manifest.Files)
	require.Len(t, b.Manifest.LeftOut, len(contents)+1)
	for _, l := range b.Manifest.LeftOut {
		want := bundle.Secret
		if l.SHA256 == sum(string(large)) {
			want = bundle.TooLarge
			assert.EqualValues(t, len(large), l.Length)
		}
		assert.Equal(t, want, l.Reason)
	}
}
