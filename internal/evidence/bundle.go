package evidence

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// An UnusableError says that a file is no bundle that this program can look into.
// Nothing is said about what it proves.
type UnusableError struct {
	Err  error
	Hint string // the way out
}

// Error says what is wrong with it.
func (e *UnusableError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *UnusableError) Unwrap() error { return e.Err }

func unusable(hint, format string, args ...any) error {
	return &UnusableError{Err: fmt.Errorf(format, args...), Hint: hint}
}

// manifestLimit bounds what is read of a manifest, in bytes.
const manifestLimit = 16 << 20

// A Bundle is an evidence bundle that is read: somebody else's file, of which
// nothing is believed. It is never unpacked to a disk.
type Bundle struct {
	Manifest Manifest

	source  io.ReaderAt
	size    int64
	close   func() error
	archive *zip.Reader
	files   map[string]*zip.File
	raw     []byte   // the manifest as it stands
	broken  []string // what is wrong before anything is looked into
}

// Open opens the bundle at path, and reads its manifest. The error is an
// [*UnusableError]. Close it after use.
func Open(path string) (*Bundle, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, unusable("", "the bundle cannot be read: %w", err)
	}
	if info.IsDir() {
		return nil, folder(path)
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

// folder is the error of a path that is a folder.
func folder(path string) error {
	if strings.HasSuffix(strings.TrimRight(path, `/\`), partialSuffix) {
		return unusable(
			"run it again, to its end",
			"%s is what an interrupted run left: it can be read, and it proves nothing",
			path,
		)
	}
	return unusable("give the zip that --evidence wrote", "%s is a folder, not an evidence bundle", path)
}

// NewBundle reads a bundle of that size from source. The error is an
// [*UnusableError].
func NewBundle(source io.ReaderAt, size int64) (*Bundle, error) {
	archive, err := zip.NewReader(source, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, unusable("give the zip that --evidence wrote, whole", "not an evidence bundle: %w", err)
	}
	b := &Bundle{
		source:  source,
		size:    size,
		archive: archive,
		close:   func() error { return nil },
		files:   map[string]*zip.File{},
	}
	if err := b.index(); err != nil {
		return nil, err
	}
	return b, b.readManifest()
}

// index takes stock of the files by what the archive says of them.
func (b *Bundle) index() error {
	total := uint64(0)
	for _, f := range b.archive.File {
		if total += f.UncompressedSize64; f.UncompressedSize64 > bundleLimit || total > bundleLimit ||
			len(b.archive.File) > filesLimit {
			return unusable(
				"",
				"not an evidence bundle: it unpacks to more than %d bytes, or has more than %d files",
				bundleLimit,
				filesLimit,
			)
		}
		switch {
		case !fileName.MatchString(f.Name):
			b.broken = append(b.broken, fmt.Sprintf("%q is no name of a file in a bundle", f.Name))
		case b.files[f.Name] != nil:
			b.broken = append(b.broken, f.Name+" is there twice")
		case f.Method != zip.Deflate:
			b.broken = append(b.broken, f.Name+" is not packed as cvconform packs")
		}
		b.files[f.Name] = f
	}
	return nil
}

// readManifest reads the manifest. One that is not as cvconform writes it is a
// finding; one of another version, or none, is an error.
func (b *Bundle) readManifest() (err error) {
	if b.files[manifestFile] == nil {
		return unusable("give the zip that --evidence wrote", "not an evidence bundle: it has no %s", manifestFile)
	}
	if b.raw, err = b.read(manifestFile, manifestLimit); err != nil {
		b.broken = append(b.broken, err.Error())
		return nil
	}
	var head struct{ Schema string }
	if json.Unmarshal(b.raw, &head) == nil && head.Schema != ManifestSchema &&
		strings.HasPrefix(head.Schema, "cvconform/manifest/") {
		return unusable(
			"use the version of cvconform that made it",
			"the bundle's manifest is of the form %q, this program reads %q",
			head.Schema,
			ManifestSchema,
		)
	}
	if err := decodeStrict(b.raw, &b.Manifest); err != nil {
		b.broken = append(b.broken, fmt.Sprintf("%s cannot be read: %v", manifestFile, err))
		return nil
	}
	if again, err := b.Manifest.encode(); err != nil || !bytes.Equal(again, b.raw) || b.Manifest.Schema != ManifestSchema {
		b.broken = append(b.broken, manifestFile+" is not as cvconform writes it")
	}
	return nil
}

// Close closes the bundle's file.
func (b *Bundle) Close() error { return b.close() }

// Signed says whether there is a signature.
func (b *Bundle) Signed() bool { return b.files[signatureFile] != nil }

// VerifySignature says what keeps the signature from being that of the key over the
// manifest; "" means that it is.
func (b *Bundle) VerifySignature(key ed25519.PublicKey) string {
	if !b.Signed() {
		return "the bundle is not signed"
	}
	signature, err := b.read(signatureFile, ed25519.SignatureSize)
	if err != nil {
		return err.Error()
	}
	if !ed25519.Verify(key, b.raw, signature) {
		return "the signature is not that of this key over this manifest"
	}
	return ""
}

// Has says whether there is a file of that name.
func (b *Bundle) Has(name string) bool { return b.files[name] != nil }

// Names lists the files below a folder, in order; without their folder.
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
func (b *Bundle) Read(name string) ([]byte, error) { return b.read(name, bundleLimit) }

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

// stream gives a file's content to f: at most as much as the archive says that
// there is, since the zip package ends a file that unpacks to more.
func (b *Bundle) stream(name string, f func(io.Reader) error) error {
	entry := b.files[name]
	if entry == nil {
		return fmt.Errorf("%s is missing", name)
	}
	r, err := entry.Open()
	if err != nil {
		return fmt.Errorf("%s cannot be read: %w", name, err)
	}
	defer r.Close()
	if err := f(r); err != nil {
		return fmt.Errorf("%s cannot be read: %w", name, err)
	}
	return nil
}
