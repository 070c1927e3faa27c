package trainedmodel

import "math"

// Box is a rectangle in an image. Its members are fractions of the image's width and height, measured from the
// upper left corner.
type Box struct{ Left, Top, Width, Height float64 }

// shift moves a box by at most 2 % of its size. The result stays inside the image. x and y are from 0 to 1; 0.5
// leaves the box in place.
func (b Box) shift(x, y float64) Box {
	shift := func(at, size, by float64) float64 {
		return floor6(math.Max(0, math.Min(at+(by-0.5)*0.04*size, 1-size)))
	}
	return Box{shift(b.Left, b.Width, x), shift(b.Top, b.Height, y), round6(b.Width), round6(b.Height)}
}

// Overlap returns the area common to both boxes divided by the area of their union, from 0 to 1.
func (b Box) Overlap(other Box) float64 {
	width := math.Min(b.Left+b.Width, other.Left+other.Width) - math.Max(b.Left, other.Left)
	height := math.Min(b.Top+b.Height, other.Top+other.Height) - math.Max(b.Top, other.Top)
	if width <= 0 || height <= 0 {
		return 0
	}
	common := width * height
	return common / (b.Width*b.Height + other.Width*other.Height - common)
}

// drawBox derives a box whose width and height are 10 % to 50 % of the image's.
func drawBox(image Digest, name string, n int) Box {
	width, height := round6(0.1+0.4*draw(image, name, 4*n)), round6(0.1+0.4*draw(image, name, 4*n+1))
	return Box{
		floor6((1 - width) * draw(image, name, 4*n+2)),
		floor6((1 - height) * draw(image, name, 4*n+3)),
		width,
		height,
	}
}

// floor6 rounds down to six decimals, so that a box does not exceed its image.
func floor6(x float64) float64 { return round6(math.Floor(x*1e6) / 1e6) }
