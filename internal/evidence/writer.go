package evidence

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// partialSuffix ends the name of the folder in which a bundle grows.
const partialSuffix = ".partial"

// ErrIncomplete says that the folder of an earlier, interrupted run is in the way.
var ErrIncomplete = errors.New("an interrupted run left it")

// A Writer writes a bundle as things happen: into a folder beside it, named PATH
// and ".partial", which [Writer.Finish] packs and removes. It is safe for
// concurrent use. Make it with [Create].
type Writer struct {
	path, folder string
	layout       layout
	preexisting  bool // the folder was there before, empty

	mu            sync.Mutex
	open          []*os.File
	kept          map[string]bool           // digests of contents that are in the folder
	omitted       map[string]OmittedContent // by digest
	contentBudget int64                     // bytes of contents that may still be kept
	err           error                     // the first trouble
}

// Create makes the folder of the bundle at path. Nothing else is touched before
// [Writer.Finish]. The error is [ErrLeftBehind], or says why path cannot be used.
func Create(path string) (*Writer, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil, fmt.Errorf("%s is a folder", path)
	}
	w := newWriter(path, path+partialSuffix, layout{TimelineFile, BlobFile})
	err := os.Mkdir(w.folder, 0o755)
	if errors.Is(err, os.ErrExist) {
		return nil, fmt.Errorf("%s is there already: %w", w.folder, ErrIncomplete)
	}
	if err != nil {
		return nil, err
	}
	return w, nil
}

func newWriter(path, folder string, l layout) *Writer {
	return &Writer{
		path:          path,
		folder:        folder,
		layout:        l,
		kept:          map[string]bool{},
		omitted:       map[string]OmittedContent{},
		contentBudget: BlobsLimit,
	}
}

// Folder is where the bundle grows, and what is left of it where it is never
// finished.
func (w *Writer) Folder() string { return w.folder }

// Path is where the finished bundle is to be.
func (w *Writer) Path() string { return w.path }

// RecordError keeps the first trouble, which ends the bundle in [Writer.Finish]: what
// happens goes on although nobody can write it down. nil is no trouble.
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

// Replace writes one file anew, whole: whoever reads it meanwhile sees the old one
// or the new one.
func (w *Writer) Replace(name string, content []byte) error {
	at := filepath.Join(w.folder, filepath.FromSlash(name))
	draft := at + partialSuffix
	if err := os.WriteFile(draft, content, 0o644); err != nil {
		return err
	}
	return os.Rename(draft, at)
}

func (w *Writer) create(name string) (*os.File, error) {
	at := filepath.Join(w.folder, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		return nil, err
	}
	return os.OpenFile(at, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
}

// Finish writes the manifest, signs it where there is a key (nil means that it is
// not signed), packs everything into the zip and removes the folder. suite, run
// and verdict are for the manifest. The error leaves the folder as it is.
func (w *Writer) Finish(suite Suite, run, verdict string, key ed25519.PrivateKey) error {
	if err := w.end(); err != nil {
		return fmt.Errorf("write the evidence: %w", err)
	}
	if err := w.seal(suite, run, verdict, key); err != nil {
		return fmt.Errorf("finish the evidence: %w", err)
	}
	if err := w.pack(); err != nil {
		return fmt.Errorf("pack the evidence: %w", err)
	}
	return os.RemoveAll(w.folder)
}

// Discard removes the folder, or empties one that was there before: there is nothing
// to keep.
func (w *Writer) Discard() error {
	err := errors.Join(w.end(), os.RemoveAll(w.folder))
	if w.preexisting {
		err = errors.Join(err, os.Mkdir(w.folder, 0o755))
	}
	return err
}

// CloseIncomplete ends the bundle as it is: the folder stays.
func (w *Writer) CloseIncomplete() error { return w.end() }

// end closes what is open, and returns the first trouble so far.
func (w *Writer) end() error {
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

func (w *Writer) opened(file *os.File) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open = append(w.open, file)
}
