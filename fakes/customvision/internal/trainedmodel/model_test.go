package trainedmodel_test

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision/internal/trainedmodel"
)

func image(n int) trainedmodel.Digest { return sha256.Sum256([]byte(fmt.Sprint(n))) }

// examples returns forty images that are labelled with three tags in turn.
func examples() []trainedmodel.Example {
	all := make([]trainedmodel.Example, 40)
	for n := range all {
		box := trainedmodel.Box{Left: 0.01 * float64(n), Top: 0.5, Width: 0.3, Height: 0.25}
		all[n] = trainedmodel.Example{Image: image(n), Labels: []trainedmodel.Label{{Tag: n % 3, Box: box}}}
	}
	return all
}

func model(kind trainedmodel.Kind) *trainedmodel.Model {
	return trainedmodel.NewModel(kind, []string{"cat", "dog", "fox"}, examples())
}

func probabilities(predictions []trainedmodel.Prediction, tags int) []float64 {
	out := make([]float64, tags)
	for _, a := range predictions {
		out[a.Tag] = a.Probability
	}
	return out
}

func TestPredictLabelledImages(t *testing.T) {
	for _, kind := range []trainedmodel.Kind{trainedmodel.Multilabel, trainedmodel.Multiclass} {
		for n := range 40 {
			predictions := model(kind).Predict(image(n))
			require.Len(t, predictions, 3)
			assert.Equal(t, n%3, predictions[0].Tag)
			assert.GreaterOrEqual(t, predictions[0].Probability, 0.93)
			assert.LessOrEqual(t, predictions[0].Probability, 0.9999)
			assert.LessOrEqual(t, predictions[1].Probability, 0.07)
		}
	}
}

func TestPredictImageWithSeveralLabels(t *testing.T) {
	labels := []trainedmodel.Example{{Image: image(1), Labels: []trainedmodel.Label{{Tag: 0}, {Tag: 2}}}}
	tags := []string{"cat", "dog", "fox"}
	got := probabilities(trainedmodel.NewModel(trainedmodel.Multilabel, tags, labels).Predict(image(1)), 3)
	assert.Greater(t, got[0], 0.9)
	assert.Less(t, got[1], 0.1)
	assert.Greater(t, got[2], 0.9)
	got = probabilities(trainedmodel.NewModel(trainedmodel.Multiclass, tags, labels).Predict(image(1)), 3)
	assert.Greater(t, got[0]+got[2], 0.9)
	got = probabilities(trainedmodel.NewModel(trainedmodel.Multiclass, tags[:1], labels[:0]).Predict(image(1)), 1)
	assert.Equal(t, []float64{1}, got)
}

func TestPredictUnknownImagesIsReproducible(t *testing.T) {
	for _, kind := range []trainedmodel.Kind{trainedmodel.Multilabel, trainedmodel.Multiclass, trainedmodel.Detection} {
		seen := map[string]bool{}
		for n := 100; n < 200; n++ {
			predictions := model(kind).Predict(image(n))
			assert.Equal(t, predictions, model(kind).Predict(image(n)))
			assert.True(t, slices.IsSortedFunc(predictions, func(a, b trainedmodel.Prediction) int {
				return int(1e6 * (b.Probability - a.Probability))
			}))
			if len(predictions) > 0 {
				assert.False(t, seen[fmt.Sprint(predictions)])
				seen[fmt.Sprint(predictions)] = true
			}
		}
	}
}

func TestProbabilityRanges(t *testing.T) {
	low, high := 1.0, 0.0
	for n := range 200 {
		sum := 0.0
		for _, p := range probabilities(model(trainedmodel.Multiclass).Predict(image(n)), 3) {
			sum += p
		}
		assert.InDelta(t, 1, sum, 3e-6)
		if n >= 40 {
			for _, p := range probabilities(model(trainedmodel.Multilabel).Predict(image(n)), 3) {
				low, high = min(low, p), max(high, p)
			}
		}
	}
	assert.Greater(t, low, 0.009)
	assert.Less(t, low, 0.05)
	assert.Less(t, high, 0.9)
	assert.Greater(t, high, 0.85)
}

// The order of the tags and the other examples have no influence.
func TestPredictDependsOnTagNamesAndImagesOnly(t *testing.T) {
	other := trainedmodel.NewModel(trainedmodel.Multilabel, []string{"fox", "owl", "cat"}, examples()[:3])
	want := probabilities(model(trainedmodel.Multilabel).Predict(image(50)), 3)
	got := probabilities(other.Predict(image(50)), 3)
	assert.Equal(t, []float64{want[2], want[0]}, []float64{got[0], got[2]})
	assert.NotEqual(t, want[1], got[1])
}

