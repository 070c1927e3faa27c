package trainingapi_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/trainingapi"
)

func TestEveryRouteIsFoundByItsNameAndByItsRequestLine(t *testing.T) {
	for _, r := range trainingapi.Routes() {
		found, err := trainingapi.FindRoute(r.Name)
		require.NoError(t, err)
		assert.Equal(t, r, found)
		target := trainingapi.ParseRequestLine(r.Method, r.Path("v3.3", "P1", "I1"))
		assert.Equal(t, []string{r.Name, "v3.3"}, []string{target.Name, target.Version})
	}
	_, err := trainingapi.FindRoute("GetTags")
	assert.EqualError(t, err, `unknown call "GetTags" of the Training API`)
}

func TestParseRequestLine(t *testing.T) {
	for line, want := range map[[2]string]trainingapi.RequestTarget{
		{"GET", "/CustomVision/V3.3/training/Projects/P1/Iterations/I1"}: {
			Name: "GetIteration", Version: "v3.3", Project: "P1", Iteration: "I1"},
		{"GET", "/customvision/v3.3/Training/projects/P1/tags"}:     {Version: "v3.3", Project: "P1"},
		{"PUT", "/customvision/v3.3/Training/projects"}:             {Version: "v3.3"},
		{"GET", "/customvision/v3.3/Prediction/projects"}:           {},
		{"GET", "/customvision/v3.3/Training"}:                      {},
		{"GET", "/customvision/v3.4-preview/Training/domains/"}:     {Name: "GetDomains", Version: "v3.4-preview"},
		{"DELETE", "/customvision/v3.3/Training/projects/{x}/tags"}: {Version: "v3.3", Project: "{x}"},
	} {
		assert.Equal(t, want, trainingapi.ParseRequestLine(line[0], line[1]), line)
	}
}
