package evidence

import (
	"archive/zip"
	"bytes"
	"cmp"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// seal writes the manifest of all that is in the folder, and its signature.
func (w *Writer) seal(suite Suite, run, verdict string, key ed25519.PrivateKey) error {
	m := Manifest{Schema: ManifestSchema, Suite: suite, Run: run, Verdict: verdict, LeftOut: w.leftOut(), Files: []File{}}
	files, err := filesIn(w.folder)
	if err != nil {
		return err
	}
	total := int64(0)
	for _, name := range files {
		f, lines, err := measure(w.folder, name)
		if err != nil {
			return err
		}
		m.Files, total = append(m.Files, f), total+f.Size
		if isTimeline(name) {
			m.Timelines, m.Events = m.Timelines+1, m.Events+lines
		}
	}
	if total > bundleLimit || len(files) > filesLimit {
		return fmt.Errorf(
			"%d files with %d bytes are more than a bundle may hold (%d, %d)",
			len(files),
			total,
			filesLimit,
			bundleLimit,
		)
	}
	text, err := m.encode()
	if err != nil {
		return err
	}
	if key != nil {
		err = w.Put(signatureFile, ed25519.Sign(key, text))
	}
	return errors.Join(err, w.Put(manifestFile, text))
}

// encode is the one form of a manifest in bytes.
func (m Manifest) encode() ([]byte, error) {
	var b bytes.Buffer
	err := canonical(&b, m, "  ")
	return b.Bytes(), err
}

func (w *Writer) leftOut() []OmittedContent {
	byDigest := func(a, b OmittedContent) int { return cmp.Compare(a.SHA256, b.SHA256) }
	return append([]OmittedContent{}, slices.SortedFunc(maps.Values(w.omitted), byDigest)...)
}

func isTimeline(name string) bool {
	return path.Base(path.Dir(name)) == timelineFolder && strings.HasSuffix(name, ".ndjson")
}

// filesIn lists all files below the folder, in order, with slashes.
func filesIn(folder string) ([]string, error) {
	var names []string
	err := fs.WalkDir(os.DirFS(folder), ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, name)
		}
		return err
	})
	slices.Sort(names)
	return names, err
}

// measure reads a file for its size, its digest and the number of its lines.
func measure(folder, name string) (f File, lines int, err error) {
	file, err := os.Open(filepath.Join(folder, filepath.FromSlash(name)))
	if err != nil {
		return f, 0, err
	}
	defer file.Close()
	sum, count := sha256.New(), &lineCounter{}
	size, err := io.Copy(io.MultiWriter(sum, count), file)
	return File{Path: name, Size: size, SHA256: hex.EncodeToString(sum.Sum(nil))}, count.lines, err
}

type lineCounter struct{ lines int }

func (c *lineCounter) Write(b []byte) (int, error) {
	c.lines += bytes.Count(b, []byte("\n"))
	return len(b), nil
}

// draftFile is the zip while it is written, in the folder.
const draftFile = "draft.zip"

// pack makes the zip of the folder: under another name first, so that whoever
// sees the bundle sees the whole of it.
func (w *Writer) pack() error {
	names, err := filesIn(w.folder)
	if err != nil {
		return err
	}
	draft, err := w.create(draftFile)
	if err != nil {
		return err
	}
	err = errors.Join(zipFiles(draft, os.DirFS(w.folder), names), draft.Close())
	if err == nil {
		err = os.Rename(draft.Name(), w.path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(draft.Name()))
	}
	return nil
}

// zipFiles writes the files to a zip that depends on nothing but their names and
// contents.
func zipFiles(to io.Writer, folder fs.FS, names []string) error {
	archive := zip.NewWriter(to)
	for _, name := range names {
		entry, err := archive.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: packedAt()})
		if err != nil {
			return err
		}
		if err := copyFile(entry, folder, name); err != nil {
			return err
		}
	}
	return archive.Close()
}

// packedAt is the time of every file in a bundle: the first that a zip can hold.
func packedAt() time.Time { return time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC) }

func copyFile(to io.Writer, folder fs.FS, name string) error {
	file, err := folder.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(to, file)
	return err
}
