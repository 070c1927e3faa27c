package evidence

import (
	"fmt"
	"io"
	"path"
)

// Section is the part of the bundle that one run writes: "" is the run that the
// bundle is of, another prefix is the folder of a control. Contents that hold
// what redact knows are not kept.
func (w *Writer) Section(prefix string, redact *Redactor) *Section {
	return &Section{writer: w, prefix: prefix, redact: redact}
}

// A Section is what one run writes to a bundle.
type Section struct {
	writer *Writer
	prefix string
	redact *Redactor
}

// Put writes one file of the section.
func (s *Section) Put(name string, content []byte) error {
	return s.writer.Put(path.Join(s.prefix, name), content)
}

// TimelineWriter begins the timeline of a lineage, and returns what has to be told of
// every event of it, in order.
func (s *Section) TimelineWriter(number int) func(Event) {
	file, err := s.writer.create(path.Join(s.prefix, s.writer.layout.timeline(number)))
	if err != nil {
		s.writer.RecordError(err)
		return func(Event) {}
	}
	s.writer.opened(file)
	return func(e Event) {
		line, err := EncodeEvents([]Event{e})
		if err == nil {
			_, err = file.Write(line)
		}
		s.writer.RecordError(err)
	}
}

// StoreContent keeps the content of a blob or of a download, by its SHA-256, once. One
// that is too large, or holds a secret, is known by its digest only.
func (s *Section) StoreContent(sum string, length int64, content io.ReaderAt) {
	data, reason, err := s.reserve(sum, length, content)
	w := s.writer
	switch {
	case err != nil:
		w.RecordError(fmt.Errorf("keep the content %s: %w", sum, err))
	case reason != "":
		w.mu.Lock()
		w.omitted[sum] = OmittedContent{SHA256: sum, Length: length, Reason: reason}
		w.mu.Unlock()
	case data != nil:
		w.RecordError(w.Put(w.layout.content(sum), data))
	}
}

// reserve reads a content that is to be kept, and reserves its place; nil without a
// reason means that it is there already.
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
	_, left := w.omitted[sum]
	switch {
	case w.kept[sum] || left:
		return nil, "", nil
	case secret:
		return nil, Secret, nil
	case length > w.contentBudget:
		return nil, TooMany, nil
	}
	w.kept[sum], w.contentBudget = true, w.contentBudget-length
	return data, "", nil
}
