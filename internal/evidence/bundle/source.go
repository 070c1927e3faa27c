package bundle

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// A source has the files of a bundle.
type source interface {
	names() []string // all files, in order of name for a folder
	open(name string) (io.ReadCloser, error)
	trailingBytes() string // why bytes of the source belong to no file; "" if none do
}

// limits counts the files of a source and their bytes.
type limits struct {
	files int
	bytes uint64
}

// add adds a file, and returns an error if there are too many.
func (l *limits) add(size uint64) error {
	if l.files, l.bytes = l.files+1, l.bytes+size; l.files > maxFiles || size > maxBytes || l.bytes > maxBytes {
		return unusable("", "not an evidence bundle: it unpacks to more than %d bytes, or has more than %d files",
			maxBytes, maxFiles)
	}
	return nil
}

// A folder is a bundle that is not packed.
type folder struct {
	fs.FS
	files []string
}

// newFolder lists the files of a folder. problems are the files that a bundle cannot have.
func newFolder(files fs.FS) (f *folder, problems []string, err error) {
	f = &folder{FS: files}
	var total limits
	err = fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		switch {
		case !d.Type().IsRegular():
			problems = append(problems, name+" is not a regular file")
		case !validName.MatchString(name):
			problems = append(problems, fmt.Sprintf("%q is not a valid name of a file in a bundle", name))
		}
		f.files = append(f.files, name)
		info, err := d.Info()
		if err != nil {
			return err
		}
		return total.add(uint64(info.Size()))
	})
	return f, problems, err
}

func (f *folder) names() []string { return f.files }

func (f *folder) open(name string) (io.ReadCloser, error) { return f.Open(name) }

func (f *folder) trailingBytes() string { return "" }

// A zipArchive is a packed bundle. It is never unpacked to a disk.
type zipArchive struct {
	source  io.ReaderAt
	size    int64
	archive *zip.Reader
	files   map[string]*zip.File
}

// newZipArchive lists the files of a zip. problems are the files that a bundle cannot have.
func newZipArchive(source io.ReaderAt, size int64) (z *zipArchive, problems []string, err error) {
	archive, err := zip.NewReader(source, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, nil, unusable(hintBundle, "not an evidence bundle: %w", err)
	}
	z = &zipArchive{source: source, size: size, archive: archive, files: map[string]*zip.File{}}
	var total limits
	for _, f := range archive.File {
		if err := total.add(f.UncompressedSize64); err != nil {
			return nil, nil, err
		}
		switch {
		case !validName.MatchString(f.Name):
			problems = append(problems, fmt.Sprintf("%q is not a valid name of a file in a bundle", f.Name))
		case z.files[f.Name] != nil:
			problems = append(problems, f.Name+" is contained twice")
		case f.Method != zip.Deflate:
			problems = append(problems, f.Name+" is not packed as cvconform packs")
		}
		z.files[f.Name] = f
	}
	return z, problems, nil
}

func (z *zipArchive) names() []string {
	var names []string
	for _, f := range z.archive.File {
		names = append(names, f.Name)
	}
	return names
}

// open returns the content of a file, which ends with an error if the file unpacks to more than its
// declared size.
func (z *zipArchive) open(name string) (io.ReadCloser, error) {
	f := z.files[name]
	if f == nil {
		return nil, fs.ErrNotExist
	}
	return f.Open()
}

// trailingBytes packs the compressed files again, and compares the result with the source.
func (z *zipArchive) trailingBytes() string {
	same := &comparison{with: z.source}
	again := zip.NewWriter(same)
	for _, f := range z.archive.File {
		header := f.FileHeader
		packed, err := f.OpenRaw()
		if err != nil {
			return f.Name + " cannot be read: " + err.Error()
		}
		entry, err := again.CreateRaw(&header)
		if err == nil {
			_, err = io.Copy(entry, packed)
		}
		if err != nil {
			return fmt.Sprintf("the zip has bytes that belong to no file, before the end of %s", f.Name)
		}
	}
	if err := again.Close(); err != nil || same.at != z.size {
		return "the zip has bytes that belong to no file"
	}
	return ""
}

// A comparison is a writer that fails if it does not get the bytes that it is compared with.
type comparison struct {
	with io.ReaderAt
	at   int64
}

// Write compares b with the next bytes.
func (c *comparison) Write(b []byte) (int, error) {
	want := make([]byte, len(b))
	if _, err := c.with.ReadAt(want, c.at); err != nil && err != io.EOF {
		return 0, err
	}
	if !bytes.Equal(want, b) {
		return 0, fmt.Errorf("different bytes from position %d on", c.at)
	}
	c.at += int64(len(b))
	return len(b), nil
}
