package steps

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/fakes/customvision/defect"
	"github.com/cvconform/cvconform/internal/reading"
)

// A report has the observations for every reading.
func TestEveryReadingIsObserved(t *testing.T) {
	t.Parallel()
	r := runAndVerify(t, defaultBudgets(serve(t, options(t))))
	for _, each := range reading.All() {
		assert.NotEmpty(t, r.Run.Observed[each.Name], each.Name)
	}
	assert.Equal(t, []string{"body accepted", "query accepted"}, r.Run.Observed["create-form"])
	assert.Equal(t, []string{"v3.3 served", "v3.4-preview served"}, r.Run.Observed["api-version"])
	assert.Equal(t, []string{"a SAS with its expiry"}, r.Run.Observed["model-uri-without-container"])
}

// An error that is not about the form of the call, such as 429 or 503, is not reported as a refusal of the form.
func TestErrorIsNotObservedAsARefusal(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]string{400: "query refused", 429: "query returned 429", 503: "query returned 503"} {
		c := configFor(t, listen(t, respondsToDomains(respondsWith(status, "application/json", "{}"))))
		c.Only = []string{"CVSI-CREATE-01"}
		assert.Equal(t, []string{want}, runJudged(t, c).Run.Observed["create-form"])
	}
}

// Observations are reported whether or not a requirement depends on them.
func TestObservedReadings(t *testing.T) {
	for name, c := range map[string]struct{ defect, only, reading, want string }{
		"URIs refused":         {"create-refuses-uris", "CVSI-CREATE-02", "create-form", "query refused"},
		"URIs not shown":       {"create-hides-uris", "CVSI-CREATE-02", "create-form", "query accepted, but the URIs are not shown as given"},
		"no signature":         {"model-uri-unsigned", "CVSI-EXPORT-06", "model-uri-without-container", "a URL without a signature"},
		"no expiry":            {"model-uri-no-expiry", "CVSI-EXPORT-06", "model-uri-without-container", "a SAS without expiry or policy"},
		"null":                 {"model-uri-null", "CVSI-EXPORT-06", "model-uri-without-container", "no URL"},
		"training status lags": {"iteration-status-lags", "CVSI-TRAIN-06", "status-lag", "Training: message first"},
		"export status lags":   {"export-status-lags", "CVSI-EXPORT-08", "status-lag", "Export: message first"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d, err := defect.Choose(c.defect)
			assert.NoError(t, err)
			config := withBudgets(withDefects(t, c.defect), d[0].Conditions.Budgets)
			config.Only = []string{c.only}
			assert.Contains(t, runJudged(t, config).Run.Observed[c.reading], c.want)
		})
	}
}
