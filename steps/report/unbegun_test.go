package report_test

import (
	"bytes"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/steps/report"
)

// Every renderer shows why a run did not begin.
func TestRunThatDidNotBegin(t *testing.T) {
	r := sample()
	r.Requirements, r.Situations, r.Warnings, r.Counts, r.Run.Complete = nil, nil, nil, nil, false
	r.Error = &report.RunError{Kind: "environment", Message: "no storage\x1b", Hint: "install Docker"}
	for name, write := range map[string]func(io.Writer) error{
		"console":     func(w io.Writer) error { return report.WriteConsole(w, r, report.ConsoleOptions{}) },
		"json":        func(w io.Writer) error { return report.WriteJSON(w, r) },
		"junit":       func(w io.Writer) error { return report.WriteJUnit(w, r, report.JUnitOptions{}) },
		"markdown":    func(w io.Writer) error { return report.WriteMarkdown(w, r) },
		"ctrf":        func(w io.Writer) error { return report.WriteCTRF(w, r) },
		"annotations": func(w io.Writer) error { return report.WriteGitHubAnnotations(w, r) },
		"certificate": func(w io.Writer) error { return report.WriteCertificate(w, r, report.Digests{}) },
		"explain": func(w io.Writer) error {
			_, err := io.WriteString(w, r.ExplainRequirement("CVSI-TRAIN-01"))
			return err
		},
	} {
		var b bytes.Buffer
		require.NoError(t, write(&b), name)
		assert.Contains(t, b.String(), "no storage", name)
		assert.Contains(t, b.String(), "install Docker", name)
		assert.NotContains(t, b.String(), "\x1b", name)
	}
	judged, all, rest := r.MustCounts()
	assert.Equal(t, []any{0, 8, []string{"the run did not begin"}}, []any{judged, all, rest})
}
