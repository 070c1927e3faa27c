package customvision

import (
	"bytes"
	stdimage "image"
	_ "image/gif" // the formats that the service takes
	"image/jpeg"
	_ "image/png"
	"net/http"
	"strings"

	"github.com/google/uuid"
	_ "golang.org/x/image/bmp"
	"golang.org/x/image/draw"
)

// What is kept of an image in the service's own storage, by the letter that its
// name begins with. "i" and "t" were recorded; an image that fits is its own
// resized picture, and the recordings have no other.
const (
	resized   = "i"
	thumbnail = "t"
	fullSize  = "o"
)

// The longest sides of pictures, in pixels. The largest images of the recordings
// have 1600, and are kept as they are.
const (
	resizedSide   = 1600
	thumbnailSide = 256
)

// picturePath is where a picture lies, as recorded: /i-{project}/t-{image}.
func picturePath(project uuid.UUID, kind string, image uuid.UUID) string {
	return "/i-" + digits(project) + "/" + kind + "-" + digits(image)
}

// original is the kind of picture that is the upload itself.
func (i *image) original() string {
	if max(i.width, i.height) > resizedSide {
		return fullSize
	}
	return resized
}

// storedPicture gives an upload as it was, and scales anything else anew.
func (s *Server) storedPicture(project uuid.UUID, blob string) (any, error) {
	kind, name, _ := strings.Cut(blob, "-")
	id, err := uuid.Parse(name)
	found, ok := s.findImage(project, id)
	switch {
	case err != nil || !ok:
	case kind == found.original():
		return file{http.DetectContentType(found.data), found.data}, nil
	case kind == resized:
		return s.scaled(found.data, resizedSide)
	case kind == thumbnail:
		return s.scaled(found.data, thumbnailSide)
	}
	return nil, errNoRoute("/i-" + digits(project) + "/" + blob)
}

// findImage looks into the workspace, then into what iterations were trained
// from: their images outlive the workspace's.
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

// scaled makes a JPEG whose longer side is at most so long. One is made at a
// time, because a large one takes hundreds of megabytes. What only looked like
// an image is given as it was uploaded.
func (s *Server) scaled(data []byte, side int) (any, error) {
	s.scaleMu.Lock()
	defer s.scaleMu.Unlock()
	picture, _, err := stdimage.Decode(bytes.NewReader(data))
	if err != nil {
		return file{http.DetectContentType(data), data}, nil
	}
	var buffer bytes.Buffer
	err = jpeg.Encode(&buffer, shrink(picture, side), nil)
	return file{"image/jpeg", buffer.Bytes()}, err
}

// shrink puts a picture on white, since a JPEG has no transparency.
func shrink(picture stdimage.Image, side int) stdimage.Image {
	from := picture.Bounds()
	longer := max(from.Dx(), from.Dy(), 1)
	side = min(side, longer)
	to := stdimage.NewRGBA(stdimage.Rect(0, 0, max(1, from.Dx()*side/longer), max(1, from.Dy()*side/longer)))
	draw.Draw(to, to.Bounds(), stdimage.White, stdimage.Point{}, draw.Src)
	draw.BiLinear.Scale(to, to.Bounds(), picture, from, draw.Over, nil)
	return to
}
