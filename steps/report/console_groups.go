package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cvconform/cvconform/internal/textfmt"
)

const (
	// maxExplained is the number of groups that the short form explains. The summary has the reasons of all.
	maxExplained = 3
	// maxBriefEvents and maxBriefLine limit the evidence of a group in the short form.
	maxBriefEvents = 2
	maxBriefLine   = 160
	// maxBriefValue is the number of lines of an expected or observed value in the short form.
	maxBriefValue = 6
)

// groups writes each group: its reason and evidence once, and the requirements that it
// concerns. The short form leaves small groups to the summary.
func (c *console) groups(r *Report, clusters []*cluster) {
	for i, g := range clusters {
		switch {
		case c.verbose:
			c.verboseGroup(r, g)
		case i < maxExplained:
			c.briefGroup(r, g)
		}
	}
	if n := len(clusters) - maxExplained; n > 0 && !c.verbose {
		c.printf("\n%s more, named at the end\n", plural(n, "reason"))
	}
}

// briefGroup writes the reason of a group, with the beginning of its evidence.
func (c *console) briefGroup(r *Report, g *cluster) {
	q, s := g.first().requirement, g.first().scenario
	title := fmt.Sprintf("%s (%s) %s: %s", q.ID, q.Level, s.Verdict, q.Title)
	c.printf("\n%s\n%s", c.paint(g.verdict(), textfmt.EscapeControl(title)), textfmt.EscapeControl(r.brief(g.first())))
	c.others(g)
}

// verboseGroup writes the complete explanation of each scenario of a group.
func (c *console) verboseGroup(r *Report, g *cluster) {
	c.printf("\n%s\n", c.paint(g.verdict(), strings.Repeat("─", 72)))
	if len(g.cases) > 1 {
		c.printf("%s\n", textfmt.EscapeControl(g.size()+": "+g.reason()))
	}
	for i, m := range g.cases {
		if i > 0 {
			c.printf("\n")
		}
		c.printf("%s\n", r.Explain(*m.requirement, *m.scenario))
	}
}

// others writes the requirements that the group has beside its first one.
func (c *console) others(g *cluster) {
	first := g.first().requirement
	if len(g.ids("")) == 1 {
		if n := len(g.cases); n > 1 {
			c.printf("  also       in %s of %s\n", plural(n-1, "other scenario"), first.ID)
		}
		return
	}
	var lists []string
	for _, level := range []string{"must", "should", "may"} {
		ids := slices.DeleteFunc(g.ids(level), func(id string) bool { return id == first.ID })
		if len(ids) > 0 {
			lists = append(lists, level+" "+shortIDs(ids))
		}
	}
	text := fmt.Sprintf("%s in all; the others: %s", g.size(), strings.Join(lists, "; "))
	c.printf("%s\n", textfmt.HangingIndent("  also       ", textfmt.Wrap(text, lineWidth)))
}

// maxNamed is the number of ids that the summary of a group lists.
const maxNamed = 4

// names returns the ids of a group's requirements, or the first one and the number of the others.
func (c *cluster) names() string {
	ids := c.ids("")
	if len(ids) <= maxNamed {
		return shortIDs(ids)
	}
	return fmt.Sprintf("%s and %d more", ids[0], len(ids)-1)
}

// shortIDs returns the ids as a list, with the prefix of all ids and of a group of ids only
// once: "CVSI-TRAIN-01 02 04, CVSI-BACKUP-01".
func shortIDs(ids []string) string {
	var out strings.Builder
	before := ""
	for _, id := range ids {
		cut := strings.LastIndex(id, "-") + 1
		switch {
		case before == "":
			out.WriteString(id)
		case id[:cut] == before:
			out.WriteString(" " + id[cut:])
		default:
			out.WriteString(", " + id)
		}
		before = id[:cut]
	}
	return out.String()
}

