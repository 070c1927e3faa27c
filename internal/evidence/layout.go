package evidence

import (
	"errors"
	"fmt"
	"os"
	"path"
)

// A layout says where a writer puts the timeline of a number and the content of a
// digest.
type layout struct {
	timeline func(number int) string
	content  func(sum string) string
}

// The folders of a [Writer] that [CreateFolder] made.
const (
	situationsFolder = "situations"
	contentsFolder   = "contents"
)

// SituationFile is the path of a lineage's timeline in a folder that stays.
func SituationFile(number int) string { return fmt.Sprintf("%s/%02d.ndjson", situationsFolder, number) }

// ContentFile is the path of the content of that SHA-256 in a folder that stays.
func ContentFile(sum string) string { return path.Join(contentsFolder, sum) }

// ErrNotEmpty says that a folder that is to be written holds something already.
var ErrNotEmpty = errors.New("it is not empty")

// CreateFolder makes a writer whose folder stays as it grows, at path itself:
// [Writer.Leave] ends it, and nothing is packed. The error is [ErrNotEmpty], or
// says why path cannot be used.
func CreateFolder(path string) (*Writer, error) {
	there, err := os.ReadDir(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		err = os.Mkdir(path, 0o755)
	case err == nil && len(there) > 0:
		err = ErrNotEmpty
	}
	if err != nil {
		return nil, err
	}
	w := newWriter(path, path, layout{SituationFile, ContentFile})
	w.preexisting = there != nil
	return w, nil
}

// Omitted lists the contents that the writer did not keep, in order of digest.
func (w *Writer) Omitted() []OmittedContent {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.leftOut()
}
