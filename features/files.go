package features

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"slices"
)

// Files returns the names of the embedded files of the contract, sorted.
// [Catalogue.Digest] covers all of them.
func Files() []string {
	var names []string
	err := fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, path)
		}
		return err
	})
	if err != nil {
		return nil // the files are embedded
	}
	slices.Sort(names)
	return names
}

// File returns the content of one of [Files], or an error for any other name.
func File(name string) ([]byte, error) { return files.ReadFile(name) }

// Digest returns the SHA-256 over the names and contents of files, in lower-case
// hex. With [Files] and [File] it is the digest of the embedded contract. It
// returns the first error of read.
func Digest(names []string, read func(name string) ([]byte, error)) (string, error) {
	sum := sha256.New()
	for _, name := range names {
		content, err := read(name)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(sum, "%s\x00%d\x00", name, len(content))
		sum.Write(content)
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
