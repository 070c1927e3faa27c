package trainingapi_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/internal/trainingapi"
)

func TestChooseDomain(t *testing.T) {
	off, on := false, true
	few := trainingapi.Domain{
		ID:                  "few",
		Name:                "General (compact)",
		Type:                "Classification",
		Exportable:          true,
		ExportablePlatforms: []string{"CoreML"},
	}
	many := trainingapi.Domain{
		ID:                  "many",
		Name:                "General (compact) [S1]",
		Type:                "Classification",
		Exportable:          true,
		Enabled:             &on,
		ExportablePlatforms: []string{"CoreML", "ONNX"},
	}
	equal := many
	equal.ID = "equal"
	disabled := many
	disabled.ID, disabled.Enabled = "disabled", &off
	large := trainingapi.Domain{
		ID:                  "large",
		Name:                "General",
		Type:                "Classification",
		Exportable:          true,
		ExportablePlatforms: []string{"1", "2", "3"},
	}
	fixed := trainingapi.Domain{ID: "fixed", Name: "Food (compact)", Type: "Classification"}
	detection := many
	detection.ID, detection.Type = "detection", "ObjectDetection"
	for name, c := range map[string]struct {
		domains []trainingapi.Domain
		want    string
	}{
		"most platforms":        {[]trainingapi.Domain{few, many}, "many"},
		"first of equals":       {[]trainingapi.Domain{many, equal}, "many"},
		"compact before larger": {[]trainingapi.Domain{large, few}, "few"},
		"not compact":           {[]trainingapi.Domain{large, fixed}, "large"},
		"enabled":               {[]trainingapi.Domain{disabled, few}, "few"},
		"classification":        {[]trainingapi.Domain{detection, few}, "few"},
		"none":                  {[]trainingapi.Domain{detection, disabled, fixed}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := trainingapi.ChooseDomain(c.domains)
			assert.Equal(t, c.want, got.ID)
			assert.Equal(t, c.want != "", ok)
		})
	}
	logo, compact := trainingapi.Domain{ID: "logo", Type: "ObjectDetection"}, detection
	got, ok := trainingapi.ChooseDetectionDomain([]trainingapi.Domain{many, logo, compact})
	assert.Equal(t, "detection", got.ID)
	assert.True(t, ok)
	got, _ = trainingapi.ChooseDetectionDomain([]trainingapi.Domain{many, logo})
	assert.Equal(t, "logo", got.ID, "it need not be exportable")
	_, ok = trainingapi.ChooseDetectionDomain([]trainingapi.Domain{many, few})
	assert.False(t, ok)
	assert.True(t, many.Exports("ONNX"))
	assert.False(t, many.Exports("onnx"))
}

func TestFinished(t *testing.T) {
	for status, want := range map[string][2]bool{
		"Completed": {true, true}, "completed": {true, true}, "Failed": {true, false}, "Training": {}, "": {},
	} {
		finished, succeeded := trainingapi.Iteration{Status: status}.Finished()
		assert.Equal(t, want, [2]bool{finished, succeeded}, status)
	}
	for status, want := range map[string][2]bool{"Done": {true, true}, "Failed": {true, false}, "Exporting": {}} {
		finished, succeeded := trainingapi.Export{Status: status}.Finished()
		assert.Equal(t, want, [2]bool{finished, succeeded}, status)
	}
}
