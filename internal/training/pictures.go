package training

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"slices"
	"sync"
)

// The smallest set that the service trains: two tags with five images each
// (quick-start of the guide to classifiers), at least 256 pixels a side.
const (
	Tags         = 2
	ImagesPerTag = 5
	side         = 256
)

// Pictures returns the distinct JPEG images of one tag (from 0). Tag 0 shows
// rings, tag 1 stripes, so that two classes can be told apart. The bytes are
// shared: do not change them.
func Pictures(tag int) ([]Image, error) {
	all, err := album()
	if err != nil {
		return nil, err
	}
	return slices.Clone(all[tag]), nil
}

// album draws all images once: they are always the same.
var album = sync.OnceValues(func() (all [Tags][]Image, err error) {
	for tag := range all {
		for n := range ImagesPerTag {
			var buf bytes.Buffer
			if err := jpeg.Encode(&buf, picture(tag, n), &jpeg.Options{Quality: 50}); err != nil {
				return all, fmt.Errorf("encode image %d of tag %d: %w", n, tag, err)
			}
			all[tag] = append(all[tag], Image{Name: fmt.Sprintf("tag%d-image%d.jpg", tag, n), Bytes: buf.Bytes()})
		}
	}
	return all, nil
})

func picture(tag, n int) image.Image {
	im := image.NewGray(image.Rect(0, 0, side, side))
	period := 24 + 8*n
	for y := range side {
		for x := range side {
			at := x + y/2
			if tag == 0 {
				dx, dy := x-side/2-4*n, y-side/2+3*n
				at = (dx*dx + dy*dy) / 64
			}
			im.SetGray(x, y, color.Gray{Y: uint8(32 + (at%period)*191/period)})
		}
	}
	return im
}
