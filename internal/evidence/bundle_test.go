package evidence_test

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"fmt"
	"io"
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
		tell := s.Journal(1)
		for _, e := range events[:3+i] {
			tell(e)
		}
		require.NoError(t, s.Put(evidence.ReportFile, []byte("{}\n")))
		s.Keep(sum("model"), 5, strings.NewReader("model"))
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
	assert.Equal(t, []string{evidence.BlobFile(sum("model")), "controls/null/report.json", "controls/null/timelines/001.ndjson",
		"features/a.feature", "report.json", "timelines/001.ndjson"}, names)
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
	tell := w.Section("", redactor()).Journal(7)
	events := recorded(t)
	for i, e := range events[:3] {
		tell(e)
		text, err := os.ReadFile(filepath.Join(w.Folder(), "timelines", "007.ndjson"))
		require.NoError(t, err)
		there, err := evidence.DecodeEvents(text)
		require.NoError(t, err)
		assert.Equal(t, events[:i+1], there)
	}
	require.NoError(t, w.Leave())
	_, err = evidence.Create(path)
	require.ErrorIs(t, err, evidence.ErrLeftBehind)
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
		"write the evidence: .*no place": func(_ *testing.T, w *evidence.Writer) { w.Fail(fmt.Errorf("no place")); w.Fail(fmt.Errorf("later")) },
		"write the evidence: .*001.ndjson": func(_ *testing.T, w *evidence.Writer) {
			w.Section("", redactor()).Journal(1)(evidence.Event{})
		},
		"write the evidence: keep the content .*: EOF": func(_ *testing.T, w *evidence.Writer) {
			w.Section("", redactor()).Keep(sum("x"), 9, strings.NewReader("short"))
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
		s.Keep(sum(string(c)), int64(len(c)), bytes.NewReader(c))
	}
	large := make([]byte, evidence.BlobLimit+1)
	s.Keep(sum(string(large)), int64(len(large)), bytes.NewReader(large))
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

// entry is one file of a zip that is made by hand.
type entry struct {
	name, content string
	method        uint16
}

