package steps

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/bundle"
	"github.com/cvconform/cvconform/steps/report"
)

// A tamperedBundle is a bundle whose files can be changed.
type tamperedBundle struct {
	t     *testing.T
	files map[string][]byte
}

// tamper returns the files of a packed bundle.
func tamper(t *testing.T, bundle []byte) *tamperedBundle {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(bundle), int64(len(bundle)))
	require.NoError(t, err)
	b := &tamperedBundle{t, map[string][]byte{}}
	for _, f := range r.File {
		content, err := f.Open()
		require.NoError(t, err)
		b.files[f.Name], err = io.ReadAll(content)
		require.NoError(t, err)
	}
	return b
}

// tamperFolder returns the files of a bundle that is a folder.
func tamperFolder(t *testing.T, folder string) *tamperedBundle {
	t.Helper()
	b := &tamperedBundle{t, map[string][]byte{}}
	require.NoError(t, filepath.WalkDir(folder, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		relative, err := filepath.Rel(folder, name)
		require.NoError(t, err)
		b.files[filepath.ToSlash(relative)], err = os.ReadFile(name)
		return err
	}))
	return b
}

// writeTo writes the files to the folder of a bundle.
func (b *tamperedBundle) writeTo(folder string) {
	b.t.Helper()
	for name, content := range b.files {
		require.NoError(b.t, os.WriteFile(filepath.Join(folder, filepath.FromSlash(name)), content, 0o644))
	}
}

// readReport returns a report of a packed bundle.
func readReport(t *testing.T, bundle []byte, name string) *Report {
	t.Helper()
	r, err := report.ReadJSON(tamper(t, bundle).files[name])
	require.NoError(t, err)
	return r
}

// replace replaces the first occurrence of a text in a file.
func (b *tamperedBundle) replace(name, from, to string) {
	b.t.Helper()
	require.Contains(b.t, string(b.files[name]), from, name)
	b.files[name] = []byte(strings.Replace(string(b.files[name]), from, to, 1))
}

// editReport changes a report.
func (b *tamperedBundle) editReport(name string, change func(*Report)) {
	b.t.Helper()
	r, err := report.ReadJSON(b.files[name])
	require.NoError(b.t, err)
	change(r)
	var text bytes.Buffer
	require.NoError(b.t, report.WriteJSON(&text, r))
	b.files[name] = text.Bytes()
}

// editEvents changes a timeline.
func (b *tamperedBundle) editEvents(name string, change func([]evidence.Event) []evidence.Event) {
	b.t.Helper()
	events, err := evidence.DecodeEvents(b.files[name])
	require.NoError(b.t, err)
	b.files[name], err = evidence.EncodeEvents(change(events))
	require.NoError(b.t, err)
}

// editManifest changes the manifest.
func (b *tamperedBundle) editManifest(change func(*bundle.Manifest)) {
	b.t.Helper()
	var m bundle.Manifest
	require.NoError(b.t, json.Unmarshal(b.files["manifest.json"], &m))
	change(&m)
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	require.NoError(b.t, enc.Encode(m))
	b.files["manifest.json"] = text.Bytes()
}

// updateManifest updates the manifest after a change of the files.
func (b *tamperedBundle) updateManifest() {
	b.editManifest(func(m *bundle.Manifest) {
		m.Files, m.Timelines, m.Events = nil, 0, 0
		for _, name := range slices.Sorted(maps.Keys(b.files)) {
			if name == "manifest.json" {
				continue
			}
			m.Files = append(m.Files, bundle.File{Path: name, Size: int64(len(b.files[name])), SHA256: sha(b.files[name])})
			if strings.HasSuffix(name, ".ndjson") {
				m.Timelines, m.Events = m.Timelines+1, m.Events+bytes.Count(b.files[name], []byte("\n"))
			}
		}
	})
}

// updateDigests updates the reports after a change of the timelines, and the manifest.
func (b *tamperedBundle) updateDigests() {
	for name := range b.files {
		if path.Base(name) != "report.json" {
			continue
		}
		b.editReport(name, func(r *Report) {
			for i := range r.Situations {
				text := b.files[path.Join(path.Dir(name), bundle.TimelineFile(i+1))]
				r.Situations[i].SHA256, r.Situations[i].Events = sha(text), bytes.Count(text, []byte("\n"))
			}
		})
	}
	b.updateManifest()
}

func sha(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// pack packs the bundle as cvconform does, and returns its path.
func (b *tamperedBundle) pack() string {
	b.t.Helper()
	var text bytes.Buffer
	w := zip.NewWriter(&text)
	for _, name := range slices.Sorted(maps.Keys(b.files)) {
		to, err := w.CreateHeader(
			&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)},
		)
		require.NoError(b.t, err)
		_, err = to.Write(b.files[name])
		require.NoError(b.t, err)
	}
	require.NoError(b.t, w.Close())
	file := filepath.Join(b.t.TempDir(), "evidence.zip")
	require.NoError(b.t, os.WriteFile(file, text.Bytes(), 0o644))
	return file
}
