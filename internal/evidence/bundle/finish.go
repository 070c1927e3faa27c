package bundle

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
	"slices"
	"time"
)

// writeManifest writes the manifest of all files in the folder, and its signature.
func (w *Writer) writeManifest(suite Suite, run, verdict string, key ed25519.PrivateKey) error {
	m := Manifest{Schema: ManifestSchema, Suite: suite, Run: run, Verdict: verdict, LeftOut: w.omittedContents()}
	folder := os.DirFS(w.folder)
	names, err := listFiles(folder)
	if err != nil {
		return err
	}
	total := int64(0)
	for _, name := range names {
		f, lines, err := measure(folder, name)
		if err != nil {
			return err
		}
		m.Files, total = append(m.Files, f), total+f.Size
		if isTimeline(name) {
			m.Timelines, m.Events = m.Timelines+1, m.Events+lines
		}
	}
	if total > maxBytes || len(names) > maxFiles {
		return fmt.Errorf("%d files with %d bytes are too many for a bundle (use at most %d files with %d bytes)",
			len(names), total, maxFiles, maxBytes)
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

func (w *Writer) omittedContents() []OmittedContent {
	byDigest := func(a, b OmittedContent) int { return cmp.Compare(a.SHA256, b.SHA256) }
	return slices.SortedFunc(maps.Values(w.omitted), byDigest)
}

// listFiles returns the paths of all files below a folder, in order, with slashes.
func listFiles(folder fs.FS) ([]string, error) {
	var names []string
	err := fs.WalkDir(folder, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, name)
		}
		return err
	})
	slices.Sort(names)
	return names, err
}

// measure returns the size and the digest of a file, and the number of its lines.
func measure(folder fs.FS, name string) (f File, lines int, err error) {
	file, err := folder.Open(name)
	if err != nil {
		return f, 0, err
	}
	defer file.Close()
	return digest(name, file)
}

// digest reads a file to its end.
func digest(name string, r io.Reader) (f File, lines int, err error) {
	sum, count := sha256.New(), &lineCounter{}
	size, err := io.Copy(io.MultiWriter(sum, count), r)
	return File{Path: name, Size: size, SHA256: hex.EncodeToString(sum.Sum(nil))}, count.lines, err
}

type lineCounter struct{ lines int }

// Write counts the ends of lines in b.
func (c *lineCounter) Write(b []byte) (int, error) {
	c.lines += bytes.Count(b, []byte("\n"))
	return len(b), nil
}

// unfinishedZip is the name of the zip, in the folder, until it is complete.
const unfinishedZip = "draft.zip"

// pack packs the folder. The zip gets its own name last, so that no reader sees a part of it.
func (w *Writer) pack() error {
	names, err := listFiles(os.DirFS(w.folder))
	if err != nil {
		return err
	}
	file, err := w.create(unfinishedZip)
	if err != nil {
		return err
	}
	err = errors.Join(zipFiles(file, os.DirFS(w.folder), names), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), w.path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}

// zipFiles writes the files to a zip that depends on their names and contents only.
func zipFiles(to io.Writer, folder fs.FS, names []string) error {
	archive := zip.NewWriter(to)
	for _, name := range names {
		entry, err := archive.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: zipTime()})
		if err != nil {
			return err
		}
		if err := copyFile(entry, folder, name); err != nil {
			return err
		}
	}
	return archive.Close()
}

// zipTime returns the modification time of every file in a bundle: the earliest that a zip can have.
func zipTime() time.Time { return time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC) }

func copyFile(to io.Writer, folder fs.FS, name string) error {
	file, err := folder.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = io.Copy(to, file)
	return err
}
