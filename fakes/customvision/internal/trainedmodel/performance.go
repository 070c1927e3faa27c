package trainedmodel

import (
	"cmp"
	"math"
	"slices"
)

// folds is in how many parts the examples are measured, for the deviations.
const folds = 5

// Figures say how good predictions are, each from 0 to 1.
type Figures struct {
	// Precision is the part of the predictions that is right, 0 where nothing
	// is predicted; Recall is the part of the labels that is predicted, 0 where
	// there are none.
	Precision, Recall float64
	// The deviations are the standard deviations of the two over five parts of
	// the examples.
	PrecisionDeviation, RecallDeviation float64
	// AveragePrecision is the mean of the precisions at each label that is
	// found, the likeliest first; of all tags together it is the tags' mean.
	AveragePrecision float64
}

// Performance has the figures of a model, and of each of its tags in their order.
type Performance struct {
	Figures
	Tags []Figures
}

// Performance measures what the model predicts for its own examples. A prediction
// counts from the threshold on; with [Detection] it is right if its box overlaps
// one that was drawn by overlap at least.
func (m *Model) Performance(threshold, overlap float64) Performance {
	all := tally{}
	byTag := make([]tally, len(m.tags))
	for n, e := range m.examples {
		for _, l := range m.truths(e) {
			all.truths[n%folds]++
			byTag[l.Tag].truths[n%folds]++
		}
		for _, g := range m.scorePredictions(e, overlap) {
			g.fold = n % folds
			all.guesses = append(all.guesses, g)
			byTag[g.tag].guesses = append(byTag[g.tag].guesses, g)
		}
	}
	p := Performance{Figures: all.figures(threshold), Tags: make([]Figures, len(byTag))}
	for n := range byTag {
		p.Tags[n] = byTag[n].figures(threshold)
	}
	p.AveragePrecision = meanPrecision(byTag)
	return p
}

// truths are the labels to be found: a tag counts once in a classification.
func (m *Model) truths(e Example) []Label {
	if m.kind == Detection {
		return e.Labels
	}
	seen := map[int]bool{}
	return slices.DeleteFunc(slices.Clone(e.Labels), func(l Label) bool {
		again := seen[l.Tag]
		seen[l.Tag] = true
		return again
	})
}

// scoredPrediction is a prediction that was held against the labels.
type scoredPrediction struct {
	tag, fold   int
	probability float64
	right       bool
}

// scorePredictions gives every label to the likeliest prediction that fits it.
func (m *Model) scorePredictions(e Example, overlap float64) []scoredPrediction {
	open := m.truths(e)
	guesses := []scoredPrediction{}
	for _, p := range m.Predict(e.Image) {
		at := slices.IndexFunc(open, func(l Label) bool {
			return l.Tag == p.Tag && (m.kind != Detection || l.Box.Overlap(p.Box) >= overlap)
		})
		guesses = append(guesses, scoredPrediction{tag: p.Tag, probability: p.Probability, right: at >= 0})
		if at >= 0 {
			open = slices.Delete(slices.Clone(open), at, at+1)
		}
	}
	return guesses
}

// tally has what was guessed, and how many labels there were in each part.
type tally struct {
	guesses []scoredPrediction
	truths  [folds]int
}

func (t tally) figures(threshold float64) Figures {
	var right, counted [folds]int
	for _, g := range t.guesses {
		if g.probability < threshold {
			continue
		}
		counted[g.fold]++
		if g.right {
			right[g.fold]++
		}
	}
	f := Figures{AveragePrecision: round(t.averagePrecision())}
	f.Precision, f.PrecisionDeviation = ratio(right, counted)
	f.Recall, f.RecallDeviation = ratio(right, t.truths)
	return f
}

// ratio is that of the sums, and the standard deviation of the parts' ratios.
func ratio(part, whole [folds]int) (total, deviation float64) {
	parts, wholes, ratios := 0, 0, []float64{}
	for n := range whole {
		parts, wholes = parts+part[n], wholes+whole[n]
		if whole[n] > 0 {
			ratios = append(ratios, float64(part[n])/float64(whole[n]))
		}
	}
	if wholes == 0 {
		return 0, 0
	}
	return round(float64(parts) / float64(wholes)), round(standardDeviation(ratios))
}

func standardDeviation(values []float64) float64 {
	mean, squares := 0.0, 0.0
	for _, v := range values {
		mean += v / float64(len(values))
	}
	for _, v := range values {
		squares += (v - mean) * (v - mean)
	}
	return math.Sqrt(squares / float64(len(values)))
}

func (t tally) averagePrecision() float64 {
	ranked := slices.Clone(t.guesses)
	slices.SortStableFunc(ranked, func(a, b scoredPrediction) int { return cmp.Compare(b.probability, a.probability) })
	found, sum, truths := 0, 0.0, t.count()
	for n, g := range ranked {
		if g.right {
			found++
			sum += float64(found) / float64(n+1)
		}
	}
	if truths == 0 {
		return 0
	}
	return sum / float64(truths)
}

func (t tally) count() int {
	sum := 0
	for _, n := range t.truths {
		sum += n
	}
	return sum
}

// meanPrecision is that of the tags that have labels.
func meanPrecision(tags []tally) float64 {
	sum, n := 0.0, 0
	for _, t := range tags {
		if t.count() > 0 {
			sum += t.averagePrecision()
			n++
		}
	}
	if n == 0 {
		return 0
	}
	return round(sum / float64(n))
}
