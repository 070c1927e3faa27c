package trainingapi

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/cvconform/cvconform/internal/trainingapi/dataset/synthetic"
)

// The smallest set that the service trains: two tags with five images each
// (quick-start of the guide to classifiers), at least 256 pixels a side, no image
// over 6 MB (limits and quotas).
const (
	Tags         = 2
	ImagesPerTag = 5
)

// quality is that of the JPEG images: a project's ten go into one request.
const quality = 60

// TrainingImages returns the distinct JPEG images of one tag (from 0), which shows
// another kind of scene than the other tag. The bytes are shared: do not change
// them.
func TrainingImages(tag int) ([]Image, error) {
	all, err := allImages()
	if err != nil {
		return nil, err
	}
	return slices.Clone(all[tag]), nil
}

// allImages draws all images once, side by side: they are always the same.
var allImages = sync.OnceValues(func() (all [Tags][]Image, err error) {
	var beside errgroup.Group
	for tag := range all {
		all[tag] = make([]Image, ImagesPerTag)
		for n := range ImagesPerTag {
			beside.Go(func() (err error) {
				all[tag][n], err = drawJPEG(tag, n)
				return err
			})
		}
	}
	return all, beside.Wait()
})

// drawJPEG makes one image.
func drawJPEG(tag, n int) (Image, error) {
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, synthetic.Draw(tag, n), &jpeg.Options{Quality: quality}); err != nil {
		return Image{}, fmt.Errorf("encode image %d of tag %d: %w", n, tag, err)
	}
	return Image{Name: fmt.Sprintf("tag%d-image%d.jpg", tag, n), Bytes: buf.Bytes()}, nil
}
