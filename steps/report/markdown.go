package report

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/cvconform/cvconform/internal/textfmt"
)

const (
	// maxMarkdownGroups is the number of groups that the Markdown form explains. It lists the others.
	maxMarkdownGroups = 10
	// maxMarkdownValue is the number of characters of one value or event in the Markdown form.
	maxMarkdownValue = 1000
)

// WriteMarkdown writes the report as Markdown for a comment on a pull request or the summary of a CI
// job: the verdict, the reasons of failures, the largest first, each with its evidence, and the
// requirements that were not judged. It returns the error of w.
func WriteMarkdown(w io.Writer, r *Report) error {
	m := &markdown{}
	m.head(r)
	clusters := r.clusters()
	for i, g := range clusters {
		if i < maxMarkdownGroups {
			m.group(r, g)
		}
	}
	if len(clusters) > maxMarkdownGroups {
		m.printf("### Further reasons\n\n")
		for _, g := range clusters[maxMarkdownGroups:] {
			m.printf("- %s %s: %s\n", g.verdict(), g.names(), MarkdownCode(textfmt.Truncate(g.reason(), maxBriefLine)))
		}
		m.printf("\n")
	}
	m.warnings(r)
	m.features(r)
	m.run(r, clusters)
	_, err := io.WriteString(w, m.b.String())
	return err
}

// A markdown builds the text of [WriteMarkdown].
type markdown struct{ b strings.Builder }

func (m *markdown) printf(format string, args ...any) { fmt.Fprintf(&m.b, format, args...) }

func (m *markdown) head(r *Report) {
	m.printf("## %s cvconform: %s\n\n", runSymbol(r), r.Verdict)
	if r.Error != nil {
		m.printf("%s\n\n", MarkdownCode(r.Error.String()))
		return
	}
	judged, all, rest := r.MustCounts()
	m.printf("%s of %s: %s. %d of %d musts judged", plural(len(r.Requirements), "requirement"),
		MarkdownCode(r.TargetName()), countsText(r.Counts), judged, all)
	if len(rest) > 0 {
		m.printf("; not judged: %s", MarkdownText(strings.Join(rest, ", ")))
	}
	m.printf(".\n\n")
	if !r.Run.Complete {
		m.printf("**The run was interrupted.** Requirements that are not-run were not judged.\n\n")
	}
	if r.Run.Target.CertificateNotVerified {
		m.printf("**The TLS certificate of the service was not verified.**\n\n")
	}
}

func runSymbol(r *Report) string {
	switch r.Verdict {
	case Conformant:
		return "✅"
	case ConformantWithWarnings, Partial, RunInconclusive:
		return "⚠️"
	}
	return "❌"
}

// group writes the reason of a group once, with its evidence, and its requirements.
func (m *markdown) group(r *Report, g *cluster) {
	q, s := g.first().requirement, g.first().scenario
	m.printf("### %s %s: %s\n\n", q.ID, g.verdict(), MarkdownText(q.Title))
	if step := decidingStep(s); step != nil {
		m.value("Want", step.Want)
		m.value("Got", step.Got)
		m.value("Because", step.because())
	} else {
		m.value("Reason", s.Reason)
	}
	m.printf("\n")
	if len(g.ids("")) > 1 {
		m.printf("%s: %s\n\n", g.size(), shortIDs(g.ids("")))
	}
	m.details("Evidence", shortLines(r.Explain(*q, *s), maxMarkdownValue))
}

// value writes a value as an item of a list.
func (m *markdown) value(name, value string) {
	if value != "" {
		m.printf("- %s: %s\n", name, MarkdownCode(textfmt.Truncate(value, maxMarkdownValue)))
	}
}

// details writes a text that is folded until a reader opens it.
func (m *markdown) details(title, text string) {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	m.printf("<details><summary>%s</summary>\n\n%stext\n%s\n%s\n\n</details>\n\n", title, fence, text, fence)
}

// shortLines cuts each line of a text.
func shortLines(text string, limit int) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = textfmt.Truncate(line, limit)
	}
	return strings.Join(lines, "\n")
}

// warnings writes the warnings that no group contains.
func (m *markdown) warnings(r *Report) {
	for _, w := range r.ownWarnings() {
		m.printf("- Warning: %s\n", MarkdownCode(w))
	}
	for _, p := range r.Controls.Problems {
		m.printf("- Control: %s\n", MarkdownCode(p))
	}
	m.printf("\n")
}

func (m *markdown) features(r *Report) {
	names, counts := r.countsByFeature()
	if len(names) == 0 {
		return
	}
	m.printf("| Feature | Requirements |\n| --- | --- |\n")
	for _, name := range names {
		m.printf("| %s | %s |\n", MarkdownText(name), countsText(counts[name]))
	}
	m.printf("\n")
}

func (m *markdown) run(r *Report, clusters []*cluster) {
	m.printf(
		"Run %s, %s, cvconform %s",
		MarkdownCode(r.Run.ID),
		formatTime(r.Run.Started),
		MarkdownCode(r.Run.Suite.Version),
	)
	if len(clusters) > 0 && r.Run.Rerun != "" {
		m.printf(", again: %s", MarkdownCode(r.rerun(failedIDs(r)...)))
	}
	m.printf("\n")
}

// markdownSpecial matches the characters that have a meaning in Markdown or HTML.
var markdownSpecial = regexp.MustCompile("[\\\\`*_{}\\[\\]<>#|~&]")

// MarkdownText returns s as text on one line, so that no part of s is interpreted as Markdown.
func MarkdownText(s string) string {
	s = strings.Join(strings.Fields(textfmt.EscapeControl(s)), " ")
	return markdownSpecial.ReplaceAllString(s, `\$0`)
}
