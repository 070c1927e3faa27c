package bundle_test

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/evidence/bundle"
)

// An entry is one file of a zip.
type entry struct {
	name, content string
	method        uint16
}

// repack returns a zip with the files of a bundle, changed.
func repack(t testing.TB, path string, change fileChange) []byte {
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

// A fileChange changes the files of a zip.
type fileChange = func([]entry) []entry

func with(name, content string) fileChange {
	return func(files []entry) []entry { return append(files, entry{name, content, zip.Deflate}) }
}

func without(name string) fileChange {
	return func(files []entry) []entry {
		return slices.DeleteFunc(files, func(f entry) bool { return f.name == name })
	}
}

func edited(name string, change func(string) string) fileChange {
	return func(files []entry) []entry {
		for i, f := range files {
			if f.name == name {
				files[i].content = change(f.content)
			}
		}
		return files
	}
}

func replaced(name, from, to string) fileChange {
	return edited(name, func(s string) string { return strings.Replace(s, from, to, 1) })
}

// listedTwice returns a manifest that lists the report twice.
func listedTwice(s string) string {
	from := strings.Index(s, "    {\n      \"path\": \"report.json\"")
	to := from + strings.Index(s[from:], "},\n") + 3
	return s[:to] + s[from:]
}

func TestCheckFinds(t *testing.T) {
	path := writeBundle(t, nil)
	for name, c := range map[string]struct {
		change fileChange
		want   string
	}{
		"a changed byte":              {replaced("report.json", "{", "["), `report.json has the SHA-256 .*, the manifest says`},
		"another length":              {replaced("report.json", "{", "{ "), `report.json has 4 bytes, the manifest says 3`},
		"a missing file":              {without("report.json"), `report.json is missing`},
		"an extra file":               {with("notes.txt", "x"), `notes.txt is not in the manifest`},
		"a file twice":                {with("report.json", "{}\n"), `report.json is contained twice`},
		"a way out of the folder":     {with("../../etc/passwd", "x"), `"../../etc/passwd" is not a valid name of a file`},
		"a way out in the middle":     {with("blobs/../../x", "x"), `is not a valid name of a file`},
		"a path from the root":        {with("/etc/passwd", "x"), `is not a valid name of a file`},
		"a path of Windows":           {with(`C:\x`, "x"), `is not a valid name of a file`},
		"a folder":                    {with("blobs/", ""), `is not a valid name of a file`},
		"a hidden file":               {with(".profile", "x"), `is not a valid name of a file`},
		"a blob of another digest":    {with(bundle.BlobFile(sum("x")), "y"), `is not in the manifest`},
		"not packed":                  {func(f []entry) []entry { f[0].method = zip.Store; return f }, `is not packed as cvconform packs`},
		"a manifest that is not JSON": {edited("manifest.json", func(string) string { return "no" }), `manifest.json cannot be read`},
		"a new member":                {replaced("manifest.json", `"run"`, `"ran": 1, "run"`), `manifest.json cannot be read: .*unknown field`},
		"another spelling":            {replaced("manifest.json", `"run": `, `"run":  `), `manifest.json is not as cvconform writes it`},
		"another schema":              {replaced("manifest.json", `cvconform/manifest/v1`, `x`), `manifest.json is not as cvconform writes it`},
		"fewer timelines":             {replaced("manifest.json", `"timelines": 2`, `"timelines": 1`), `counts 1 timelines with 7 events, there are 2 with 7`},
		"more events":                 {replaced("manifest.json", `"events": 7`, `"events": 8`), `counts 2 timelines with 8 events`},
		"a file listed twice":         {edited("manifest.json", listedTwice), `report.json is listed twice`},
	} {
		t.Run(name, func(t *testing.T) {
			packed := repack(t, path, c.change)
			b, err := bundle.NewBundle(bytes.NewReader(packed), int64(len(packed)))
			require.NoError(t, err)
			assert.Regexp(t, c.want, strings.Join(b.Check(), "\n"))
		})
	}
}

// A zip may not have bytes that belong to no file.
func TestCheckFindsBytesBetweenFiles(t *testing.T) {
	good, err := os.ReadFile(writeBundle(t, nil))
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
			b, err := bundle.NewBundle(bytes.NewReader(bad), int64(len(bad)))
			require.NoError(t, err)
			assert.Contains(t, strings.Join(b.Check(), "\n"), "the zip has bytes that belong to no file")
		})
	}
}

func TestOpenErrors(t *testing.T) {
	path := writeBundle(t, nil)
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	old := repack(t, path, func(files []entry) []entry {
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
		"another version":    {old, `the manifest of the bundle has the schema "cvconform/manifest/v9", this program reads "cvconform/manifest/v1"`},
		"too many files":     {crowdedArchive(t), "it unpacks to more than 1073741824 bytes, or has more than 10000 files"},
		"says it is too big": {inflated(t, whole), "it unpacks to more than 1073741824 bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "b.zip")
			require.NoError(t, os.WriteFile(file, c.content, 0o644))
			_, err := bundle.Open(file)
			var unusable *bundle.UnusableError
			require.ErrorAs(t, err, &unusable)
			assert.ErrorContains(t, err, c.want)
			assert.ErrorContains(t, err, file)
		})
	}
}

// inflated returns the zip with a declared size of 4 GiB for its first file.
func inflated(t *testing.T, whole []byte) []byte {
	t.Helper()
	b := bytes.Clone(whole)
	at := bytes.Index(b, []byte("PK\x01\x02"))
	require.Positive(t, at)
	copy(b[at+24:], []byte{0xfe, 0xff, 0xff, 0xff})
	return b
}

func TestFileLargerThanItsDeclaredSize(t *testing.T) {
	whole, err := os.ReadFile(writeBundle(t, nil))
	require.NoError(t, err)
	copy(whole[bytes.Index(whole, []byte("PK\x01\x02"))+24:], []byte{1, 0, 0, 0})
	b, err := bundle.NewBundle(bytes.NewReader(whole), int64(len(whole)))
	require.NoError(t, err)
	assert.Regexp(t, "blobs/.* cannot be read", strings.Join(b.Check(), "\n"))
}

func TestOpenFolderWithoutManifest(t *testing.T) {
	for name, want := range map[string]string{
		"e.zip.partial": "was left by an interrupted run: it can be read, but it proves nothing",
		"evidence":      "not an evidence bundle: it has no manifest.json",
	} {
		folder := filepath.Join(t.TempDir(), name)
		require.NoError(t, os.Mkdir(folder, 0o755))
		_, err := bundle.Open(folder)
		assert.ErrorContains(t, err, want)
	}
	_, err := bundle.Open(filepath.Join(t.TempDir(), "missing"))
	assert.ErrorIs(t, err, os.ErrNotExist)
}
