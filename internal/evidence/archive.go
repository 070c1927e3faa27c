package evidence

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
)

// What is looked into of a zip archive: models unpack to far less, and an
// archive that was made to fill a disk unpacks to more.
const (
	unpackedLimit = 1 << 30 // bytes, of all files together
	entriesLimit  = 10_000
)

// errUnpacked says that an archive unpacks to more than is looked into.
var errUnpacked = errors.New("the archive unpacks to too much")

// Entries lists the files of a zip archive with the SHA-256 of each, in
// lower-case hex; nil where the content is no archive, a broken one, or one that
// unpacks to more than 1 GiB.
func Entries(content io.ReaderAt, size int64) map[string]string {
	out := map[string]string{}
	err := eachEntry(content, size, unpackedLimit, func(name string, entry io.Reader) error {
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

// eachEntry calls f with every file of a zip archive that unpacks to at most limit
// bytes. The error is f's, or says why the content cannot be read to its end.
func eachEntry(content io.ReaderAt, size, limit int64, f func(name string, entry io.Reader) error) error {
	archive, err := zip.NewReader(content, size)
	if err != nil {
		return err
	}
	if len(archive.File) > entriesLimit {
		return errUnpacked
	}
	for _, entry := range archive.File {
		if entry.FileInfo().IsDir() {
			continue
		}
		if err := oneEntry(entry, &limit, f); err != nil {
			return fmt.Errorf("%s: %w", entry.Name, err)
		}
	}
	return nil
}

func oneEntry(entry *zip.File, left *int64, f func(name string, entry io.Reader) error) error {
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
		return errUnpacked
	}
	return nil
}