// brief returns the explanation of a scenario without the facts that are the same for
// the whole run, and with the beginning of its evidence.
func (r *Report) brief(m scenarioCase) string {
	var e explanation
	e.line("at", fmt.Sprintf("features/%s:%d", m.requirement.Feature, m.scenario.Line))
	step := decidingStep(m.scenario)
	if step == nil {
		e.line("reason", firstLines(m.scenario.Reason, maxBriefValue))
		return e.b.String()
	}
	if step.Want != "" {
		e.line("want", firstLines(step.Want, maxBriefValue))
	}
	if step.Got != "" {
		e.line("got", firstLines(step.Got, maxBriefValue))
	}
	if because := step.because(); because != "" {
		e.line("because", firstLines(because, maxBriefValue))
	}
	for i, event := range step.Events {
		if i == maxBriefEvents {
			e.line("", fmt.Sprintf("%s more", plural(len(step.Events)-i, "event")))
			break
		}
		label := ""
		if i == 0 {
			label = "evidence"
		}
		text := fmt.Sprintf("%d ms #%d  %s", event.AtMs, event.Seq, briefEvent(event.Text))
		e.line(label, textfmt.Truncate(text, maxBriefLine))
	}
	return e.b.String()
}

// briefEvent returns the first line of an event, and the status of the response if it has one.
func briefEvent(text string) string {
	lines := strings.Split(text, "\n")
	for _, line := range lines[1:] {
		if strings.HasPrefix(line, "response: ") || strings.HasPrefix(line, "no response: ") {
			return lines[0] + ", " + line
		}
	}
	return lines[0]
}

// firstLines returns the first lines of a text, each cut to the width of a screen.
func firstLines(text string, limit int) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	if len(lines) > limit {
		lines = append(lines[:limit], textfmt.Ellipsis)
	}
	for i, line := range lines {
		lines[i] = textfmt.Truncate(line, maxBriefLine)
	}
	return strings.Join(lines, "\n")
}

// summary names the requirements that did not pass, by group, and states the result.
func (c *console) summary(r *Report, clusters []*cluster) {
	c.printf("\n")
	for _, g := range clusters {
		line := fmt.Sprintf("%-16s  %s: %s", g.verdict(), g.names(), g.reason())
		c.printf("%s\n", c.paint(g.verdict(), textfmt.EscapeControl(textfmt.Truncate(line, maxBriefLine))))
	}
	if ids := failedIDs(r); len(ids) > 0 && r.Run.Rerun != "" {
		c.printf("%s\n", textfmt.EscapeControl("rerun      "+r.rerun(ids...)))
	}
	if len(clusters) > 0 && c.hint != "" {
		c.printf("details    %s\n", c.hint)
	}
	c.musts(r)
	c.printf("%d requirements: %s\n", len(r.Requirements), countsText(r.Counts))
	switch {
	case r.Error != nil:
		c.printf("%s\n", r.Error)
	case !r.Run.Complete:
		c.printf("The run was interrupted. Requirements that are not-run were not judged.\n")
	case r.FailsStrictly():
		c.printf("The run is strict: it fails, because a should is broken.\n")
	}
	took := r.Run.Finished.Sub(r.Run.Started).Round(10 * time.Millisecond)
	c.printf("%s in %s\n", c.painter.Paint(runColor(r.Verdict), "verdict: "+string(r.Verdict)), took)
}

// musts states how many musts were judged, and which were not.
func (c *console) musts(r *Report) {
	judged, all, rest := r.MustCounts()
	line := fmt.Sprintf("%d of %d musts judged", judged, all)
	if len(rest) > 0 {
		line += "; not judged: " + strings.Join(rest, ", ")
	}
	c.printf("%s\n", line)
	ids := r.Run.Selection.Deselected
	if len(ids) > 0 {
		c.printf("%s\n", textfmt.HangingIndent("deselected: ", textfmt.Wrap(shortIDs(ids), lineWidth)))
	}
}

// failedIDs returns the ids of the requirements that have a group, in the order of the report.
func failedIDs(r *Report) []string {
	var out []string
	for _, q := range r.Requirements {
		if groupRank(q.Verdict) >= 0 && q.Verdict != ExpectedFailure {
			out = append(out, q.ID)
		}
	}
	return out
}