func assertInImage(t *testing.T, b trainedmodel.Box) {
	t.Helper()
	for _, x := range []float64{b.Left, b.Top, b.Left + b.Width, b.Top + b.Height} {
		assert.GreaterOrEqual(t, x, 0.0)
		assert.LessOrEqual(t, x, 1.0000000001)
	}
	assert.Greater(t, b.Width*b.Height, 0.0)
}

func TestDetectLabelledRegions(t *testing.T) {
	extra := 0
	for n, e := range examples() {
		predictions := model(trainedmodel.Detection).Predict(image(n))
		assert.Equal(t, e.Labels[0].Tag, predictions[0].Tag)
		assert.GreaterOrEqual(t, predictions[0].Probability, 0.93)
		assert.Greater(t, predictions[0].Box.Overlap(e.Labels[0].Box), 0.92)
		assert.NotEqual(t, e.Labels[0].Box, predictions[0].Box, "the box is shifted")
		for _, a := range predictions[1:] {
			assert.LessOrEqual(t, a.Probability, 0.07)
		}
		for _, a := range predictions {
			assertInImage(t, a.Box)
		}
		extra += len(predictions) - 1
	}
	assert.InDelta(t, 120, extra, 40, "one per tag on average")
}

func TestDetectedBoxStaysInImage(t *testing.T) {
	for n, box := range []trainedmodel.Box{{0, 0, 1, 1}, {0.7, 0.9, 0.3, 0.1}, {0, 0.0000001, 0.6963955, 0.3333333}} {
		labels := []trainedmodel.Example{{Image: image(n), Labels: []trainedmodel.Label{{Box: box}}}}
		predictions := trainedmodel.NewModel(trainedmodel.Detection, []string{"cat"}, labels).Predict(image(n))
		assertInImage(t, predictions[0].Box)
		assert.Greater(t, predictions[0].Box.Overlap(box), 0.92)
	}
}

func TestOverlap(t *testing.T) {
	whole := trainedmodel.Box{Width: 1, Height: 1}
	half := trainedmodel.Box{Left: 0.5, Width: 0.5, Height: 1}
	assert.Equal(t, 1.0, whole.Overlap(whole))
	assert.Equal(t, 0.5, whole.Overlap(half))
	assert.Zero(t, half.Overlap(trainedmodel.Box{Width: 0.5, Height: 1}))
	assert.Zero(t, half.Overlap(trainedmodel.Box{}))
}

func TestProposals(t *testing.T) {
	counts := map[int]bool{}
	for n := range 100 {
		proposals := trainedmodel.Propose(image(n))
		counts[len(proposals)] = true
		assert.Equal(t, proposals, trainedmodel.Propose(image(n)))
		for k, p := range proposals {
			assertInImage(t, p.Box)
			assert.True(t, k == 0 || p.Confidence <= proposals[k-1].Confidence)
		}
	}
	assert.Equal(t, map[int]bool{1: true, 2: true, 3: true, 4: true, 5: true}, counts)
}

func TestUncertainty(t *testing.T) {
	assert.Equal(t, 1.0, trainedmodel.Uncertainty([]trainedmodel.Prediction{{Probability: 0.5}, {Probability: 0.5}}))
	assert.Zero(t, trainedmodel.Uncertainty([]trainedmodel.Prediction{{Probability: 1}, {Probability: 0}}))
	assert.Zero(t, trainedmodel.Uncertainty(nil))
	// Recorded: SuggestTagAndRegions.json of Azure/azure-sdk-for-net has 5.589e-06.
	assert.InDelta(
		t,
		5.589e-06,
		trainedmodel.Uncertainty([]trainedmodel.Prediction{{Probability: 0.999999762}, {Probability: 2.38418579e-07}}),
		5e-7,
	)
}

// A client that stores 32-bit floats writes the same text that it has read.
func TestNumbersKeepTheirTextAs32BitFloats(t *testing.T) {
	check := func(x float64) {
		text := strconv.FormatFloat(x, 'f', -1, 64)
		assert.LessOrEqual(t, len(text), len("0.123456"))
		kept, err := strconv.ParseFloat(text, 32)
		require.NoError(t, err)
		assert.Equal(t, text, strconv.FormatFloat(kept, 'f', -1, 32))
	}
	for n := range 200 {
		for _, kind := range []trainedmodel.Kind{trainedmodel.Multilabel, trainedmodel.Multiclass, trainedmodel.Detection} {
			for _, a := range model(kind).Predict(image(n)) {
				for _, x := range []float64{a.Probability, a.Box.Left, a.Box.Top, a.Box.Width, a.Box.Height} {
					check(x)
				}
			}
		}
		for _, p := range trainedmodel.Propose(image(n)) {
			check(p.Confidence)
		}
	}
}
