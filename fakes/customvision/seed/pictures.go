package seed

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io/fs"
	"strings"

	"github.com/cvconform/cvconform/fakes/customvision"
)

// maxCreated is the maximum number of images that one entry creates.
const maxCreated = 1000

// seed reads the images of a folder, or creates them.
func (i images) seed(files fs.FS, tags ...string) ([]customvision.SeedImage, error) {
	if i.folder != "" {
		return readFolder(files, i.folder, tags...)
	}
	if i.count < 0 || i.count > maxCreated {
		return nil, fmt.Errorf("invalid number %d (use 0 to %d)", i.count, maxCreated)
	}
	created := make([]customvision.SeedImage, i.count)
	for n := range created {
		name := fmt.Sprintf("%s %d.png", strings.Join(tags, " "), n+1)
		data, err := createPicture(name)
		if err != nil {
			return nil, err
		}
		created[n] = customvision.SeedImage{Name: strings.TrimSpace(name), Data: data, Tags: tags}
	}
	return created, nil
}

// createPicture returns a PNG of four colors that are derived from the name, so that it is the same every time.
func createPicture(name string) ([]byte, error) {
	const side = 64
	digest := sha256.Sum256([]byte(name))
	picture := image.NewRGBA(image.Rect(0, 0, side, side))
	for x := range side {
		for y := range side {
			n := 3 * (2*(x*2/side) + y*2/side)
			picture.Set(x, y, color.RGBA{digest[n], digest[n+1], digest[n+2], 255})
		}
	}
	var buffer bytes.Buffer
	err := png.Encode(&buffer, picture)
	return buffer.Bytes(), err
}
