package recording_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/recording"
	"github.com/cvconform/cvconform/internal/trainingapi"
)

func TestWhatIsSettledGoesThroughAHeader(t *testing.T) {
	s := recording.RecordedVerdicts{Project: 7, Situations: map[string]map[string]recording.CheckResult{
		"create(both)":         {},
		"create(both) > train": {"late": {Open: "⟦sig:1⟧ “quoted”\n𝄞 \x7f"}, "early": {Failed: true}}}}
	header := s.Header()
	for _, b := range []byte(header) {
		assert.True(t, b >= ' ' && b < 0x7f, "%q", header)
	}
	got, ok := recording.VerdictsFrom(
		evidence.Exchange{Header: map[string]string{trainingapi.RecordedVerdictsHeader: header}},
	)
	assert.True(t, ok)
	assert.Equal(t, s, got)
	for _, nothing := range []string{"", "yes", header[1:]} {
		_, ok := recording.VerdictsFrom(
			evidence.Exchange{Header: map[string]string{trainingapi.RecordedVerdictsHeader: nothing}},
		)
		assert.False(t, ok, nothing)
	}
}
