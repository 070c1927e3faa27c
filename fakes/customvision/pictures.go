package customvision

import (
	"bytes"
	stdimage "image"
	_ "image/gif" // the formats that the service accepts
	"image/jpeg"
	_ "image/png"
	"net/http"
	"strings"

	"github.com/google/uuid"
	_ "golang.org/x/image/bmp"
	"golang.org/x/image/draw"
)

// Kinds of pictures in the service's own storage: the first letter of a blob's name. "i" and "t" were recorded. An
// image within the size limit is its own resized picture; the recordings have no larger one.
const (
	resized   = "i"
	thumbnail = "t"
	fullSize  = "o"
)

// The longest sides of pictures, in pixels. The largest images of the recordings have 1600 pixels and are stored
// unchanged.
const (
	resizedSide   = 1600
	thumbnailSide = 256
)

// picturePath returns the path of a picture, as recorded: /i-{project}/t-{image}.
func picturePath(project uuid.UUID, kind string, image uuid.UUID) string {
	return "/i-" + hexID(project) + "/" + kind + "-" + hexID(image)
}

// original returns the kind of picture that holds the unchanged upload.
func (i *image) original() string {
	if max(i.width, i.height) > resizedSide {
		return fullSize
	}
	return resized
}

// storedPicture returns an upload unchanged, and scales all other pictures on demand.
func (s *Server) storedPicture(project uuid.UUID, blob string) (storedFile, error) {
	kind, name, _ := strings.Cut(blob, "-")
	id, err := uuid.Parse(name)
	found, ok := s.findImage(project, id)
	switch {
	case err != nil || !ok:
	case kind == found.original():
		return found.unchanged(), nil
	case kind == resized:
		return s.scaledPicture(found, resizedSide)
	case kind == thumbnail:
		return s.scaledPicture(found, thumbnailSide)
	}
	return storedFile{}, errBlobNotFound()
}

func (i *image) unchanged() storedFile {
	return storedFile{file{http.DetectContentType(i.data), i.data}, i.created}
}

// findImage looks in the workspace first, and then in the training data of the iterations, where images are kept
// after they are deleted from the workspace.
func (s *Server) findImage(project, id uuid.UUID) (image, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.projects.byID[project]
	if p == nil {
		return image{}, false
	}
	found := p.image(id)
	if found == nil {
		found = p.trainingImage(id)
	}
	if found == nil {
		return image{}, false
	}
	return *found, true
}

// scaledPicture returns a JPEG whose longer side has at most side pixels. Pictures are scaled one at a time,
// because a large one takes hundreds of megabytes. Data that cannot be decoded is returned unchanged.
func (s *Server) scaledPicture(i image, side int) (storedFile, error) {
	s.scaleMu.Lock()
	defer s.scaleMu.Unlock()
	picture, _, err := stdimage.Decode(bytes.NewReader(i.data))
	if err != nil {
		return i.unchanged(), nil
	}
	var buffer bytes.Buffer
	err = jpeg.Encode(&buffer, shrink(picture, side), nil)
	return storedFile{file{"image/jpeg", buffer.Bytes()}, i.created}, err
}

// shrink scales a picture down onto a white background, because a JPEG has no transparency.
func shrink(picture stdimage.Image, side int) stdimage.Image {
	from := picture.Bounds()
	longer := max(from.Dx(), from.Dy(), 1)
	side = min(side, longer)
	to := stdimage.NewRGBA(stdimage.Rect(0, 0, max(1, from.Dx()*side/longer), max(1, from.Dy()*side/longer)))
	draw.Draw(to, to.Bounds(), stdimage.White, stdimage.Point{}, draw.Src)
	draw.BiLinear.Scale(to, to.Bounds(), picture, from, draw.Over, nil)
	return to
}
