package trainingapi_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/internal/evidence"
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
		"the first of equals":   {[]trainingapi.Domain{many, equal}, "many"},
		"compact before larger": {[]trainingapi.Domain{large, few}, "few"},
		"larger where no other": {[]trainingapi.Domain{large, fixed}, "large"},
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
	assert.True(t, many.Exports("ONNX"))
	assert.False(t, many.Exports("onnx"))
}

func TestOver(t *testing.T) {
	for status, want := range map[string][2]bool{"Completed": {true, true}, "completed": {true, true}, "Failed": {true, false}, "Training": {}, "": {}} {
		over, well := trainingapi.Iteration{Status: status}.Finished()
		assert.Equal(t, want, [2]bool{over, well}, status)
	}
	for status, want := range map[string][2]bool{"Done": {true, true}, "Failed": {true, false}, "Exporting": {}} {
		over, well := trainingapi.Export{Status: status}.Finished()
		assert.Equal(t, want, [2]bool{over, well}, status)
	}
}

func TestDecodeSaysWhatCameInstead(t *testing.T) {
	const html = "<html>\n  <body>Sign in</body></html>"
	for want, x := range map[string]evidence.Exchange{
		"GetProject got no answer: no answer within 10s (budget request)":                        {Error: "no answer within 10s (budget request)"},
		`GetProject answered 500: {"code":"Unknown"}`:                                            {Status: 500, Body: `{"code":"Unknown"}`},
		"GetProject answered 429 (without Retry-After, so it was not tried again): (empty body)": {Status: 429},
		"GetProject answered 429 (Retry-After: 99999; tries: 1): busy":                           {Status: 429, Body: "busy", Header: map[string]string{"Retry-After": "99999"}},
		"GetProject answered 503 (Retry-After: 1; tries: 3): (empty body)": {Status: 503, Header: map[string]string{"Retry-After": "1"},
			Refused: make([]evidence.Refusal, 2)},
		"GetProject answered 503: (empty body)":                                        {Status: 503},
		"GetProject answered 404: (empty body)":                                        {Status: 404},
		"GetProject answered 200, but not to the end: read the answer: unexpected EOF": {Status: 200, Body: "{", Error: "read the answer: unexpected EOF"},
		"GetProject answered 200, but not with JSON as expected (text/html): <html> <body>Sign in</body></html> (invalid character '<' looking for beginning of value)": {
			Status: 200, Body: html, Header: map[string]string{"Content-Type": "text/html; charset=utf-8"}},
		"GetProject answered 200, but not with JSON as expected: (empty body) (unexpected end of JSON input)": {
			Status: 200, Header: map[string]string{"Content-Type": "application/json"}},
		"GetProject answered 200, but not with JSON as expected: [] (json: cannot unmarshal array into Go value of type training.Project)": {
			Status: 200, Body: "[]"},
	} {
		x.Call = "GetProject"
		var p trainingapi.Project
		assert.EqualError(t, trainingapi.Decode(x, &p), want)
	}
}

func TestDecode(t *testing.T) {
	var p trainingapi.Project
	x := evidence.Exchange{Status: 200, Body: `{"id":"p1","settings":{"domainId":"d1","new":true}}`}
	assert.NoError(t, trainingapi.Decode(x, &p))
	assert.Equal(t, []string{"p1", "d1"}, []string{p.ID, p.Settings.DomainID})
}

func TestExcerptCutsBetweenRunes(t *testing.T) {
	assert.Equal(t, strings.Repeat("ü", 300)+"…", trainingapi.Truncate(strings.Repeat("ü", 301)))
	assert.Equal(t, "a b", trainingapi.Truncate(" a\r\n\tb "))
}
