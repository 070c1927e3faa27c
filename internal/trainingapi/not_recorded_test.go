package trainingapi_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/trainingapi"
)

func TestNotRecorded(t *testing.T) {
	const body = `{"code":"NotRecorded","message":"not in the recording: X"}`
	message, refused := trainingapi.NotRecorded(evidence.Exchange{Status: 501, Body: body})
	assert.True(t, refused)
	assert.Equal(t, "not in the recording: X", message)
	for _, x := range []evidence.Exchange{
		{Status: 500, Body: body}, {Status: 501, Body: `{"code":"Other"}`}, {Status: 501, Body: "NotRecorded"},
	} {
		_, refused := trainingapi.NotRecorded(x)
		assert.False(t, refused)
	}
}
