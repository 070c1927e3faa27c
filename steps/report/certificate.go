package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/cvconform/cvconform/internal/textfmt"
)

// Digests are the facts that a certificate states beside the report. Each digest is a
// SHA-256 in lower-case hex, or "" if it is not known.
type Digests struct {
	// Program is the digest of the program that judged.
	Program string
	// Bundle is the digest of the evidence bundle.
	Bundle string
	// BundlePath is the path of the evidence bundle.
	BundlePath string
	// Signed reports whether the evidence bundle is signed.
	Signed bool
	// Subject is the name and the version of the service, such as "my-service@1.2.0". "" means that it was not given.
	Subject string
	// Executable is the digest of the program that was started as the service.
	Executable string
	// Verify is the command that verifies the evidence bundle. "" means that the text names none.
	Verify string
}

// Certifies reports whether a certificate of r certifies conformance: the run was
// complete, covered the whole contract, included the controls, and found the service
// conformant.
func (r *Report) Certifies() bool {
	conformant := r.Verdict == Conformant || r.Verdict == ConformantWithWarnings
	return conformant && r.Run.Complete && len(r.Run.Selection.Deselected) == 0 && r.Controls.Reference != ""
}

// WriteCertificate writes a certificate as Markdown: how many musts were judged, the
// subject and settings of the run, the requirements that did not pass, and the digests.
// If [Report.Certifies] is false, the text says that it is not a certificate.
// WriteCertificate returns the error of w.
func WriteCertificate(w io.Writer, r *Report, d Digests) error {
	c := &certificate{}
	c.head(r)
	if r.Error == nil {
		c.subject(r, d)
		c.exceptions(r)
		c.settings(r)
		c.digests(r, d)
	}
	_, err := io.WriteString(w, c.b.String())
	return err
}

// A certificate builds the text of [WriteCertificate].
type certificate struct{ b strings.Builder }

func (c *certificate) printf(format string, args ...any) { fmt.Fprintf(&c.b, format, args...) }

func (c *certificate) head(r *Report) {
	judged, all, rest := r.MustCounts()
	c.printf("# %d of %d musts judged: %s\n\n", judged, all, r.Verdict)
	if len(rest) > 0 {
		c.printf("Not judged: %s.\n\n", strings.Join(rest, ", "))
	}
	if r.Run.Target.CertificateNotVerified {
		c.printf("**The TLS certificate of the service was not verified**, so the identity of the service is not proved.\n\n")
	}
	if r.Certifies() {
		c.printf("This certifies that the service below was found to honour the storage-integration contract " +
			"of Custom Vision.\n\n")
		return
	}
	if r.Error != nil {
		c.printf("**This is not a certificate.** %s\n", MarkdownCode(r.Error.String()))
		return
	}
	c.printf("**This is not a certificate.** The service below was not found to honour the storage-integration contract " +
		"of Custom Vision.\n\n")
}

func (c *certificate) subject(r *Report, d Digests) {
	t, suite := r.Run.Target, r.Run.Suite
	c.table(
		row{"Subject", MarkdownCode(d.Subject)},
		row{"Target", fmt.Sprintf("%s at %s, API %s, domain %s",
			MarkdownCode(r.TargetName()), MarkdownCode(t.Endpoint), MarkdownCode(t.APIVersion), MarkdownCode(t.Domain))},
		row{"Storage", MarkdownCode(r.Run.Storage.Kind + " " + r.Run.Storage.Version)},
		row{"Profile", MarkdownCode(r.Run.Profile)},
		row{"Run", fmt.Sprintf("%s, from %s to %s",
			MarkdownCode(r.Run.ID), formatTime(r.Run.Started), formatTime(r.Run.Finished))},
		row{"Rerun", MarkdownCode(r.Run.Rerun)},
		row{"Suite", fmt.Sprintf("cvconform %s, revision %s", MarkdownCode(suite.Version), MarkdownCode(suite.Revision))},
		row{"Requirements", fmt.Sprintf("%d: %s", len(r.Requirements), countsText(r.Counts))},
		row{"Controls", fmt.Sprintf("reference %s, null server %s",
			MarkdownCode(r.Controls.Reference), MarkdownCode(r.Controls.Null))},
		row{"Verdict", fmt.Sprintf("**%s**", r.Verdict)},
	)
	for _, p := range r.Controls.Problems {
		c.printf("- Control: %s\n", MarkdownCode(p))
	}
	if len(r.Controls.Problems) > 0 {
		c.printf("\n")
	}
}

