package replay

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/recording"
)

// content is the recorded content, or what stands for it.
func (s *Server) content(c recording.Content) []byte {
	if c.Length == 0 {
		return nil
	}
	data, err := s.options.Recording.Content(c.SHA256)
	switch {
	case err != nil:
		s.note("the content %.12s… cannot be read: %v; made bytes stand for it", c.SHA256, err)
	case data != nil:
		return data
	case s.contents[c.SHA256]:
		s.note(
			"the content %.12s… of %d bytes is not in the recording (%s): made bytes stand for it",
			c.SHA256,
			c.Length,
			s.whyLeftOut(c.SHA256),
		)
	}
	return placeholderContent(c)
}

// whyLeftOut is the reason why a content is not in the recording.
func (s *Server) whyLeftOut(sum string) string {
	for _, l := range s.tree.Head.LeftOut {
		if l.SHA256 == sum {
			return string(l.Reason)
		}
	}
	return "its file is gone"
}

// placeholderContent makes bytes of which nothing is known but that they are always the same
// for the same content: as many as the content had (16 MiB at most), or an archive
// of files with the recorded names.
func placeholderContent(c recording.Content) []byte {
	if len(c.Entries) > 0 {
		return archive(c)
	}
	data := make([]byte, min(c.Length, evidence.BlobLimit))
	_, _ = rand.NewChaCha8(sha256.Sum256([]byte(c.SHA256))).Read(data) // it never fails
	return data
}

// archive makes files of the digests of the recorded ones, so that archives of the
// same files stay archives of the same files, and the digest of the whole tells them
// apart.
func archive(c recording.Content) []byte {
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
	_ = w.SetComment(c.SHA256) // far shorter than what a comment may be
	_ = w.Close()              // into memory
	return b.Bytes()
}
