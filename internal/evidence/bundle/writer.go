package bundle

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// partialSuffix ends the name of the folder of a zip that is not finished.
const partialSuffix = ".partial"

// The errors of a path that cannot be written to.
var (
	ErrIncomplete = errors.New("an interrupted run left it")
	ErrNotEmpty   = errors.New("it is not empty")
)

// A Writer writes a bundle while the run goes on: into a folder that [Writer.Finish] completes, and
// packs if a zip was asked for. It is safe for concurrent use. Make it with [Create] or
// [CreateFolder].
type Writer struct {
	path, folder string // equal if the bundle is a folder
	preexisting  bool   // the folder existed before, empty

	mu            sync.Mutex
	open          []*os.File
	stored        map[string]bool           // digests of the stored contents
	omitted       map[string]OmittedContent // by digest
	contentBudget int64                     // bytes of contents that may still be stored
	err           error                     // the first error
}

// Create returns a writer of a zip at path. Until [Writer.Finish] the files are in a folder beside
// it, with the suffix ".partial". The error is [ErrIncomplete] if this folder exists.
func Create(path string) (*Writer, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil, fmt.Errorf("%s is a folder", path)
	}
	w := newWriter(path, path+partialSuffix)
	err := os.Mkdir(w.folder, 0o755)
	if errors.Is(err, os.ErrExist) {
		return nil, fmt.Errorf("%s exists: %w", w.folder, ErrIncomplete)
	}
	if err != nil {
		return nil, err
	}
	return w, nil
}

// CreateFolder returns a writer of a bundle that is a folder at path, which may exist if it is
// empty; the error is [ErrNotEmpty] otherwise. The folder has no manifest until [Writer.Finish].
func CreateFolder(path string) (*Writer, error) {
	entries, err := os.ReadDir(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		err = os.Mkdir(path, 0o755)
	case err == nil && len(entries) > 0:
		err = ErrNotEmpty
	}
	if err != nil {
		return nil, err
	}
	w := newWriter(path, path)
	w.preexisting = entries != nil
	return w, nil
}

func newWriter(path, folder string) *Writer {
	return &Writer{path: path, folder: folder, stored: map[string]bool{}, omitted: map[string]OmittedContent{},
		contentBudget: BlobsLimit}
}

// Folder returns the path of the folder with the files of the unfinished bundle.
func (w *Writer) Folder() string { return w.folder }

// RecordError records the first error, which [Writer.Finish] returns. The run goes on although its
// evidence cannot be written. A nil error is ignored.
func (w *Writer) RecordError(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil {
		w.err = err
	}
}

// Put writes one file of the bundle.
func (w *Writer) Put(name string, content []byte) error {
	file, err := w.create(name)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	return errors.Join(err, file.Close())
}

func (w *Writer) create(name string) (*os.File, error) {
	at := filepath.Join(w.folder, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		return nil, err
	}
	return os.OpenFile(at, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
}

// Finish writes the manifest, with that suite, run id and verdict, and its signature if there is a
// key. It then packs the zip, if one was asked for, and deletes the folder. On an error the folder
// stays.
func (w *Writer) Finish(suite Suite, run, verdict string, key ed25519.PrivateKey) error {
	if err := w.CloseIncomplete(); err != nil {
		return fmt.Errorf("write the evidence: %w", err)
	}
	if err := w.writeManifest(suite, run, verdict, key); err != nil {
		return fmt.Errorf("finish the evidence: %w", err)
	}
	if w.path == w.folder {
		return nil
	}
	if err := w.pack(); err != nil {
		return fmt.Errorf("pack the evidence: %w", err)
	}
	return os.RemoveAll(w.folder)
}

// Discard deletes the folder, or its files if it existed before.
func (w *Writer) Discard() error {
	err := errors.Join(w.CloseIncomplete(), os.RemoveAll(w.folder))
	if w.preexisting {
		err = errors.Join(err, os.Mkdir(w.folder, 0o755))
	}
	return err
}

// CloseIncomplete closes all files and leaves the folder as it is, without a manifest. It returns
// the first error so far.
func (w *Writer) CloseIncomplete() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, file := range w.open {
		if err := file.Close(); err != nil && w.err == nil {
			w.err = err
		}
	}
	w.open = nil
	return w.err
}

// addOpen registers a file to be closed at the end.
func (w *Writer) addOpen(file *os.File) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open = append(w.open, file)
}
