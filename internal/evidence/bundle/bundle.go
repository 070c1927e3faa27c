// Package bundle writes evidence to files and reads it back: timelines, contents, reports, and a
// manifest with the digest of every file, which may be signed. A bundle is a folder while a run goes
// on; afterwards it is a zip, or stays a folder if it is a recording.
//
// A reader trusts nothing in a bundle: names, sizes and digests are checked before use. The package
// knows the files but not their meaning. Rules about reports and timelines belong to their readers.
package bundle

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/cvconform/cvconform/internal/jsonfile"
)

// An UnusableError says that a file or a folder is not a bundle that this program can read. It says
// nothing about the evidence.
type UnusableError struct {
	Err  error
	Hint string // how to fix it
}

// Error returns the text of the cause.
func (e *UnusableError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *UnusableError) Unwrap() error { return e.Err }

func unusable(hint, format string, args ...any) error {
	return &UnusableError{Err: fmt.Errorf(format, args...), Hint: hint}
}

const (
	hintBundle      = "give the complete zip that the run wrote as its evidence"
	hintInterrupted = "run it again, to its end"
)

// manifestLimit is the size of the largest manifest that is read, in bytes.
const manifestLimit = 16 << 20

// A Bundle is an evidence bundle that is read.
type Bundle struct {
	Manifest Manifest

	source   source
	files    map[string]bool
	close    func() error
	manifest []byte   // the file
	problems []string // found before any file is read
}

// Open opens the bundle at path, a zip or a folder, and reads its manifest. The error is an
// [*UnusableError]. The caller closes the bundle.
func Open(path string) (*Bundle, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, unusable("", "the bundle cannot be read: %w", err)
	}
	if info.IsDir() {
		return openFolder(path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, unusable("", "the bundle cannot be read: %w", err)
	}
	b, err := NewBundle(file, info.Size())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), file.Close())
	}
	b.close = file.Close
	return b, nil
}

// openFolder opens a bundle that is not packed. Without a manifest it is incomplete.
func openFolder(path string) (*Bundle, error) {
	if strings.HasSuffix(strings.TrimRight(path, `/\`), partialSuffix) {
		return nil, unusable(
			hintInterrupted,
			"%s was left by an interrupted run: it can be read, but it proves nothing",
			path,
		)
	}
	source, problems, err := newFolder(os.DirFS(path))
	var unusableFolder *UnusableError
	switch {
	case errors.As(err, &unusableFolder):
		return nil, unusable(unusableFolder.Hint, "%s: %w", path, err)
	case err != nil:
		return nil, unusable("", "%s cannot be read: %w", path, err)
	}
	b, err := newBundle(source, problems)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return b, nil
}

// NewBundle reads a zip of that size from source. The error is an [*UnusableError].
func NewBundle(source io.ReaderAt, size int64) (*Bundle, error) {
	archive, problems, err := newZipArchive(source, size)
	if err != nil {
		return nil, err
	}
	return newBundle(archive, problems)
}

func newBundle(s source, problems []string) (*Bundle, error) {
	b := &Bundle{source: s, files: map[string]bool{}, close: func() error { return nil }, problems: problems}
	for _, name := range s.names() {
		b.files[name] = true
	}
	return b, b.readManifest()
}

// readManifest reads the manifest. A manifest of another version is an error, and so is a missing
// one. A manifest that cvconform did not write is a problem.
func (b *Bundle) readManifest() (err error) {
	if !b.Has(manifestFile) {
		return b.missingManifest()
	}
	if b.manifest, err = b.read(manifestFile, manifestLimit); err != nil {
		b.problems = append(b.problems, err.Error())
		return nil
	}
	var version struct{ Schema string }
	if json.Unmarshal(b.manifest, &version) == nil && version.Schema != ManifestSchema &&
		strings.HasPrefix(version.Schema, "cvconform/manifest/") {
		return unusable("use the version of cvconform that wrote it",
			"the manifest of the bundle has the schema %q, this program reads %q", version.Schema, ManifestSchema)
	}
	if err := jsonfile.Decode(b.manifest, &b.Manifest); err != nil {
		b.problems = append(b.problems, fmt.Sprintf("%s cannot be read: %v", manifestFile, err))
		return nil
	}
	again, err := b.Manifest.encode()
	if err != nil || !bytes.Equal(again, b.manifest) || b.Manifest.Schema != ManifestSchema {
		b.problems = append(b.problems, manifestFile+" is not as cvconform writes it")
	}
	return nil
}

// missingManifest returns the error of a bundle without a manifest: an interrupted run leaves a
// folder without one.
func (b *Bundle) missingManifest() error {
	if _, isFolder := b.source.(*folder); isFolder && slices.ContainsFunc(b.source.names(), isTimeline) {
		return unusable(hintInterrupted, "it is not complete: the run that wrote it did not come to its end")
	}
	return unusable(hintBundle, "not an evidence bundle: it has no %s", manifestFile)
}

// Close closes the file of the bundle.
func (b *Bundle) Close() error { return b.close() }

// Signed reports whether the bundle has a signature.
func (b *Bundle) Signed() bool { return b.Has(signatureFile) }

// VerifySignature returns why the signature is not that of the key over the manifest; "" if it is.
func (b *Bundle) VerifySignature(key ed25519.PublicKey) string {
	if !b.Signed() {
		return "the bundle is not signed"
	}
	signature, err := b.read(signatureFile, ed25519.SignatureSize)
	if err != nil {
		return err.Error()
	}
	if !ed25519.Verify(key, b.manifest, signature) {
		return "the signature is not that of this key over this manifest"
	}
	return ""
}

// Has reports whether the bundle has a file of that name.
func (b *Bundle) Has(name string) bool { return b.files[name] }

// Names returns the names of the files below a folder, in order and without the folder.
func (b *Bundle) Names(folder string) []string {
	var names []string
	for _, f := range b.Manifest.Files {
		if name, below := strings.CutPrefix(f.Path, folder+"/"); below {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Read returns the content of a file.
func (b *Bundle) Read(name string) ([]byte, error) { return b.read(name, maxBytes) }

// read returns the content of a file of at most limit bytes.
func (b *Bundle) read(name string, limit int64) ([]byte, error) {
	var content bytes.Buffer
	err := b.stream(name, func(r io.Reader) error {
		n, err := io.Copy(&content, io.LimitReader(r, limit+1))
		if err == nil && n > limit {
			err = fmt.Errorf("larger than %d bytes", limit)
		}
		return err
	})
	return content.Bytes(), err
}

// stream calls f with the content of a file.
func (b *Bundle) stream(name string, f func(io.Reader) error) error {
	if !b.Has(name) {
		return fmt.Errorf("%s is missing", name)
	}
	r, err := b.source.open(name)
	if err != nil {
		return fmt.Errorf("%s cannot be read: %w", name, err)
	}
	defer r.Close()
	if err := f(r); err != nil {
		return fmt.Errorf("%s cannot be read: %w", name, err)
	}
	return nil
}
