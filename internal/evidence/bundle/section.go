package bundle

import (
	"fmt"
	"io"
	"path"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/redact"
)

// A Section is the part of a bundle that one run writes.
type Section struct {
	writer *Writer
	prefix string
	redact *redact.Redactor
}

// Section returns the part of the bundle for one run: "" for the run itself, another prefix for the
// folder of a control. Contents with secrets that r finds are not stored.
func (w *Writer) Section(prefix string, r *redact.Redactor) *Section {
	return &Section{writer: w, prefix: prefix, redact: r}
}

// Put writes one file of the section.
func (s *Section) Put(name string, content []byte) error {
	return s.writer.Put(path.Join(s.prefix, name), content)
}

// TimelineWriter creates the file of a timeline, and returns a function that appends an event to it.
// Errors are recorded; see [Writer.RecordError].
func (s *Section) TimelineWriter(number int) func(evidence.Event) {
	file, err := s.writer.create(path.Join(s.prefix, TimelineFile(number)))
	if err != nil {
		s.writer.RecordError(err)
		return func(evidence.Event) {}
	}
	s.writer.addOpen(file)
	return func(e evidence.Event) {
		line, err := evidence.EncodeEvents([]evidence.Event{e})
		if err == nil {
			_, err = file.Write(line)
		}
		s.writer.RecordError(err)
	}
}

// StoreContent stores the content of a blob or a download under its SHA-256, once. If it is too
// large or has a secret, only its digest is recorded. Errors are recorded; see [Writer.RecordError].
func (s *Section) StoreContent(sum string, length int64, content io.ReaderAt) {
	data, reason, err := s.reserve(sum, length, content)
	w := s.writer
	switch {
	case err != nil:
		w.RecordError(fmt.Errorf("store the content %s: %w", sum, err))
	case reason != "":
		w.mu.Lock()
		w.omitted[sum] = OmittedContent{SHA256: sum, Length: length, Reason: reason}
		w.mu.Unlock()
	case data != nil:
		w.RecordError(w.Put(BlobFile(sum), data))
	}
}

// reserve reads a content and subtracts it from the limit of all contents. It returns the reason why
// the content must not be stored; nil without a reason means that it is stored already.
func (s *Section) reserve(sum string, length int64, content io.ReaderAt) ([]byte, Reason, error) {
	w := s.writer
	if length > BlobLimit {
		return nil, TooLarge, nil
	}
	data := make([]byte, length)
	if n, err := content.ReadAt(data, 0); int64(n) < length {
		return nil, "", err
	}
	secret := s.redact.ContainsSecret(data)
	w.mu.Lock()
	defer w.mu.Unlock()
	_, omitted := w.omitted[sum]
	switch {
	case w.stored[sum] || omitted:
		return nil, "", nil
	case secret:
		return nil, Secret, nil
	case length > w.contentBudget:
		return nil, TooMany, nil
	}
	w.stored[sum], w.contentBudget = true, w.contentBudget-length
	return data, "", nil
}
