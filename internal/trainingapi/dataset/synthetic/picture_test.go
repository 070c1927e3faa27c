package synthetic_test

import (
	"image"
	"math"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/internal/trainingapi/dataset/synthetic"
)

// some is how many pictures of each kind the tests look at.
const some = 5

// drawn are the pictures of both kinds.
var drawn = sync.OnceValue(func() (all [2][]*image.RGBA) {
	for kind := range all {
		for n := range some {
			all[kind] = append(all[kind], synthetic.Draw(kind, n).(*image.RGBA))
		}
	}
	return all
})

func TestPicturesAreTheSameEveryTime(t *testing.T) {
	again := synthetic.Draw(synthetic.Fruit, 3)
	assert.Equal(t, image.Image(drawn()[synthetic.Fruit][3]), again)
	assert.NotEqual(t, image.Image(drawn()[synthetic.Fruit][4]), again)
	assert.NotEqual(t, image.Image(drawn()[synthetic.Blades][3]), again)
	assert.Equal(t, image.Rect(0, 0, synthetic.Side, synthetic.Side), again.Bounds())
}

// difference is the mean of what one picture differs from another by, 0 to 255.
func difference(a, b *image.RGBA) float64 {
	sum := 0.
	for i := range a.Pix {
		sum += math.Abs(float64(a.Pix[i]) - float64(b.Pix[i]))
	}
	return sum / (float64(len(a.Pix)) * 3 / 4) // the fourth is always 255
}

func TestNoTwoPicturesAreNearlyTheSame(t *testing.T) {
	var all []*image.RGBA
	for _, kind := range drawn() {
		all = append(all, kind...)
	}
	for i := range all {
		for j := range i {
			assert.Greater(t, difference(all[i], all[j]), 15., "%d and %d", i, j)
		}
	}
}

// shares are how much of a picture is warm, and how much is green.
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

// A simple look at the colours tells the kinds apart.
func TestTheKindsCanBeToldApart(t *testing.T) {
	all := drawn()
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

// Photographs are nowhere flat: each part of a picture has texture, and light falls
// differently on its sides.
func TestPicturesHaveTextureAndLight(t *testing.T) {
	const tile = synthetic.Side / 8
	for kind, pictures := range drawn() {
		for n, im := range pictures {
			var means []float64
			for y := 0; y < synthetic.Side; y += tile {
				for x := 0; x < synthetic.Side; x += tile {
					mean, deviation := brightness(im, image.Rect(x, y, x+tile, y+tile))
					means = append(means, mean)
					if mean < 240 { // else the light is too bright to see anything
						assert.Greater(t, deviation, 2., "%d %d at %d,%d", kind, n, x, y)
					}
				}
			}
			assert.Greater(t, spread(means), 8., "%d %d", kind, n)
		}
	}
}

// brightness is the mean of a part of the picture, and how far its pixels are from
// it.
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
	return mean / float64(len(levels)), spread(levels)
}

// spread is the standard deviation.
func spread(values []float64) float64 {
	mean, sum := 0., 0.
	for _, v := range values {
		mean += v / float64(len(values))
	}
	for _, v := range values {
		sum += (v - mean) * (v - mean)
	}
	return math.Sqrt(sum / float64(len(values)))
}
