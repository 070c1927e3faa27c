package synthetic_test

import (
	"image"
	"math"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/internal/trainingapi/dataset/synthetic"
)

// imagesPerKind is how many images of each kind the tests use.
const imagesPerKind = 5

// allImages returns the images of both kinds.
var allImages = sync.OnceValue(func() (all [2][]*image.RGBA) {
	for kind := range all {
		for n := range imagesPerKind {
			all[kind] = append(all[kind], synthetic.Draw(kind, n).(*image.RGBA))
		}
	}
	return all
})

func TestDrawIsDeterministic(t *testing.T) {
	again := synthetic.Draw(synthetic.Fruit, 3)
	assert.Equal(t, image.Image(allImages()[synthetic.Fruit][3]), again)
	assert.NotEqual(t, image.Image(allImages()[synthetic.Fruit][4]), again)
	assert.NotEqual(t, image.Image(allImages()[synthetic.Blades][3]), again)
	assert.Equal(t, image.Rect(0, 0, synthetic.Side, synthetic.Side), again.Bounds())
}

// difference returns the mean difference between two images, 0 to 255.
func difference(a, b *image.RGBA) float64 {
	sum := 0.
	for i := range a.Pix {
		sum += math.Abs(float64(a.Pix[i]) - float64(b.Pix[i]))
	}
	return sum / (float64(len(a.Pix)) * 3 / 4) // the alpha channel is always 255
}

func TestImagesDiffer(t *testing.T) {
	var all []*image.RGBA
	for _, kind := range allImages() {
		all = append(all, kind...)
	}
	for i := range all {
		for j := range i {
			assert.Greater(t, difference(all[i], all[j]), 15., "%d and %d", i, j)
		}
	}
}

// shares returns the share of warm pixels and that of green pixels.
func shares(im *image.RGBA) (warm, green float64) {
	for i := 0; i < len(im.Pix); i += 4 {
		r, g, b := int(im.Pix[i]), int(im.Pix[i+1]), int(im.Pix[i+2])
		if r > g+30 && r > b+30 {
			warm++
		}
		if g > r+20 && g > b+20 {
			green++
		}
	}
	all := float64(len(im.Pix) / 4)
	return warm / all, green / all
}

// The colours alone distinguish the kinds.
func TestKindsDifferByColour(t *testing.T) {
	all := allImages()
	for n, im := range all[synthetic.Fruit] {
		warm, green := shares(im)
		assert.Greater(t, warm, 0.1, n)
		assert.Less(t, green, 0.02, n)
	}
	for n, im := range all[synthetic.Blades] {
		warm, green := shares(im)
		assert.Less(t, warm, 0.02, n)
		assert.Greater(t, green, 0.1, n)
	}
}

// Like in a photograph, every part of an image has texture, and the parts differ in brightness.
func TestImagesHaveTextureAndLight(t *testing.T) {
	const tile = synthetic.Side / 8
	for kind, images := range allImages() {
		for n, im := range images {
			var means []float64
			for y := 0; y < synthetic.Side; y += tile {
				for x := 0; x < synthetic.Side; x += tile {
					mean, deviation := brightness(im, image.Rect(x, y, x+tile, y+tile))
					means = append(means, mean)
					if mean < 240 { // brighter parts are overexposed
						assert.Greater(t, deviation, 2., "%d %d at %d,%d", kind, n, x, y)
					}
				}
			}
			assert.Greater(t, standardDeviation(means), 8., "%d %d", kind, n)
		}
	}
}

// brightness returns the mean and the standard deviation of a part of the image.
func brightness(im *image.RGBA, part image.Rectangle) (mean, deviation float64) {
	var levels []float64
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			i := im.PixOffset(x, y)
			level := (float64(im.Pix[i]) + float64(im.Pix[i+1]) + float64(im.Pix[i+2])) / 3
			levels = append(levels, level)
			mean += level
		}
	}
	return mean / float64(len(levels)), standardDeviation(levels)
}

// standardDeviation returns the standard deviation.
func standardDeviation(values []float64) float64 {
	mean, sum := 0., 0.
	for _, v := range values {
		mean += v / float64(len(values))
	}
	for _, v := range values {
		sum += (v - mean) * (v - mean)
	}
	return math.Sqrt(sum / float64(len(values)))
}
