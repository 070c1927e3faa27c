// Package dataset provides the images that the projects of a run are trained with: the smallest set that the service
// trains. The images are generated (package synthetic) and the same in every run. Stop extending it when a scenario
// would need a data set of its own.
package dataset

import (
	"bytes"
	"fmt"
	"image/jpeg"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/cvconform/cvconform/internal/trainingapi"
	"github.com/cvconform/cvconform/internal/trainingapi/dataset/synthetic"
)

// The smallest set that the service trains has two tags with five images each (quickstart of the guide to classifiers).
// An image has at least 256 pixels a side and at most 6 MB (limits and quotas).
const (
	Tags         = 2
	ImagesPerTag = 5
)

// jpegQuality is low because the ten images of a project go into one request.
const jpegQuality = 60

// Images returns the images of one tag (from 0) as JPEG. All images are distinct, and each tag shows its own kind of
// scene. The caller must not change the bytes.
func Images(tag int) ([]trainingapi.Image, error) {
	all, err := allImages()
	if err != nil {
		return nil, err
	}
	return slices.Clone(all[tag]), nil
}

// allImages draws all images concurrently, once.
var allImages = sync.OnceValues(func() (all [Tags][]trainingapi.Image, err error) {
	var group errgroup.Group
	for tag := range all {
		all[tag] = make([]trainingapi.Image, ImagesPerTag)
		for n := range ImagesPerTag {
			group.Go(func() (err error) {
				all[tag][n], err = drawJPEG(tag, n)
				return err
			})
		}
	}
	return all, group.Wait()
})

func drawJPEG(tag, n int) (trainingapi.Image, error) {
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, synthetic.Draw(tag, n), &jpeg.Options{Quality: jpegQuality}); err != nil {
		return trainingapi.Image{}, fmt.Errorf("encode image %d of tag %d: %w", n, tag, err)
	}
	return trainingapi.Image{Name: fmt.Sprintf("tag%d-image%d.jpg", tag, n), Bytes: buf.Bytes()}, nil
}
