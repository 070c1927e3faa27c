package features

import (
	"bytes"

	messages "github.com/cucumber/messages/go/v34"
)

// blank returns the feature file with every line blanked that belongs to another
// rule, another scenario or another row of the same outline. The Backgrounds of
// the feature and of the rule are kept. The number of lines stays the same.
func blank(
	content []byte,
	feature *messages.Feature,
	rule *messages.Rule,
	scenario *messages.Scenario,
	row *messages.TableRow,
) []byte {
	lines := bytes.Split(content, []byte("\n"))
	keep := make([]bool, len(lines)+1) // by line number, from 1
	starts := startLines(feature, len(lines))
	first := starts[0]
	keepLines(keep, 1, first) // with the Background of the feature
	for _, start := range []int{ruleStart(rule), scenarioStart(scenario)} {
		keepLines(keep, start, after(starts, start)) // with the Background of the rule
	}
	for _, e := range scenario.Examples {
		for _, other := range e.TableBody {
			keep[other.Location.Line] = row != nil && other.Id == row.Id
		}
	}
	for i := range lines {
		if !keep[i+1] {
			lines[i] = nil
		}
	}
	return bytes.Join(lines, []byte("\n"))
}

// keepLines keeps the lines from first up to, but not including, end.
func keepLines(keep []bool, first, end int) {
	for n := first; n < end; n++ {
		keep[n] = true
	}
}

// startLines returns the first lines of all rules and scenarios, in order, and
// the line after the last. A Background has no start of its own: it belongs to
// the feature or rule above it.
func startLines(feature *messages.Feature, lines int) []int {
	var starts []int
	for _, child := range feature.Children {
		if child.Rule == nil {
			continue
		}
		starts = append(starts, ruleStart(child.Rule))
		for _, c := range child.Rule.Children {
			if c.Scenario != nil {
				starts = append(starts, scenarioStart(c.Scenario))
			}
		}
	}
	return append(starts, lines+1)
}

// after returns the first of the starts that follows line n.
func after(starts []int, n int) int {
	for _, s := range starts {
		if s > n {
			return s
		}
	}
	return starts[len(starts)-1]
}

func ruleStart(r *messages.Rule) int { return firstLine(r.Location, r.Tags) }

func scenarioStart(s *messages.Scenario) int { return firstLine(s.Location, s.Tags) }

// firstLine returns the line of the keyword or, above it, of the first tag.
func firstLine(l *messages.Location, tags []*messages.Tag) int {
	line := int(l.Line)
	for _, t := range tags {
		line = min(line, int(t.Location.Line))
	}
	return line
}
