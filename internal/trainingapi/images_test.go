package trainingapi_test

import (
	"bytes"
	"image/color"
	"image/jpeg"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/trainingapi"
)

func TestPicturesAreDistinctJPEGs(t *testing.T) {
	seen := map[string]string{}
	names := map[string]bool{}
	all := 0
	for tag := range trainingapi.Tags {
		pictures, err := trainingapi.TrainingImages(tag)
		require.NoError(t, err)
		assert.Len(t, pictures, trainingapi.ImagesPerTag)
		for _, p := range pictures {
			assert.Empty(t, seen[string(p.Bytes)], p.Name)
			seen[string(p.Bytes)] = p.Name
			names[p.Name] = true
			im, err := jpeg.Decode(bytes.NewReader(p.Bytes))
			require.NoError(t, err, p.Name)
			assert.GreaterOrEqual(t, min(im.Bounds().Dx(), im.Bounds().Dy()), 256, p.Name)
			assert.Equal(t, color.YCbCrModel, im.ColorModel(), "%s is in colour", p.Name)
			assert.Less(t, len(p.Bytes), 60<<10, p.Name)
			all += len(p.Bytes)
		}
	}
	assert.Len(t, names, trainingapi.Tags*trainingapi.ImagesPerTag)
	assert.Less(t, all, 400<<10, "a project's images go into one request, half as long again in Base64")
}

func TestPicturesAreTheSameEveryTime(t *testing.T) {
	first, err := trainingapi.TrainingImages(1)
	require.NoError(t, err)
	again, err := trainingapi.TrainingImages(1)
	require.NoError(t, err)
	assert.Equal(t, first, again)
}
