package dataset_test

import (
	"bytes"
	"image/color"
	"image/jpeg"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/trainingapi/dataset"
)

func TestImagesAreDistinctJPEGs(t *testing.T) {
	seen := map[string]string{}
	names := map[string]bool{}
	size := 0
	for tag := range dataset.Tags {
		images, err := dataset.Images(tag)
		require.NoError(t, err)
		assert.Len(t, images, dataset.ImagesPerTag)
		for _, im := range images {
			assert.Empty(t, seen[string(im.Bytes)], im.Name)
			seen[string(im.Bytes)] = im.Name
			names[im.Name] = true
			decoded, err := jpeg.Decode(bytes.NewReader(im.Bytes))
			require.NoError(t, err, im.Name)
			assert.GreaterOrEqual(t, min(decoded.Bounds().Dx(), decoded.Bounds().Dy()), 256, im.Name)
			assert.Equal(t, color.YCbCrModel, decoded.ColorModel(), "%s is in colour", im.Name)
			assert.Less(t, len(im.Bytes), 60<<10, im.Name)
			size += len(im.Bytes)
		}
	}
	assert.Len(t, names, dataset.Tags*dataset.ImagesPerTag)
	assert.Less(t, size, 400<<10, "a project's images go into one request, half as long again in Base64")
}

func TestImagesAreEqualOnEveryCall(t *testing.T) {
	first, err := dataset.Images(1)
	require.NoError(t, err)
	second, err := dataset.Images(1)
	require.NoError(t, err)
	assert.Equal(t, first, second)
}