// exceptions lists every requirement whose verdict is neither passed nor observed.
func (c *certificate) exceptions(r *Report) {
	c.printf("## Requirements that did not pass or were not judged\n\n")
	none := true
	for _, q := range r.Requirements {
		if q.Verdict != Passed && q.Verdict != Observed {
			none = false
			c.printf("- %s %s (%s) %s: %s\n", q.ID, MarkdownText(q.Title), q.Level, q.Verdict, MarkdownCode(q.Reason))
		}
	}
	switch deselected := r.Run.Selection.Deselected; {
	case len(deselected) > 0:
		c.printf("- deselected: %s\n", shortIDs(deselected))
	case none:
		c.printf("None.\n")
	}
}

func (c *certificate) settings(r *Report) {
	readings := []row{{"Reading", "Value in force", "Values observed"}}
	for _, name := range r.readingNames() {
		observed := strings.Join(r.Run.Observed[name], "; ")
		readings = append(readings, row{name, MarkdownCode(r.Run.Readings[name]), MarkdownCode(observed)})
	}
	budgets := []row{{"Budget", "Limit", "Longest wait"}}
	for _, name := range r.budgetNames() {
		budgets = append(budgets, row{name, r.Run.Budgets[name], r.maxLatency(name)})
	}
	c.printf("\n")
	c.table(readings...)
	c.table(budgets...)
	if text := r.observationWindow(); text != "" {
		c.printf("%s\n\n", text)
	}
}

func (c *certificate) digests(r *Report, d Digests) {
	signed := "not signed"
	if d.Signed {
		signed = "signed"
	}
	c.table(
		row{"Digest", "SHA-256"},
		row{"Features", MarkdownCode(r.Run.Suite.FeaturesDigest)},
		row{"Program", MarkdownCode(d.Program)},
		row{"Service", MarkdownCode(d.Executable)},
		row{"Evidence " + MarkdownCode(d.BundlePath) + ", " + signed, MarkdownCode(d.Bundle)})
	c.printf("`cvconform verify` judges the evidence again, without a network or a service. It proves that the\n" +
		"evidence is complete and that the verdicts follow from it. Only a signature proves its origin.\n")
	if d.Verify != "" {
		c.printf("\n    %s\n", textfmt.EscapeControl(d.Verify))
	}
}

// A row is one line of a Markdown table.
type row []string

// table writes rows as a table, the first one as its head, followed by an empty line.
func (c *certificate) table(rows ...row) {
	for i, r := range rows {
		for _, cell := range r {
			c.printf("| %s ", strings.ReplaceAll(cell, "|", `\|`))
		}
		c.printf("|\n")
		if i == 0 {
			c.printf("%s|\n", strings.Repeat("| --- ", len(r)))
		}
	}
	c.printf("\n")
}

func formatTime(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05Z") }

// MarkdownCode returns s as a Markdown code span on one line, so that no part of s is
// interpreted as Markdown. It returns "-" if s is empty.
func MarkdownCode(s string) string {
	s = strings.Join(strings.Fields(textfmt.EscapeControl(s)), " ")
	if s == "" {
		return "-"
	}
	fence := "`"
	for strings.Contains(s, fence) {
		fence += "`"
	}
	if len(fence) > 1 {
		s = " " + s + " "
	}
	return fence + s + fence
}
