package check_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/internal/check"
)

func TestRefusedBatchOfImagesIsObserved(t *testing.T) {
	s := newGatewayTimeline().call("CreateImagesFromFiles", 3, 4, "")
	assert.Empty(t, check.Observe(true, s.events)["image-upload"])
	s.respond(404, "no")
	assert.Equal(t, []string{"CreateImagesFromData was tried: CreateImagesFromFiles returned 404: no"},
		check.Observe(true, s.events)["image-upload"])
}
