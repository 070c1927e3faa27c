package result

import (
	"fmt"
	"strings"
	"time"
)

// coversEverything says whether every defect of the requirements was chosen, so that what no
// defect proves is not proven.
func (m *Matrix) coversEverything() bool { return len(m.Run.Selection.Defects) == 0 }

// took is how long the self-test took, for people.
func (m *Matrix) took() time.Duration {
	return m.Run.Finished.Sub(m.Run.Started).Round(10 * time.Millisecond)
}

// countsText counts the defects by outcome, in words.
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

// acceptedText counts the liberties to which nothing objects.
func (m *Matrix) acceptedText() int {
	n := 0
	for _, l := range m.Variations {
		if l.Outcome == Accepted {
			n++
		}
	}
	return n
}

// proofText counts what defects prove, in words.
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

// scopeText says in words how much was judged for each defect.
func (m *Matrix) scopeText() string {
	if m.Run.Judged == All {
		return "Each defect was judged by every requirement."
	}
	return "Each defect was judged by the requirements that it names, and by all others that the same situations show."
}
