package trainedmodel

import (
	"cmp"
	"math"
	"slices"
)

// folds is the number of parts of the examples over which deviations are computed.
const folds = 5

// Figures measures predictions. Each value is from 0 to 1.
type Figures struct {
	// Precision is the fraction of the predictions that are correct; 0 without predictions. Recall is the fraction
	// of the labels that are predicted; 0 without labels.
	Precision, Recall float64
	// PrecisionDeviation and RecallDeviation are the standard deviations of precision and recall over five parts of
	// the examples.
	PrecisionDeviation, RecallDeviation float64
	// AveragePrecision is the mean of the precisions at each label that is found, in order of decreasing
	// probability. For all tags together it is the mean of the tags' values.
	AveragePrecision float64
}

// Performance holds the figures of a model, and of each of its tags in their order.
type Performance struct {
	Figures
	Tags []Figures
}

// Performance measures the predictions for the model's own examples. A prediction counts if its probability is at
// least threshold. With [Detection] it is correct if its box overlaps a labelled box of the same tag by at least
// overlap.
func (m *Model) Performance(threshold, overlap float64) Performance {
	all := tally{}
	byTag := make([]tally, len(m.tags))
	for n, e := range m.examples {
		for _, l := range m.expectedLabels(e) {
			all.labels[n%folds]++
			byTag[l.Tag].labels[n%folds]++
		}
		for _, scored := range m.scorePredictions(e, overlap) {
			scored.fold = n % folds
			all.predictions = append(all.predictions, scored)
			byTag[scored.tag].predictions = append(byTag[scored.tag].predictions, scored)
		}
	}
	p := Performance{Figures: all.figures(threshold), Tags: make([]Figures, len(byTag))}
	for n := range byTag {
		p.Tags[n] = byTag[n].figures(threshold)
	}
	p.AveragePrecision = meanPrecision(byTag)
	return p
}

// expectedLabels returns the labels that the model has to predict. In a classification a tag counts once.
func (m *Model) expectedLabels(e Example) []Label {
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

// scoredPrediction is a prediction that was compared with the labels.
type scoredPrediction struct {
	tag, fold   int
	probability float64
	correct     bool
}

// scorePredictions matches each label with the most probable prediction that fits it.
func (m *Model) scorePredictions(e Example, overlap float64) []scoredPrediction {
	unmatched := m.expectedLabels(e)
	scored := []scoredPrediction{}
	for _, p := range m.Predict(e.Image) {
		at := slices.IndexFunc(unmatched, func(l Label) bool {
			return l.Tag == p.Tag && (m.kind != Detection || l.Box.Overlap(p.Box) >= overlap)
		})
		scored = append(scored, scoredPrediction{tag: p.Tag, probability: p.Probability, correct: at >= 0})
		if at >= 0 {
			unmatched = slices.Delete(slices.Clone(unmatched), at, at+1)
		}
	}
	return scored
}

// tally counts the predictions, and the labels of each fold.
type tally struct {
	predictions []scoredPrediction
	labels      [folds]int
}

func (t tally) figures(threshold float64) Figures {
	var right, counted [folds]int
	for _, p := range t.predictions {
		if p.probability < threshold {
			continue
		}
		counted[p.fold]++
		if p.correct {
			right[p.fold]++
		}
	}
	f := Figures{AveragePrecision: round6(t.averagePrecision())}
	f.Precision, f.PrecisionDeviation = ratio(right, counted)
	f.Recall, f.RecallDeviation = ratio(right, t.labels)
	return f
}

// ratio returns the ratio of the sums, and the standard deviation of the ratios of the folds.
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
	return round6(float64(parts) / float64(wholes)), round6(standardDeviation(ratios))
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
	ranked := slices.Clone(t.predictions)
	slices.SortStableFunc(ranked, func(a, b scoredPrediction) int { return cmp.Compare(b.probability, a.probability) })
	found, sum, truths := 0, 0.0, t.labelCount()
	for n, p := range ranked {
		if p.correct {
			found++
			sum += float64(found) / float64(n+1)
		}
	}
	if truths == 0 {
		return 0
	}
	return sum / float64(truths)
}

func (t tally) labelCount() int {
	sum := 0
	for _, n := range t.labels {
		sum += n
	}
	return sum
}

// meanPrecision returns the mean average precision of the tags that have labels.
func meanPrecision(tags []tally) float64 {
	sum, n := 0.0, 0
	for _, t := range tags {
		if t.labelCount() > 0 {
			sum += t.averagePrecision()
			n++
		}
	}
	if n == 0 {
		return 0
	}
	return round6(sum / float64(n))
}
