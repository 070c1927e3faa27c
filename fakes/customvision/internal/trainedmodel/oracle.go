package trainedmodel

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"math"
	"slices"
)

// Digest tells images apart: the SHA-256 of an image's bytes.
type Digest [sha256.Size]byte

// Kind is what a model answers.
type Kind int

const (
	// Multilabel models answer how likely each tag is, by itself.
	Multilabel Kind = iota
	// Multiclass models answer which one of the tags it is.
	Multiclass
	// Detection models answer where in an image something is.
	Detection
)

// Label is what a labelled image shows: a tag, by its place in the model's list,
// and where, which counts for [Detection] only.
type Label struct {
	Tag int
	Box Box
}

// Example is a labelled image.
type Example struct {
	Image  Digest
	Labels []Label
}

// Prediction is one answer about an image. Box is empty but for [Detection].
type Prediction struct {
	Tag         int
	Probability float64 // from 0 to 1
	Box         Box
}

// Model is what a training leaves. Make it with [NewModel].
type Model struct {
	kind     Kind
	tags     []string
	examples []Example
	labels   map[Digest][]Label
}

// NewModel returns a model of that kind that knows the tags by their names, and
// the examples. The labels' tags have to be places in tags.
func NewModel(kind Kind, tags []string, examples []Example) *Model {
	m := &Model{kind: kind, tags: tags, examples: examples, labels: map[Digest][]Label{}}
	for _, e := range examples {
		m.labels[e.Image] = e.Labels
	}
	return m
}

// How sure a model is: of what it was shown, of what it was not shown in an
// image it knows, and of images that it does not know.
func highScore(x float64) float64 { return 0.93 + 0.0699*x }
func midScore(x float64) float64  { return 0.07 * x }
func lowScore(x float64) float64  { return 0.01 + 0.89*x }

// Predict answers about an image, the most likely first.
func (m *Model) Predict(image Digest) []Prediction {
	labels := m.labels[image]
	known := len(labels) > 0
	var answers []Prediction
	switch {
	case m.kind == Detection:
		answers = m.detect(image, labels, known)
	case m.kind == Multiclass && !known:
		answers = m.softmax(image)
	case m.kind == Multiclass:
		answers = m.remainder(image, labels)
	default:
		answers = m.independent(image, labels, known)
	}
	for n := range answers {
		answers[n].Probability = round(answers[n].Probability)
	}
	slices.SortStableFunc(answers, func(a, b Prediction) int { return cmp.Compare(b.Probability, a.Probability) })
	return answers
}

func (m *Model) independent(image Digest, labels []Label, known bool) []Prediction {
	answers := make([]Prediction, len(m.tags))
	for n, tag := range m.tags {
		x := draw(image, tag, 0)
		answers[n] = Prediction{Tag: n, Probability: lowScore(x)}
		if known {
			answers[n].Probability = midScore(x)
		}
		if has(labels, n) {
			answers[n].Probability = highScore(x)
		}
	}
	return answers
}

// softmax sums to 1.
func (m *Model) softmax(image Digest) []Prediction {
	answers, sum := make([]Prediction, len(m.tags)), 0.0
	for n, tag := range m.tags {
		answers[n] = Prediction{Tag: n, Probability: math.Exp(4 * draw(image, tag, 0))}
		sum += answers[n].Probability
	}
	for n := range answers {
		answers[n].Probability /= sum
	}
	return answers
}

// remainder gives the labels their part, and what is left to the other tags, so
// that it sums to 1.
func (m *Model) remainder(image Digest, labels []Label) []Prediction {
	answers := m.softmax(image)
	own, others := 0.0, 0.0
	for n, a := range answers {
		if has(labels, n) {
			own += a.Probability
		} else {
			others += a.Probability
		}
	}
	if others == 0 {
		return answers
	}
	part := highScore(draw(image, "", 0))
	for n, a := range answers {
		if has(labels, n) {
			answers[n].Probability = a.Probability / own * part
		} else {
			answers[n].Probability = a.Probability / others * (1 - part)
		}
	}
	return answers
}

func has(labels []Label, tag int) bool {
	return slices.ContainsFunc(labels, func(l Label) bool { return l.Tag == tag })
}

// Uncertainty is the entropy of an answer in bits: 0 when it is certain.
func Uncertainty(answers []Prediction) float64 {
	sum := 0.0
	for _, a := range answers {
		if a.Probability > 0 {
			sum -= a.Probability * math.Log2(a.Probability)
		}
	}
	return round(math.Abs(sum)) // not -0
}

// draw is a number from 0 to below 1 that depends on all that it is given and
// on nothing else.
func draw(image Digest, tag string, n int) float64 {
	seed := binary.BigEndian.AppendUint32(append(image[:], tag...), uint32(n))
	sum := sha256.Sum256(seed)
	return float64(binary.BigEndian.Uint64(sum[:])>>11) / (1 << 53)
}

// round keeps six decimals.
func round(x float64) float64 { return math.Round(x*1e6) / 1e6 }
