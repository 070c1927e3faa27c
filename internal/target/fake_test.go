package target

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision/defect"
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

// Work takes as long as a defect needs to show, and no longer.
func TestPaceOfAFakeWithDefects(t *testing.T) {
	defects, err := defect.Choose("no-backup", "training-message-early", "export-message-before-answer")
	require.NoError(t, err)
	options, err := FakeOptions(Environment{Defects: defects})
	require.NoError(t, err)
	assert.Equal(t, defects, options.Defects)
	assert.Equal(
		t,
		[]time.Duration{1500 * time.Millisecond, 100 * time.Millisecond},
		[]time.Duration{options.TrainingDuration, options.ExportDuration},
	)
	options, err = FakeOptions(Environment{})
	require.NoError(t, err)
	assert.Zero(t, options.TrainingDuration, "without defects the fake's own choice")
}

func TestArgumentsOfAFakeWithDefectsInAContainer(t *testing.T) {
	defects, err := defect.Choose("no-backup", "export-message-early")
	require.NoError(t, err)
	assert.Equal(
		t,
		[]string{
			"--training-time",
			"5ms",
			"--export-time",
			"1.5s",
			"--defect",
			"no-backup",
			"--defect",
			"export-message-early",
		},
		defectArguments(defects),
	)
	assert.Empty(t, defectArguments(nil))
}
