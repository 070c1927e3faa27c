package report

import "strings"

// Reasons is all that a requirement says about what is wrong, a line for each
// piece: the step that does not hold, its summary, what was wanted and what was
// there. It is "" where nothing is wrong.
func (q Requirement) Reasons() string {
	var all []string
	for _, s := range q.Scenarios {
		for _, step := range s.Steps {
			if step.Summary != "" {
				all = append(all, step.Text, step.Summary, "want: "+step.Want, "got: "+step.Got, step.Diff)
			}
		}
	}
	return strings.Join(all, "\n")
}
