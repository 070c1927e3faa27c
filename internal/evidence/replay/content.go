package replay

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/cvconform/cvconform/internal/evidence/bundle"
	"github.com/cvconform/cvconform/internal/evidence/recording"
)

// content returns the recorded content, or a placeholder.
func (s *state) content(c recording.Content) []byte {
	if c.Length == 0 {
		return nil
	}
	data, err := s.options.Recording.Content(c.SHA256)
	switch {
	case err != nil:
		s.notes.add("the content %.12s… cannot be read: %v; it is replaced by a placeholder", c.SHA256, err)
	case data != nil:
		return data
	case s.contents[c.SHA256]:
		s.notes.add(
			"the content %.12s… of %d bytes is not in the recording (%s): it is replaced by a placeholder",
			c.SHA256,
			c.Length,
			omissionReason(s.options.Recording, c.SHA256),
		)
	}
	return placeholderContent(c)
}

// omissionReason returns the reason why a content is not in the recording.
func omissionReason(r *recording.Recording, sum string) string {
	for _, l := range r.LeftOut {
		if l.SHA256 == sum {
			return string(l.Reason)
		}
	}
	return "its file is gone"
}

// placeholderContent returns bytes that are the same for the same content: as many as the content had, up
// to 16 MiB, or an archive of files with the recorded names.
func placeholderContent(c recording.Content) []byte {
	if len(c.Entries) > 0 {
		return placeholderArchive(c)
	}
	data := make([]byte, min(c.Length, bundle.BlobLimit))
	_, _ = rand.NewChaCha8(sha256.Sum256([]byte(c.SHA256))).Read(data) // it never fails
	return data
}

// placeholderArchive returns an archive in which each file has the digest of the recorded one as its
// content. Archives of equal files have equal files, but different archives differ.
func placeholderArchive(c recording.Content) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	names := make([]string, 0, len(c.Entries))
	for name := range c.Entries {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		if entry, err := w.Create(name); err == nil {
			_, _ = fmt.Fprintf(entry, "stands for %s\n", c.Entries[name])
		}
	}
	_ = w.SetComment(c.SHA256) // far shorter than the limit of a comment
	_ = w.Close()              // into memory
	return b.Bytes()
}
