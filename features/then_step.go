package features

import (
	"bytes"
	"slices"
	"strings"

	messages "github.com/cucumber/messages/go/v34"
)

// A ThenStep is a Then step of a scenario, or an And or But that follows one.
type ThenStep struct {
	Text string // as in the file, without its keyword
	Line int    // in the file; the rows of an outline share it

	index int // in Scenario.Steps
	end   int // the last line of the step, with its argument
}

// ThenSteps returns the Then steps of the scenario, in order.
func (s Scenario) ThenSteps() []ThenStep { return slices.Clone(s.thenSteps) }

// WithoutStep returns the scenario without the step on the line of t. The step
// may come from another row of the same outline. Line numbers stay the same.
func (s Scenario) WithoutStep(t ThenStep) Scenario {
	i := slices.IndexFunc(s.thenSteps, func(own ThenStep) bool { return own.Line == t.Line })
	if i < 0 {
		return s
	}
	t = s.thenSteps[i]
	lines := bytes.Split(s.content, []byte("\n"))
	for n := t.Line; n <= t.end; n++ {
		lines[n-1] = nil
	}
	out := s
	out.thenSteps = slices.Delete(slices.Clone(s.thenSteps), i, i+1)
	out.Steps = slices.Delete(slices.Clone(s.Steps), t.index, t.index+1)
	if i == 0 && len(out.thenSteps) > 0 {
		line := &lines[out.thenSteps[0].Line-1]
		*line = withThenKeyword(*line)
	}
	for n := i; n < len(out.thenSteps); n++ {
		out.thenSteps[n].index--
	}
	out.content = bytes.Join(lines, []byte("\n"))
	return out
}

// withThenKeyword replaces the keyword of a step by Then. An And whose Then was
// removed would belong to the When.
func withThenKeyword(line []byte) []byte {
	text := strings.TrimLeft(string(line), " \t")
	indent := string(line[:len(line)-len(text)])
	_, rest, _ := strings.Cut(text, " ")
	return []byte(indent + "Then " + rest)
}

// thenStepsOf returns the Then steps of a pickle with their lines.
func thenStepsOf(scenario *messages.Scenario, p *messages.Pickle) []ThenStep {
	var out []ThenStep
	for i, st := range p.Steps {
		if st.Type != messages.PickleStepType_OUTCOME {
			continue
		}
		for _, written := range scenario.Steps {
			if written.Id == st.AstNodeIds[0] {
				line := int(written.Location.Line)
				end := max(line, argumentEnd(written))
				out = append(out, ThenStep{Text: written.Text, Line: line, index: i, end: end})
			}
		}
	}
	return out
}

// argumentEnd returns the last line of a step's argument, or 0 if it has none.
func argumentEnd(st *messages.Step) int {
	if d := st.DocString; d != nil {
		return int(d.Location.Line) + strings.Count(d.Content, "\n") + 2
	}
	if t := st.DataTable; t != nil {
		return int(t.Rows[len(t.Rows)-1].Location.Line)
	}
	return 0
}
