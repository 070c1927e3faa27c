package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/cvconform/cvconform/internal/textfmt"
)

// maxAnnotations is the number of annotations of each level that GitHub shows for one step.
const maxAnnotations = 10

// WriteGitHubAnnotations writes one workflow command of GitHub Actions for each group of failures, with the
// feature file and the line of its first scenario: an error if it fails the run, otherwise a warning. It returns
// the error of w.
func WriteGitHubAnnotations(w io.Writer, r *Report) error {
	var b strings.Builder
	if r.Error != nil {
		fmt.Fprintf(&b, "::error title=cvconform::%s\n", commandData(r.Error.String()))
	}
	written := map[string]int{}
	for _, g := range r.clusters() {
		if g.verdict() == ExpectedFailure {
			continue
		}
		level, m := annotationLevel(r, g), g.first()
		if written[level]++; written[level] > maxAnnotations {
			continue
		}
		fmt.Fprintf(&b, "::%s file=%s,line=%d,title=%s::%s\n", level,
			commandProperty("features/"+m.requirement.Feature), m.scenario.Line,
			commandProperty(fmt.Sprintf("%s %s", g.names(), g.verdict())),
			commandData(textfmt.Truncate(m.requirement.Title+": "+g.reason(), maxMarkdownValue)))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// annotationLevel returns "error" for a group that keeps the service from being conformant.
func annotationLevel(r *Report, g *cluster) string {
	isMust := len(g.ids("must")) > 0
	switch g.verdict() {
	case HarnessError, Failed:
		return "error"
	case UnexpectedPass, Inconclusive:
		if isMust {
			return "error"
		}
	case Warned:
		if r.Run.Strict {
			return "error"
		}
	}
	return "warning"
}

// commandData returns the text of a workflow command.
func commandData(s string) string {
	return strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A").Replace(textfmt.EscapeControl(s))
}

// commandProperty returns the value of a property of a workflow command.
func commandProperty(s string) string {
	return strings.NewReplacer(":", "%3A", ",", "%2C").Replace(commandData(s))
}
