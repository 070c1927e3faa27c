package trainedmodel

import (
	"cmp"
	"math"
	"slices"
)

// Box is a part of an image in fractions of its width and height, from the upper
// left corner.
type Box struct{ Left, Top, Width, Height float64 }

// Proposal is a part of an image that may show something.
type Proposal struct {
	Confidence float64 // from 0 to 1
	Box        Box
}

// Propose returns one to five parts of an image, the most promising first.
func Propose(image Digest) []Proposal {
	proposals := make([]Proposal, 1+int(5*draw(image, "", 1)))
	for n := range proposals {
		proposals[n] = Proposal{round(lowScore(draw(image, "proposal", n))), drawBox(image, "proposal box", n)}
	}
	slices.SortStableFunc(proposals, func(a, b Proposal) int { return cmp.Compare(b.Confidence, a.Confidence) })
	return proposals
}

// detect finds what an image was labelled with, and what it was not.
func (m *Model) detect(image Digest, labels []Label, known bool) []Prediction {
	answers := []Prediction{}
	for n, l := range labels {
		box := l.Box.moved(draw(image, "left", n), draw(image, "top", n))
		answers = append(answers, Prediction{l.Tag, highScore(draw(image, m.tags[l.Tag], n)), box})
	}
	for tag, name := range m.tags {
		for n := range int(3 * draw(image, name, -1)) {
			probability := lowScore(draw(image, name+" guess", n))
			if known {
				probability = midScore(draw(image, name+" guess", n))
			}
			answers = append(answers, Prediction{tag, probability, drawBox(image, name+" box", n)})
		}
	}
	return answers
}

// moved shifts a box within the image: by 2 % of its size at most.
func (b Box) moved(x, y float64) Box {
	shift := func(at, size, by float64) float64 {
		return floor(math.Max(0, math.Min(at+(by-0.5)*0.04*size, 1-size)))
	}
	return Box{shift(b.Left, b.Width, x), shift(b.Top, b.Height, y), round(b.Width), round(b.Height)}
}

// drawBox takes a tenth to a half of an image in either direction.
func drawBox(image Digest, name string, n int) Box {
	width, height := round(0.1+0.4*draw(image, name, 4*n)), round(0.1+0.4*draw(image, name, 4*n+1))
	return Box{
		floor((1 - width) * draw(image, name, 4*n+2)),
		floor((1 - height) * draw(image, name, 4*n+3)),
		width,
		height,
	}
}

// floor keeps six decimals, and a box within its image.
func floor(x float64) float64 { return round(math.Floor(x*1e6) / 1e6) }

// Overlap is how much of the two boxes together is common to both, from 0 to 1.
func (b Box) Overlap(other Box) float64 {
	width := math.Min(b.Left+b.Width, other.Left+other.Width) - math.Max(b.Left, other.Left)
	height := math.Min(b.Top+b.Height, other.Top+other.Height) - math.Max(b.Top, other.Top)
	if width <= 0 || height <= 0 {
		return 0
	}
	common := width * height
	return common / (b.Width*b.Height + other.Width*other.Height - common)
}
