package training_test

import (
	"bytes"
	"image/jpeg"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/training"
)

func TestPicturesAreDistinctJPEGs(t *testing.T) {
	seen := map[string]string{}
	names := map[string]bool{}
	for tag := range training.Tags {
		pictures, err := training.Pictures(tag)
		require.NoError(t, err)
		assert.Len(t, pictures, training.ImagesPerTag)
		for _, p := range pictures {
			assert.Empty(t, seen[string(p.Bytes)], p.Name)
			seen[string(p.Bytes)] = p.Name
			names[p.Name] = true
			im, err := jpeg.Decode(bytes.NewReader(p.Bytes))
			require.NoError(t, err, p.Name)
			assert.Equal(t, 256, im.Bounds().Dx(), p.Name)
			assert.Equal(t, 256, im.Bounds().Dy(), p.Name)
		}
	}
	assert.Len(t, names, training.Tags*training.ImagesPerTag)
}

func TestPicturesAreTheSameEveryTime(t *testing.T) {
	first, err := training.Pictures(1)
	require.NoError(t, err)
	again, err := training.Pictures(1)
	require.NoError(t, err)
	assert.Equal(t, first, again)
}
