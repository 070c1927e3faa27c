package evidence

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Check holds every file of the bundle against the manifest, and says what does
// not agree: a file that is missing, that is not listed, of another size or
// digest; anything in the zip that is no file; counts that are not so. Nothing
// means that all agrees.
func (b *Bundle) Check() []string {
	if len(b.broken) > 0 {
		return b.broken
	}
	listed := map[string]bool{manifestFile: true, signatureFile: true}
	var found []string
	timelines, events := 0, 0
	for _, f := range b.Manifest.Files {
		if listed[f.Path] {
			found = append(found, f.Path+" is listed twice")
		}
		listed[f.Path] = true
		lines, why := b.checkFile(f)
		if why != "" {
			found = append(found, why)
		}
		if isTimeline(f.Path) {
			timelines, events = timelines+1, events+lines
		}
	}
	for _, f := range b.archive.File {
		if !listed[f.Name] {
			found = append(found, f.Name+" is not in the manifest")
		}
	}
	if len(found) > 0 {
		return found
	}
	return append(b.checkTotals(timelines, events), b.checkTrailingBytes()...)
}

// checkFile holds one file against what the manifest says of it, and counts its lines.
func (b *Bundle) checkFile(f File) (lines int, why string) {
	sum, count, size := sha256.New(), &lineCounter{}, int64(0)
	err := b.stream(f.Path, func(r io.Reader) (err error) {
		size, err = io.Copy(io.MultiWriter(sum, count), r)
		return err
	})
	got := hex.EncodeToString(sum.Sum(nil))
	blob, isBlob := strings.CutPrefix(f.Path, blobsFolder+"/")
	switch {
	case err != nil:
		why = err.Error()
	case size != f.Size:
		why = fmt.Sprintf("%s has %d bytes, the manifest says %d", f.Path, size, f.Size)
	case got != f.SHA256:
		why = fmt.Sprintf("%s has the SHA-256 %s, the manifest says %s", f.Path, got, f.SHA256)
	case isBlob && blob != got:
		why = fmt.Sprintf("%s has the SHA-256 %s", f.Path, got)
	}
	return count.lines, why
}

// checkTotals holds what the manifest sums up, and its order, against the files.
func (b *Bundle) checkTotals(timelines, events int) []string {
	var found []string
	if timelines != b.Manifest.Timelines || events != b.Manifest.Events {
		found = append(found, fmt.Sprintf("the manifest counts %d timelines with %d events, there are %d with %d",
			b.Manifest.Timelines, b.Manifest.Events, timelines, events))
	}
	if !slices.IsSortedFunc(b.Manifest.Files, func(a, b File) int { return strings.Compare(a.Path, b.Path) }) ||
		!slices.IsSortedFunc(
			b.Manifest.LeftOut,
			func(a, b OmittedContent) int { return strings.Compare(a.SHA256, b.SHA256) },
		) {
		found = append(found, "the manifest lists files or contents out of order")
	}
	return found
}

// checkTrailingBytes looks for bytes of the zip that belong to no file: it puts the packed
// files together once more, and holds the result against what is there.
func (b *Bundle) checkTrailingBytes() []string {
	same := &comparison{with: b.source}
	again := zip.NewWriter(same)
	for _, f := range b.archive.File {
		header := f.FileHeader
		packed, err := f.OpenRaw()
		if err != nil {
			return []string{f.Name + " cannot be read: " + err.Error()}
		}
		entry, err := again.CreateRaw(&header)
		if err == nil {
			_, err = io.Copy(entry, packed)
		}
		if err != nil {
			return []string{fmt.Sprintf("the zip holds something beside its files, before the end of %s", f.Name)}
		}
	}
	if err := again.Close(); err != nil || same.at != b.size {
		return []string{"the zip holds something beside its files"}
	}
	return nil
}

// A comparison takes what is written to it as long as it is what it is compared
// with.
type comparison struct {
	with io.ReaderAt
	at   int64
}

func (c *comparison) Write(b []byte) (int, error) {
	there := make([]byte, len(b))
	if _, err := c.with.ReadAt(there, c.at); err != nil && err != io.EOF {
		return 0, err
	}
	if !bytes.Equal(there, b) {
		return 0, fmt.Errorf("another content from byte %d on", c.at)
	}
	c.at += int64(len(b))
	return len(b), nil
}
