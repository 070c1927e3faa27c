package report

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"
)

// Digests are the digests that a certificate names: of the program that judged,
// and of the evidence bundle. Each is a SHA-256 in lower-case hex; "" is unknown.
type Digests struct {
	Program    string
	Bundle     string
	BundlePath string
	Signed     bool
}

// Certifies says whether the report certifies anything: a complete run of the
// whole contract, with its controls, that found the service conformant.
func (r *Report) Certifies() bool {
	conformant := r.Verdict == Conformant || r.Verdict == ConformantWithWarnings
	return conformant && r.Run.Complete && len(r.Run.Selection.Deselected) == 0 && r.Controls.Reference != ""
}

// WriteCertificate writes the certificate as Markdown: how many musts were
// judged, what was judged and by what, what did not pass and why, and the digests
// to pin. Of a report that certifies nothing it says so. The error is that of w.
func WriteCertificate(w io.Writer, r *Report, s Digests) error {
	c := &certificate{}
	c.head(r)
	c.subject(r)
	c.exceptions(r)
	c.settings(r)
	c.digests(r, s)
	_, err := io.WriteString(w, c.b.String())
	return err
}

type certificate struct{ b strings.Builder }

func (c *certificate) printf(format string, args ...any) { fmt.Fprintf(&c.b, format, args...) }

func (c *certificate) head(r *Report) {
	judged, all, rest := r.MustCounts()
	c.printf("# %d of %d musts judged: %s\n\n", judged, all, r.Verdict)
	if len(rest) > 0 {
		c.printf("Not judged: %s.\n\n", strings.Join(rest, ", "))
	}
	if r.Run.Target.CertificateNotVerified {
		c.printf(
			"**The TLS certificate of the service was not verified** (`--insecure-skip-verify`): nobody knows who answered.\n\n",
		)
	}
	if r.Certifies() {
		c.printf(
			"This certifies that the service below was found to honour the storage-integration contract of Custom Vision.\n\n",
		)
		return
	}
	c.printf(
		"**This is no certificate.** The service below was not found to honour the storage-integration contract of Custom Vision.\n\n",
	)
}

func (c *certificate) subject(r *Report) {
	t, suite := r.Run.Target, r.Run.Suite
	c.table(
		row{"What was judged", ""},
		row{
			"Target",
			fmt.Sprintf(
				"%s at %s, API %s, domain %s",
				markdownCode(t.Kind),
				markdownCode(t.Endpoint),
				markdownCode(t.APIVersion),
				markdownCode(t.Domain),
			),
		},
		row{"Storage", markdownCode(r.Run.Storage.Kind + " " + r.Run.Storage.Version)},
		row{"Profile", markdownCode(r.Run.Profile)},
		row{
			"Run",
			fmt.Sprintf("%s, from %s to %s", markdownCode(r.Run.ID), formatTime(r.Run.Started), formatTime(r.Run.Finished)),
		},
		row{"The same again", markdownCode(r.Run.Rerun)},
		row{"Suite", fmt.Sprintf("cvconform %s, revision %s", markdownCode(suite.Version), markdownCode(suite.Revision))},
		row{"Requirements", fmt.Sprintf("%d: %s", len(r.Requirements), r.countsText())},
		row{
			"Controls",
			fmt.Sprintf("reference %s, null server %s", markdownCode(r.Controls.Reference), markdownCode(r.Controls.Null)),
		},
		row{"Verdict", fmt.Sprintf("**%s**", r.Verdict)},
	)
	for _, p := range r.Controls.Problems {
		c.printf("- Control: %s\n", markdownCode(p))
	}
}

// exceptions names all that neither passed nor was merely observed.
func (c *certificate) exceptions(r *Report) {
	if len(r.Controls.Problems) > 0 {
		c.printf("\n")
	}
	c.printf("## What did not pass, or was not judged\n\n")
	none := true
	for _, q := range r.Requirements {
		if q.Verdict != Passed && q.Verdict != Observed {
			none = false
			c.printf("- %s (%s) %s: %s\n", q.ID, q.Level, q.Verdict, markdownCode(q.Reason))
		}
	}
	if none {
		c.printf("Nothing.\n")
	}
}

func (c *certificate) settings(r *Report) {
	readings := []row{{"Reading", "in force", "seen"}}
	for _, name := range r.readingNames() {
		readings = append(
			readings,
			row{name, markdownCode(r.Run.Readings[name]), markdownCode(strings.Join(r.Run.Observed[name], "; "))},
		)
	}
	budgets := []row{{"Budget", "limit", "the longest that was needed"}}
	for _, name := range r.budgetNames() {
		budgets = append(budgets, row{name, r.Run.Budgets[name], r.maxLatencies(name)})
	}
	c.printf("\n")
	c.table(readings...)
	c.table(budgets...)
}

func (c *certificate) digests(r *Report, s Digests) {
	signed := "not signed"
	if s.Signed {
		signed = "signed"
	}
	c.table(
		row{"Digest", "SHA-256"},
		row{"Features", markdownCode(r.Run.Suite.FeaturesDigest)},
		row{"Program", markdownCode(s.Program)},
		row{"Evidence " + markdownCode(s.BundlePath) + ", " + signed, markdownCode(s.Bundle)})
	c.printf(
		"`cvconform verify` judges the evidence again, with no network and no service. It proves that the evidence is whole\n" +
			"and that the verdicts follow from it; who made it is proved by a signature alone.\n",
	)
}

// A row is the cells of one line of a table.
type row []string

// table writes a table, the first row as its head, and an empty line.
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

var backticks = regexp.MustCompile("`+")

// markdownCode quotes a text from outside so that nothing in it is Markdown, on one line;
// "-" where there is none.
func markdownCode(s string) string {
	s = strings.Join(strings.Fields(EscapeControl(s)), " ")
	if s == "" {
		return "-"
	}
	fence := "`"
	for _, run := range backticks.FindAllString(s, -1) {
		fence = strings.Repeat("`", max(len(fence), len(run)+1))
	}
	if len(fence) > 1 {
		s = " " + s + " "
	}
	return fence + s + fence
}
