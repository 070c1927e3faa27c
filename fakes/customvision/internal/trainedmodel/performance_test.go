package trainedmodel_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/fakes/customvision/internal/trainedmodel"
)

func TestPerformanceOnTrainingExamplesIsPerfect(t *testing.T) {
	for _, kind := range []trainedmodel.Kind{trainedmodel.Multilabel, trainedmodel.Multiclass, trainedmodel.Detection} {
		perfect := trainedmodel.Figures{Precision: 1, Recall: 1, AveragePrecision: 1}
		assert.Equal(t, trainedmodel.Performance{Figures: perfect, Tags: []trainedmodel.Figures{perfect, perfect, perfect}},
			model(kind).Performance(0.9, 0.3))
	}
}

// The figures equal those counted from the predictions.
func TestPerformanceCountsPredictions(t *testing.T) {
	for _, threshold := range []float64{0, 0.01, 0.05, 0.94, 0.96, 0.98, 1} {
		right, wrong, all := 0, 0, 0
		for n, e := range examples() {
			all++
			for _, a := range model(trainedmodel.Multilabel).Predict(image(n)) {
				switch {
				case a.Probability < threshold:
				case a.Tag == e.Labels[0].Tag:
					right++
				default:
					wrong++
				}
			}
		}
		p := model(trainedmodel.Multilabel).Performance(threshold, 0)
		assert.InDelta(t, float64(right)/float64(all), p.Recall, 1e-6)
		assert.InDelta(t, float64(right)/float64(max(1, right+wrong)), p.Precision, 1e-6)
		assert.Equal(t, 1.0, p.AveragePrecision, "it does not depend on the threshold")
	}
}

func TestPerformanceAtExtremeThresholds(t *testing.T) {
	m := model(trainedmodel.Multilabel)
	low, middle, high := m.Performance(0.001, 0), m.Performance(0.97, 0), m.Performance(1, 0)
	assert.Equal(t, 1.0, low.Recall)
	assert.Less(t, low.Precision, 0.5, "all tags are predicted for all images")
	assert.Equal(t, 1.0, middle.Precision)
	assert.Less(t, middle.Recall, 0.9)
	assert.Greater(t, middle.Recall, 0.1)
	assert.Greater(t, middle.RecallDeviation, 0.0)
	assert.Zero(t, middle.PrecisionDeviation)
	assert.Zero(t, high.Recall)
	assert.Zero(t, high.Precision, "without predictions")
}

func TestPerformanceOverlapThreshold(t *testing.T) {
	m := model(trainedmodel.Detection)
	loose, strict, exact := m.Performance(0.9, 0.9), m.Performance(0.9, 0.97), m.Performance(0.9, 1)
	assert.Equal(t, 1.0, loose.Precision)
	assert.Less(t, strict.Precision, 1.0)
	assert.Equal(t, strict.Precision, strict.Recall, "every miss is a box in the wrong place")
	assert.Less(t, strict.AveragePrecision, 1.0)
	assert.Zero(t, exact.Precision)
	assert.Zero(t, exact.AveragePrecision)
}

// With Detection two boxes of a tag are two labels. Otherwise a repeated tag is one label.
func TestPerformanceCountsEachLabelOnce(t *testing.T) {
	far, near := trainedmodel.Box{Left: 0.6, Top: 0.6, Width: 0.3, Height: 0.3}, trainedmodel.Box{Width: 0.3, Height: 0.3}
	labels := []trainedmodel.Example{{Image: image(1), Labels: []trainedmodel.Label{{Box: near}, {Box: far}}}}
	for _, kind := range []trainedmodel.Kind{trainedmodel.Multilabel, trainedmodel.Detection} {
		p := trainedmodel.NewModel(kind, []string{"cat", "unseen"}, labels).Performance(0.5, 0.5)
		assert.Equal(t, 1.0, p.Precision)
		assert.Equal(t, 1.0, p.Recall)
		assert.Equal(t, 1.0, p.AveragePrecision, "tags without labels do not count")
		assert.Zero(t, p.Tags[1])
	}
}

func TestPerformanceOfEmptyModel(t *testing.T) {
	assert.Equal(
		t,
		trainedmodel.Performance{Tags: []trainedmodel.Figures{}},
		trainedmodel.NewModel(trainedmodel.Multilabel, nil, nil).Performance(0.5, 0.5),
	)
}
