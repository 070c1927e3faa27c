package customvision

import (
	"bytes"
	stdimage "image"
	"image/png"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// newDetectionProject returns an object detection project that was built from a seed.
func newDetectionProject(t *testing.T) *project {
	images := []SeedImage{}
	for n := range minDetectionImages {
		var data bytes.Buffer
		require.NoError(t, png.Encode(&data, stdimage.NewGray(stdimage.Rect(0, 0, n+1, 1))))
		images = append(images, SeedImage{Data: data.Bytes(), Tags: []string{"a"}})
	}
	projects, err := Seed{
		[]SeedProject{
			{Name: "p", Domain: "General (compact)", DomainType: objectDetection, Tags: []SeedTag{{Name: "a"}, {Name: "b"}},
				Images: images, Iterations: []SeedIteration{{Exports: []SeedExport{{Platform: "ONNX"}}}}},
		},
	}.build(
		time.Now(),
	)
	require.NoError(t, err)
	return projects[0]
}

func TestSeedCreatesWholeImageRegions(t *testing.T) {
	p := newDetectionProject(t)
	for _, i := range p.images {
		require.Len(t, i.regions, 1)
		assert.Equal(t, p.tags[0].id, i.regions[0].tag)
		assert.Equal(t, boundingBox{Width: 1, Height: 1}, i.regions[0].box)
	}
	assert.NotEqual(t, p.images[0].regions[0].id, p.images[1].regions[0].id)
	assert.Equal(t, p.images[0].regions[0].id, newDetectionProject(t).images[0].regions[0].id, "ids are stable")
}

// TestProjectCloneIsIndependent checks that changes of a clone do not affect the seeded project.
func TestProjectCloneIsIndependent(t *testing.T) {
	p := newDetectionProject(t)
	c := p.clone()
	c.tags[0].name = "changed"
	c.images[0].tags[0].created = time.Time{}
	c.iterations[0].name = "changed"
	c.iterations[0].trainingData.tags[0].name = "changed"
	c.iterations[0].trainingData.images[0].tags[0].created = time.Time{}
	c.iterations[0].exports[0].platform = "changed"
	assert.Equal(t, "a", p.tags[0].name)
	assert.NotZero(t, p.images[0].tags[0].created)
	assert.Equal(t, "Iteration 1", p.iterations[0].name)
	assert.Equal(t, "a", p.iterations[0].trainingData.tags[0].name)
	assert.NotZero(t, p.iterations[0].trainingData.images[0].tags[0].created)
	assert.Equal(t, "ONNX", p.iterations[0].exports[0].platform)
}
