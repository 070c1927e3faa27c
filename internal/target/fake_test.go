package target

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision/defect"
	"github.com/cvconform/cvconform/fakes/customvision/outbound"
)

// One list of allowed hosts applies to storage and to images by URL.
func TestAllowedHostsOfTheFake(t *testing.T) {
	options, err := FakeOptions(Environment{FakeSettings: FakeSettings{AllowHosts: []string{"*.pictures.example"}}})
	require.NoError(t, err)
	assert.Equal(t, outbound.Hosts{"*.pictures.example"}, options.ImageHosts)
	err = options.Storage.SendMessage(t.Context(), "http://queue.other.example/account/queue?sig=x", "")
	require.ErrorContains(t, err, "host queue.other.example is not on the list")
	_, err = FakeOptions(Environment{FakeSettings: FakeSettings{AllowHosts: []string{"http://host"}}})
	require.ErrorContains(t, err, `"http://host" is not the name of a host`)
}

func TestReadingsOfTheFake(t *testing.T) {
	for spelling, folder := range map[string]string{
		"": "", "any-case": "", "CustomVision": "CustomVision-TestPermission", "Customvision": "Customvision-TestPermission",
	} {
		options, err := FakeOptions(Environment{FakeSettings: FakeSettings{Readings: map[string]string{"test-folder": spelling}}})
		require.NoError(t, err)
		assert.Equal(t, folder, options.TestFolder)
	}
}

// Trainings and exports take as long as the defects need, and no longer.
func TestWorkTimeOfAFakeWithDefects(t *testing.T) {
	defects, err := defect.Choose("no-backup", "training-message-early", "export-message-before-answer")
	require.NoError(t, err)
	options, err := FakeOptions(Environment{FakeSettings: FakeSettings{Defects: defects}})
	require.NoError(t, err)
	assert.Equal(t, defects, options.Defects)
	assert.Equal(
		t,
		[]time.Duration{1500 * time.Millisecond, 100 * time.Millisecond},
		[]time.Duration{options.TrainingDuration, options.ExportDuration},
	)
	options, err = FakeOptions(Environment{})
	require.NoError(t, err)
	assert.Zero(t, options.TrainingDuration, "without defects the fake uses its default")
}

func TestDefectArguments(t *testing.T) {
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

func TestProvokeArguments(t *testing.T) {
	assert.Equal(
		t,
		[]string{"--provoke", "training-failure=Bad"},
		provokeArguments(map[string]string{TrainingFailure: "Bad"}),
	)
	assert.Empty(t, provokeArguments(nil))
}
