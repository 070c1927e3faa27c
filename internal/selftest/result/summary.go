package result

import (
	"fmt"
	"strings"
	"time"
)

// coversEverything reports whether all defects were selected. Only then is a
// requirement or step that no defect proves a problem.
func (m *Matrix) coversEverything() bool { return len(m.Run.Selection.Defects) == 0 }

// duration returns the duration of the self-test, rounded for people.
func (m *Matrix) duration() time.Duration {
	return m.Run.Finished.Sub(m.Run.Started).Round(10 * time.Millisecond)
}

// countsText returns the number of defects with each outcome, in words.
func (m *Matrix) countsText() string {
	var out []string
	for _, o := range Outcomes() {
		if m.Counts[o] > 0 {
			out = append(out, fmt.Sprintf("%d %s", m.Counts[o], o))
		}
	}
	if len(out) == 0 {
		return "none"
	}
	return strings.Join(out, ", ")
}

// acceptedCount returns the number of variations to which no requirement objects.
func (m *Matrix) acceptedCount() int {
	n := 0
	for _, v := range m.Variations {
		if v.Outcome == Accepted {
			n++
		}
	}
	return n
}

// proofText returns the number of requirements and steps that are proven, in words.
func (m *Matrix) proofText() string {
	proven, steps, provenSteps := 0, 0, 0
	for _, q := range m.Requirements {
		proven += min(1, len(q.ProvenBy))
		for _, s := range q.Steps {
			steps++
			provenSteps += min(1, len(s.ProvenBy))
		}
	}
	return fmt.Sprintf("%d of %d requirements and %d of %d Then steps", proven, len(m.Requirements), provenSteps, steps)
}

// scopeText returns, as a sentence, how many requirements judged each defect.
func (m *Matrix) scopeText() string {
	if m.Run.Judged == All {
		return "Each defect was judged by every requirement."
	}
	return "Each defect was judged by the requirements that it names, and by all others about the same situations."
}
