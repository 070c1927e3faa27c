package trainedmodel

import (
	"cmp"
	"slices"
)

// Proposal is a region of an image that may show an object.
type Proposal struct {
	Confidence float64 // from 0 to 1
	Box        Box
}

// Propose returns one to five regions of an image, in order of decreasing confidence.
func Propose(image Digest) []Proposal {
	proposals := make([]Proposal, 1+int(5*draw(image, "", 1)))
	for n := range proposals {
		proposals[n] = Proposal{round6(unseenScore(draw(image, "proposal", n))), drawBox(image, "proposal box", n)}
	}
	slices.SortStableFunc(proposals, func(a, b Proposal) int { return cmp.Compare(b.Confidence, a.Confidence) })
	return proposals
}
