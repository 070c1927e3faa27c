package trainedmodel

import (
	"cmp"
	"math"
	"slices"
)

// Kind is the kind of a model's predictions.
type Kind int

const (
	// Multilabel models predict the probability of each tag independently.
	Multilabel Kind = iota
	// Multiclass models predict which one of the tags applies.
	Multiclass
	// Detection models predict boxes with tags.
	Detection
)

// Label is a tag of a labelled image, as an index into the model's tags. Box is used with [Detection] only.
type Label struct {
	Tag int
	Box Box
}

// Example is a labelled image.
type Example struct {
	Image  Digest
	Labels []Label
}

// Prediction is a tag that a model predicts for an image. Box is set with [Detection] only.
type Prediction struct {
	Tag         int
	Probability float64 // from 0 to 1
	Box         Box
}

// Model is the result of a training. Create it with [NewModel].
type Model struct {
	kind          Kind
	tags          []string
	examples      []Example
	labelsByImage map[Digest][]Label
}

// NewModel returns a model of a kind with the names of its tags and the examples that it was trained on. Each
// Label.Tag must be an index into tags.
func NewModel(kind Kind, tags []string, examples []Example) *Model {
	m := &Model{kind: kind, tags: tags, examples: examples, labelsByImage: map[Digest][]Label{}}
	for _, e := range examples {
		m.labelsByImage[e.Image] = e.Labels
	}
	return m
}

// Predict returns the predictions for an image, in order of decreasing probability.
func (m *Model) Predict(image Digest) []Prediction {
	labels := m.labelsByImage[image]
	known := len(labels) > 0
	var predictions []Prediction
	switch {
	case m.kind == Detection:
		predictions = m.detect(image, labels, known)
	case m.kind == Multiclass && !known:
		predictions = m.softmax(image)
	case m.kind == Multiclass:
		predictions = m.trainedSoftmax(image, labels)
	default:
		predictions = m.independent(image, labels, known)
	}
	for n := range predictions {
		predictions[n].Probability = round6(predictions[n].Probability)
	}
	slices.SortStableFunc(predictions, func(a, b Prediction) int { return cmp.Compare(b.Probability, a.Probability) })
	return predictions
}

func (m *Model) independent(image Digest, labels []Label, known bool) []Prediction {
	predictions := make([]Prediction, len(m.tags))
	for n, tag := range m.tags {
		x := draw(image, tag, 0)
		predictions[n] = Prediction{Tag: n, Probability: unseenScore(x)}
		if known {
			predictions[n].Probability = lowScore(x)
		}
		if hasTag(labels, n) {
			predictions[n].Probability = highScore(x)
		}
	}
	return predictions
}

// softmax derives probabilities that sum to 1.
func (m *Model) softmax(image Digest) []Prediction {
	predictions, sum := make([]Prediction, len(m.tags)), 0.0
	for n, tag := range m.tags {
		predictions[n] = Prediction{Tag: n, Probability: math.Exp(4 * draw(image, tag, 0))}
		sum += predictions[n].Probability
	}
	for n := range predictions {
		predictions[n].Probability /= sum
	}
	return predictions
}

// trainedSoftmax gives the labels of the image a high probability and divides the remainder among the other tags.
// The probabilities sum to 1.
func (m *Model) trainedSoftmax(image Digest, labels []Label) []Prediction {
	predictions := m.softmax(image)
	own, others := 0.0, 0.0
	for n, a := range predictions {
		if hasTag(labels, n) {
			own += a.Probability
		} else {
			others += a.Probability
		}
	}
	if others == 0 {
		return predictions
	}
	part := highScore(draw(image, "", 0))
	for n, a := range predictions {
		if hasTag(labels, n) {
			predictions[n].Probability = a.Probability / own * part
		} else {
			predictions[n].Probability = a.Probability / others * (1 - part)
		}
	}
	return predictions
}

func hasTag(labels []Label, tag int) bool {
	return slices.ContainsFunc(labels, func(l Label) bool { return l.Tag == tag })
}

// Uncertainty returns the entropy of predictions in bits. It is 0 when they are certain.
func Uncertainty(predictions []Prediction) float64 {
	sum := 0.0
	for _, a := range predictions {
		if a.Probability > 0 {
			sum -= a.Probability * math.Log2(a.Probability)
		}
	}
	return round6(math.Abs(sum)) // not -0
}

// detect returns a shifted box for each label, and boxes that match no label.
func (m *Model) detect(image Digest, labels []Label, known bool) []Prediction {
	predictions := []Prediction{}
	for n, l := range labels {
		box := l.Box.shift(draw(image, "left", n), draw(image, "top", n))
		predictions = append(predictions, Prediction{l.Tag, highScore(draw(image, m.tags[l.Tag], n)), box})
	}
	for tag, name := range m.tags {
		for n := range int(3 * draw(image, name, -1)) {
			probability := unseenScore(draw(image, name+" guess", n))
			if known {
				probability = lowScore(draw(image, name+" guess", n))
			}
			predictions = append(predictions, Prediction{tag, probability, drawBox(image, name+" box", n)})
		}
	}
	return predictions
}
