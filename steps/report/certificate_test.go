package report_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/testkit/golden"
	"github.com/cvconform/cvconform/steps/report"
)

func certificate(t *testing.T, r *report.Report, s report.Digests) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, report.WriteCertificate(&b, r, s))
	return b.String()
}

func digests() report.Digests {
	return report.Digests{Program: strings.Repeat("a", 64), Bundle: strings.Repeat("b", 64), BundlePath: "my evidence.zip",
		Subject: "my|service@1.2.0", Executable: strings.Repeat("c", 64), Verify: "cvconform verify 'my evidence.zip'"}
}

// conformant returns the sample without the requirements that did not pass.
func conformant() *report.Report {
	r := sample()
	r.Requirements = append(r.Requirements[:1], r.Requirements[8])
	r.Verdict, r.Counts = report.Conformant, map[report.Verdict]int{report.Passed: 1, report.NotApplicable: 1}
	r.Run.Suite.Musts, r.Run.Selection.Deselected = 2, nil
	r.Controls = report.Controls{Reference: "conformant", Null: "not-conformant"}
	return r
}

func TestWriteCertificate(t *testing.T) {
	golden.Equal(t, "certificate.golden.md", certificate(t, conformant(), digests()))
}

// Without conformance, the certificate names every reason, and text from outside is
// not interpreted as Markdown.
func TestWriteCertificateWithoutConformance(t *testing.T) {
	r := sample()
	r.Requirements[1].Reason = "a `code` | <b>b</b> \x1b[31m\n# heading ``x``"
	r.Controls = report.Controls{
		Reference: "not-conformant",
		Null:      "conformant",
		Problems:  []string{"the reference is not-conformant"},
	}
	golden.Equal(t, "no-certificate.golden.md", certificate(t, r, report.Digests{Signed: true}))
}

func TestWriteCertificateSaysNoneOnlyIfNothingWasLeftOut(t *testing.T) {
	r := conformant()
	r.Requirements = r.Requirements[:1]
	assert.Contains(t, certificate(t, r, digests()), "\nNone.\n")
	r.Run.Selection.Deselected = []string{"CVSI-ACCESS-01", "CVSI-ACCESS-02"}
	text := certificate(t, r, digests())
	assert.NotContains(t, text, "\nNone.\n")
	assert.Contains(t, text, "\n- deselected: CVSI-ACCESS-01 02\n")
}

func TestCertifies(t *testing.T) {
	assert.True(t, conformant().Certifies())
	for name, change := range map[string]func(*report.Report){
		"with warnings too": func(r *report.Report) { r.Verdict = report.ConformantWithWarnings },
		"not conformant":    func(r *report.Report) { r.Verdict = report.NotConformant },
		"inconclusive":      func(r *report.Report) { r.Verdict = report.RunInconclusive },
		"invalid":           func(r *report.Report) { r.Verdict = report.Invalid },
		"partial":           func(r *report.Report) { r.Verdict = report.Partial },
		"interrupted":       func(r *report.Report) { r.Run.Complete = false },
		"deselected":        func(r *report.Report) { r.Run.Selection.Deselected = []string{"CVSI-TRAIN-01"} },
		"no controls":       func(r *report.Report) { r.Controls = report.Controls{} },
	} {
		r := conformant()
		change(r)
		assert.Equal(t, name == "with warnings too", r.Certifies(), name)
		assert.Equal(t, !r.Certifies(), strings.Contains(certificate(t, r, digests()), "This is not a certificate."), name)
	}
}

func TestWriteCertificateReturnsTheErrorOfTheWriter(t *testing.T) {
	err := report.WriteCertificate(full{}, sample(), report.Digests{})
	assert.Equal(t, errors.New("disk full"), err)
}
