package evidence

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
)

// Limits of a zip archive. Models unpack to far less; an archive made to fill a disk unpacks to
// more.
const (
	unpackedLimit = 1 << 30 // bytes, of all files together
	entriesLimit  = 10_000
)

// errArchiveTooLarge is the error of an archive that exceeds the limits.
var errArchiveTooLarge = errors.New("the archive unpacks to more than is read of one")

// Entries returns the SHA-256 (lower-case hex) of each file of a zip archive, by name. It returns
// nil for content that is not an archive, is damaged, or unpacks to more than 1 GiB.
func Entries(content io.ReaderAt, size int64) map[string]string {
	out := map[string]string{}
	err := EachEntry(content, size, func(name string, entry io.Reader) error {
		sum := sha256.New()
		_, err := io.Copy(sum, entry)
		out[name] = hex.EncodeToString(sum.Sum(nil))
		return err
	})
	if err != nil {
		return nil
	}
	return out
}

// EachEntry calls f with every file of a zip archive. It returns the error of f, or the reason why
// the content cannot be read to its end: it is not an archive, or it unpacks to more than 1 GiB.
func EachEntry(content io.ReaderAt, size int64, f func(name string, entry io.Reader) error) error {
	return eachEntry(content, size, unpackedLimit, f)
}

// eachEntry is [EachEntry] with a limit, in bytes, of all files together.
func eachEntry(content io.ReaderAt, size, limit int64, f func(name string, entry io.Reader) error) error {
	archive, err := zip.NewReader(content, size)
	if err != nil {
		return err
	}
	if len(archive.File) > entriesLimit {
		return errArchiveTooLarge
	}
	for _, entry := range archive.File {
		if entry.FileInfo().IsDir() {
			continue
		}
		if err := readEntry(entry, &limit, f); err != nil {
			return fmt.Errorf("%s: %w", entry.Name, err)
		}
	}
	return nil
}

// readEntry calls f with one file, and subtracts the bytes that f read from left.
func readEntry(entry *zip.File, left *int64, f func(name string, entry io.Reader) error) error {
	r, err := entry.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	limited := &io.LimitedReader{R: r, N: *left + 1}
	if err := f(entry.Name, limited); err != nil {
		return err
	}
	if *left = limited.N - 1; *left < 0 {
		return errArchiveTooLarge
	}
	return nil
}
