package evidence_test

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
)

var suite = evidence.Suite{Version: "v1.2.3", Revision: "abc", FeaturesDigest: sum("features")}

// fill writes a small bundle's content: two timelines, a report, a blob.
func fill(t testing.TB, w *evidence.Writer) {
	t.Helper()
	events := recorded(t)
	for i, s := range []*evidence.Section{w.Section("", redactor()), w.Section("controls/null", redactor())} {
		tell := s.TimelineWriter(1)
		for _, e := range events[:3+i] {
			tell(e)
		}
		require.NoError(t, s.Put(evidence.ReportFile, []byte("{}\n")))
		s.StoreContent(sum("model"), 5, strings.NewReader("model"))
	}
	require.NoError(t, w.Put(evidence.FeaturesFolder+"/a.feature", []byte("Feature: a\n")))
}

// made is the path of a finished bundle.
func made(t testing.TB, key ed25519.PrivateKey) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "e.zip")
	w, err := evidence.Create(path)
	require.NoError(t, err)
	fill(t, w)
	require.NoError(t, w.Finish(suite, "run1", "conformant", key))
	return path
}

func opened(t testing.TB, path string) *evidence.Bundle {
	t.Helper()
	b, err := evidence.Open(path)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, b.Close()) })
	return b
}

func TestABundleIsWhatWasWritten(t *testing.T) {
	path := made(t, nil)
	b := opened(t, path)
	assert.Empty(t, b.Check())
	m := b.Manifest
	assert.Equal(t, evidence.ManifestSchema, m.Schema)
	assert.Equal(t, suite, m.Suite)
	assert.Equal(t, []any{"run1", "conformant", 2, 7}, []any{m.Run, m.Verdict, m.Timelines, m.Events})
	var names []string
	for _, f := range m.Files {
		names = append(names, f.Path)
	}
	assert.Equal(
		t,
		[]string{evidence.BlobFile(sum("model")), "controls/null/report.json", "controls/null/timelines/001.ndjson",
			"features/a.feature", "report.json", "timelines/001.ndjson"},
		names,
	)
	assert.Equal(t, []string{"a.feature"}, b.Names(evidence.FeaturesFolder))
	text, err := b.Read(evidence.TimelineFile(1))
	require.NoError(t, err)
	events, err := evidence.DecodeEvents(text)
	require.NoError(t, err)
	assert.Equal(t, recorded(t)[:3], events)
	_, err = os.Stat(path + ".partial")
	assert.ErrorIs(t, err, os.ErrNotExist, "the folder is gone")
	assert.False(t, b.Has("manifest.json.sig"))
	_, err = b.Read("nothing")
	assert.EqualError(t, err, "nothing is missing")
}

func TestEqualContentsGiveEqualBundles(t *testing.T) {
	first, err := os.ReadFile(made(t, nil))
	require.NoError(t, err)
	second, err := os.ReadFile(made(t, nil))
	require.NoError(t, err)
	assert.True(t, bytes.Equal(first, second))
}

// Whoever stops a run, however hard, finds what there was until then.
func TestTheFolderHoldsWhatHasHappened(t *testing.T) {
	path := filepath.Join(t.TempDir(), "e.zip")
	w, err := evidence.Create(path)
	require.NoError(t, err)
	assert.Equal(t, []string{path, path + ".partial"}, []string{w.Path(), w.Folder()})
	tell := w.Section("", redactor()).TimelineWriter(7)
	events := recorded(t)
	for i, e := range events[:3] {
		tell(e)
		text, err := os.ReadFile(filepath.Join(w.Folder(), "timelines", "007.ndjson"))
		require.NoError(t, err)
		there, err := evidence.DecodeEvents(text)
		require.NoError(t, err)
		assert.Equal(t, events[:i+1], there)
	}
	require.NoError(t, w.CloseIncomplete())
	_, err = evidence.Create(path)
	require.ErrorIs(t, err, evidence.ErrIncomplete)
	assert.ErrorContains(t, err, path+".partial is there already: an interrupted run left it")
	_, err = os.Stat(path)
	assert.ErrorIs(t, err, os.ErrNotExist)
}

func TestDiscardLeavesNothing(t *testing.T) {
	folder := t.TempDir()
	w, err := evidence.Create(filepath.Join(folder, "e.zip"))
	require.NoError(t, err)
	fill(t, w)
	require.NoError(t, w.Discard())
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	assert.Empty(t, left)
}

func TestCreateRefuses(t *testing.T) {
	folder := t.TempDir()
	_, err := evidence.Create(folder)
	assert.EqualError(t, err, folder+" is a folder")
	_, err = evidence.Create(filepath.Join(folder, "missing", "e.zip"))
	assert.ErrorIs(t, err, os.ErrNotExist)
}

// Trouble on the way ends the bundle, and leaves what there is.
func TestFinishReportsTheFirstTrouble(t *testing.T) {
	for want, spoil := range map[string]func(*testing.T, *evidence.Writer){
		"write the evidence: .*no place": func(_ *testing.T, w *evidence.Writer) {
			w.RecordError(fmt.Errorf("no place"))
			w.RecordError(fmt.Errorf("later"))
		},
		"write the evidence: .*001.ndjson": func(_ *testing.T, w *evidence.Writer) {
			w.Section("", redactor()).TimelineWriter(1)(evidence.Event{})
		},
		"write the evidence: keep the content .*: EOF": func(_ *testing.T, w *evidence.Writer) {
			w.Section("", redactor()).StoreContent(sum("x"), 9, strings.NewReader("short"))
		},
	} {
		t.Run(want, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "e.zip")
			w, err := evidence.Create(path)
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

// Contents that hold a secret, in themselves or in a file of an archive, are not kept.
func TestSecretsAreNotKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "e.zip")
	w, err := evidence.Create(path)
	require.NoError(t, err)
	s := w.Section("", redactor())
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
	large := make([]byte, evidence.BlobLimit+1)
	s.StoreContent(sum(string(large)), int64(len(large)), bytes.NewReader(large))
	require.NoError(t, w.Finish(suite, "", "", nil))
	b := opened(t, path)
	assert.Empty(t, b.Check())
	assert.Empty(t, b.Manifest.Files)
	require.Len(t, b.Manifest.LeftOut, len(contents)+1)
	for _, l := range b.Manifest.LeftOut {
		want := evidence.Secret
		if l.SHA256 == sum(string(large)) {
			want = evidence.TooLarge
			assert.EqualValues(t, len(large), l.Length)
		}
		assert.Equal(t, want, l.Reason)
	}
}
