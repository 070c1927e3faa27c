package oracle_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/fakes/customvision/oracle"
)

func TestPerformanceIsPerfectOnWhatWasLearnt(t *testing.T) {
	for _, kind := range []oracle.Kind{oracle.Multilabel, oracle.Multiclass, oracle.Detection} {
		perfect := oracle.Figures{Precision: 1, Recall: 1, AveragePrecision: 1}
		assert.Equal(t, oracle.Performance{Figures: perfect, Tags: []oracle.Figures{perfect, perfect, perfect}},
			model(kind).Performance(0.9, 0.3))
	}
}

// The figures are those that can be counted from the predictions.
func TestPerformanceIsCounted(t *testing.T) {
	for _, threshold := range []float64{0, 0.01, 0.05, 0.94, 0.96, 0.98, 1} {
		right, wrong, all := 0, 0, 0
		for n, e := range examples() {
			all++
			for _, a := range model(oracle.Multilabel).Predict(image(n)) {
				switch {
				case a.Probability < threshold:
				case a.Tag == e.Labels[0].Tag:
					right++
				default:
					wrong++
				}
			}
		}
		p := model(oracle.Multilabel).Performance(threshold, 0)
		assert.InDelta(t, float64(right)/float64(all), p.Recall, 1e-6)
		assert.InDelta(t, float64(right)/float64(max(1, right+wrong)), p.Precision, 1e-6)
		assert.Equal(t, 1.0, p.AveragePrecision, "the threshold plays no part")
	}
}

func TestPerformanceFallsTowardsTheEnds(t *testing.T) {
	m := model(oracle.Multilabel)
	low, middle, high := m.Performance(0.001, 0), m.Performance(0.97, 0), m.Performance(1, 0)
	assert.Equal(t, 1.0, low.Recall)
	assert.Less(t, low.Precision, 0.5, "all tags are predicted for all images")
	assert.Equal(t, 1.0, middle.Precision)
	assert.Less(t, middle.Recall, 0.9)
	assert.Greater(t, middle.Recall, 0.1)
	assert.Greater(t, middle.RecallDeviation, 0.0)
	assert.Zero(t, middle.PrecisionDeviation)
	assert.Zero(t, high.Recall)
	assert.Zero(t, high.Precision, "where nothing is predicted")
}

func TestOverlapCountsInDetection(t *testing.T) {
	m := model(oracle.Detection)
	loose, strict, exact := m.Performance(0.9, 0.9), m.Performance(0.9, 0.97), m.Performance(0.9, 1)
	assert.Equal(t, 1.0, loose.Precision)
	assert.Less(t, strict.Precision, 1.0)
	assert.Equal(t, strict.Precision, strict.Recall, "every miss is a box in the wrong place")
	assert.Less(t, strict.AveragePrecision, 1.0)
	assert.Zero(t, exact.Precision)
	assert.Zero(t, exact.AveragePrecision)
}

// Two boxes of a tag are two labels; a tag named twice is one.
func TestLabelsAreCountedOnce(t *testing.T) {
	far, near := oracle.Box{Left: 0.6, Top: 0.6, Width: 0.3, Height: 0.3}, oracle.Box{Width: 0.3, Height: 0.3}
	labels := []oracle.Example{{Image: image(1), Labels: []oracle.Label{{Box: near}, {Box: far}}}}
	for _, kind := range []oracle.Kind{oracle.Multilabel, oracle.Detection} {
		p := oracle.NewModel(kind, []string{"cat", "unseen"}, labels).Performance(0.5, 0.5)
		assert.Equal(t, 1.0, p.Precision)
		assert.Equal(t, 1.0, p.Recall)
		assert.Equal(t, 1.0, p.AveragePrecision, "tags without labels do not count")
		assert.Zero(t, p.Tags[1])
	}
}

func TestPerformanceOfNothing(t *testing.T) {
	assert.Equal(t, oracle.Performance{Tags: []oracle.Figures{}}, oracle.NewModel(oracle.Multilabel, nil, nil).Performance(0.5, 0.5))
}
