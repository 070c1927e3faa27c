package synthetic

import (
	"image/color"
	"math"
	"math/rand/v2"
)

type vector struct{ x, y float64 }

// A colour has red, green and blue, 0 to 255 each. rgba clips values outside of that range.
type colour struct{ r, g, b float64 }

func (c colour) times(f float64) colour { return colour{c.r * f, c.g * f, c.b * f} }

func (c colour) plus(v float64) colour { return colour{c.r + v, c.g + v, c.b + v} }

func (c colour) rgba() color.RGBA {
	return color.RGBA{R: level(c.r), G: level(c.g), B: level(c.b), A: 255}
}

func level(v float64) uint8 { return uint8(min(255, max(0, v))) }

// noise is value noise: a lattice of random values with smooth interpolation. Every octave adds it again, with half
// the size and half the amplitude.
type noise struct {
	lattice []float64
	octaves int
}

const (
	latticeSide     = 64  // values; a power of two
	maxLatticeWidth = 128 // pixels between two values in the first octave
)

func newNoise(r *rand.Rand, octaves int) noise {
	values := make([]float64, latticeSide*latticeSide)
	for i := range values {
		values[i] = r.Float64()
	}
	return noise{values, octaves}
}

// at returns the noise at a point, from 0 to 1.
func (n noise) at(x, y float64) float64 {
	sum, amplitude, total := 0., 1., 0.
	for octave := range n.octaves {
		scale := float64(int(1)<<octave) / maxLatticeWidth
		sum += amplitude * n.interpolate(x*scale+float64(7*octave), y*scale)
		total += amplitude
		amplitude /= 2
	}
	return sum / total
}

// interpolate returns the lattice's value at a point between its values.
func (n noise) interpolate(x, y float64) float64 {
	fx, fy := math.Floor(x), math.Floor(y)
	tx, ty := ease(x-fx), ease(y-fy)
	i, j := int(fx), int(fy)
	top := n.value(i, j) + tx*(n.value(i+1, j)-n.value(i, j))
	bottom := n.value(i, j+1) + tx*(n.value(i+1, j+1)-n.value(i, j+1))
	return top + ty*(bottom-top)
}

func (n noise) value(i, j int) float64 {
	return n.lattice[(j&(latticeSide-1))*latticeSide+i&(latticeSide-1)]
}

func ease(t float64) float64 { return t * t * (3 - 2*t) }
