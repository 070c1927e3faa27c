package target

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision/outbound"
)

// One list says what the fake may reach, for storage and for images by URL.
func TestHostsOfTheFake(t *testing.T) {
	options, err := FakeOptions(Environment{AllowHosts: []string{"*.pictures.example"}})
	require.NoError(t, err)
	assert.Equal(t, outbound.Hosts{"*.pictures.example"}, options.ImageHosts)
	err = options.Storage.SendMessage(t.Context(), "http://queue.other.example/account/queue?sig=x", "")
	require.ErrorContains(t, err, "host queue.other.example is not on the list")
	_, err = FakeOptions(Environment{AllowHosts: []string{"http://host"}})
	require.ErrorContains(t, err, `"http://host" is not the name of a host`)
}