// repacked makes a zip of the bundle's files, changed.
func repacked(t testing.TB, path string, change func([]entry) []entry) []byte {
	t.Helper()
	r, err := zip.OpenReader(path)
	require.NoError(t, err)
	defer r.Close()
	var files []entry
	for _, f := range r.File {
		content, err := f.Open()
		require.NoError(t, err)
		text, err := io.ReadAll(content)
		require.NoError(t, err)
		files = append(files, entry{f.Name, string(text), zip.Deflate})
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range change(files) {
		to, err := w.CreateHeader(&zip.FileHeader{Name: f.name, Method: f.method})
		require.NoError(t, err)
		_, err = io.WriteString(to, f.content)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

func TestCheckFinds(t *testing.T) {
	path := made(t, nil)
	with := func(name, content string) func([]entry) []entry {
		return func(files []entry) []entry { return append(files, entry{name, content, zip.Deflate}) }
	}
	edit := func(name string, change func(string) string) func([]entry) []entry {
		return func(files []entry) []entry {
			for i, f := range files {
				if f.name == name {
					files[i].content = change(f.content)
				}
			}
			return files
		}
	}
	replace := func(name, from, to string) func([]entry) []entry {
		return edit(name, func(s string) string {
			require.Contains(t, s, from)
			return strings.Replace(s, from, to, 1)
		})
	}
	without := func(name string) func([]entry) []entry {
		return func(files []entry) (out []entry) {
			for _, f := range files {
				if f.name != name {
					out = append(out, f)
				}
			}
			return out
		}
	}
	assert.NotNil(t, repacked(t, path, func(files []entry) []entry { return files }))
	for name, c := range map[string]struct {
		change func([]entry) []entry
		want   string
	}{
		"a changed byte":             {replace("report.json", "{", "["), `report.json has the SHA-256 .*, the manifest says`},
		"another length":             {replace("report.json", "{", "{ "), `report.json has 4 bytes, the manifest says 3`},
		"a missing file":             {without("report.json"), `report.json is missing`},
		"an extra file":              {with("notes.txt", "x"), `notes.txt is not in the manifest`},
		"a file twice":               {with("report.json", "{}\n"), `report.json is there twice`},
		"a way out of the folder":    {with("../../etc/passwd", "x"), `"../../etc/passwd" is no name of a file`},
		"a way out in the middle":    {with("blobs/../../x", "x"), `is no name of a file`},
		"a path from the root":       {with("/etc/passwd", "x"), `is no name of a file`},
		"a path of Windows":          {with(`C:\x`, "x"), `is no name of a file`},
		"a folder":                   {with("blobs/", ""), `is no name of a file`},
		"a hidden file":              {with(".profile", "x"), `is no name of a file`},
		"a blob of another digest":   {with(evidence.BlobFile(sum("x")), "y"), `is not in the manifest`},
		"not packed":                 {func(f []entry) []entry { f[0].method = zip.Store; return f }, `is not packed as cvconform packs`},
		"a manifest that is no JSON": {edit("manifest.json", func(string) string { return "no" }), `manifest.json cannot be read`},
		"a new member":               {replace("manifest.json", `"run"`, `"ran": 1, "run"`), `manifest.json cannot be read: .*unknown field`},
		"another spelling":           {replace("manifest.json", `"run": `, `"run":  `), `manifest.json is not as cvconform writes it`},
		"another schema":             {replace("manifest.json", `cvconform/manifest/v1`, `x`), `manifest.json is not as cvconform writes it`},
		"fewer timelines":            {replace("manifest.json", `"timelines": 2`, `"timelines": 1`), `counts 1 timelines with 7 events, there are 2 with 7`},
		"more events":                {replace("manifest.json", `"events": 7`, `"events": 8`), `counts 2 timelines with 8 events`},
		"a file listed twice": {edit("manifest.json", func(s string) string {
			from := strings.Index(s, "    {\n      \"path\": \"report.json\"")
			to := from + strings.Index(s[from:], "},\n") + 3
			return s[:to] + s[from:]
		}), `report.json is listed twice`},
	} {
		t.Run(name, func(t *testing.T) {
			packed := repacked(t, path, c.change)
			b, err := evidence.NewBundle(bytes.NewReader(packed), int64(len(packed)))
			require.NoError(t, err)
			assert.Regexp(t, c.want, strings.Join(b.Check(), "\n"))
		})
	}
}

// The bytes of a zip that belong to no file are nobody's evidence.
func TestCheckFindsWhatIsBesideTheFiles(t *testing.T) {
	good, err := os.ReadFile(made(t, nil))
	require.NoError(t, err)
	for name, bad := range map[string][]byte{
		"before":            append([]byte("#!/bin/sh\n"), good...),
		"in a local header": bytes.Replace(good, []byte("report.json"), []byte("REPORT.JSON"), 1),
		"in the comment": func() []byte {
			b := append(bytes.Clone(good), "hello"...)
			b[len(good)-2] = 5 // length of the comment, at the end of the directory
			return b
		}(),
	} {
		t.Run(name, func(t *testing.T) {
			b, err := evidence.NewBundle(bytes.NewReader(bad), int64(len(bad)))
			require.NoError(t, err)
			assert.Contains(t, strings.Join(b.Check(), "\n"), "the zip holds something beside its files")
		})
	}
}

func TestUnusable(t *testing.T) {
	path := made(t, nil)
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	old := repacked(t, path, func(files []entry) []entry {
		for i, f := range files {
			files[i].content = strings.Replace(f.content, "cvconform/manifest/v1", "cvconform/manifest/v9", 1)
		}
		return files
	})
	for name, c := range map[string]struct {
		content []byte
		want    string
	}{
		"nothing":            {nil, "not an evidence bundle: zip: not a valid zip file"},
		"text":               {[]byte("hello"), "not an evidence bundle"},
		"cut off":            {whole[:len(whole)-30], "not an evidence bundle"},
		"another zip":        {archive(t, "a", "b"), "not an evidence bundle: it has no manifest.json"},
		"another version":    {old, "the bundle's manifest is of the form cvconform/manifest/v9, this program reads cvconform/manifest/v1"},
		"too many files":     {archive(t, slicesOf("x", 20_002)...), "it unpacks to more than 1073741824 bytes, or has more than 10000 files"},
		"says it is too big": {inflated(t, whole), "it unpacks to more than 1073741824 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "b.zip")
			require.NoError(t, os.WriteFile(file, c.content, 0o644))
			_, err := evidence.Open(file)
			var unusable *evidence.UnusableError
			require.ErrorAs(t, err, &unusable)
			assert.ErrorContains(t, err, c.want)
			assert.ErrorContains(t, err, file)
		})
	}
}

// inflated says in the zip's directory that its first file unpacks to 4 GiB.
func inflated(t *testing.T, whole []byte) []byte {
	t.Helper()
	b := bytes.Clone(whole)
	at := bytes.Index(b, []byte("PK\x01\x02"))
	require.Positive(t, at)
	copy(b[at+24:], []byte{0xfe, 0xff, 0xff, 0xff})
	return b
}

// deflated says in the zip's directory that its first file unpacks to 1 byte.
func TestAFileThatUnpacksToMoreThanItSays(t *testing.T) {
	whole, err := os.ReadFile(made(t, nil))
	require.NoError(t, err)
	copy(whole[bytes.Index(whole, []byte("PK\x01\x02"))+24:], []byte{1, 0, 0, 0})
	b, err := evidence.NewBundle(bytes.NewReader(whole), int64(len(whole)))
	require.NoError(t, err)
	assert.Regexp(t, "blobs/.* cannot be read", strings.Join(b.Check(), "\n"))
}

func TestFoldersAreNoBundles(t *testing.T) {
	for name, want := range map[string]string{
		"e.zip.partial": "is what an interrupted run left: it can be read, and it proves nothing",
		"evidence":      "is a folder, not an evidence bundle",
	} {
		folder := filepath.Join(t.TempDir(), name)
		require.NoError(t, os.Mkdir(folder, 0o755))
		_, err := evidence.Open(folder)
		assert.ErrorContains(t, err, want)
	}
	_, err := evidence.Open(filepath.Join(t.TempDir(), "missing"))
	assert.ErrorIs(t, err, os.ErrNotExist)
}
