package features

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"slices"
)

// Files lists the embedded files of the contract, in order: everything that
// [Catalogue.Digest] covers.
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

// File returns the content of one of [Files]; the error says that it is none.
func File(name string) ([]byte, error) { return files.ReadFile(name) }

// Digest is the SHA-256 over names and contents of these files, in lower-case
// hex: for [Files] and [File] that of the embedded contract. The error is read's.
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
