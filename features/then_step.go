package features

import (
	"bytes"
	"slices"
	"strings"

	messages "github.com/cucumber/messages/go/v21"
)

// A ThenStep is a step of a scenario that judges: a Then, or what follows one.
type ThenStep struct {
	Text string // as it stands in the file, without its keyword
	Line int    // on which it stands: rows of one outline share it

	step int // its place among the scenario's steps
	end  int // the last line that belongs to it
}

// ThenSteps lists the steps of the scenario that judge, in order.
func (s Scenario) ThenSteps() []ThenStep { return slices.Clone(s.judgements) }

// WithoutStep is the scenario as it would be if that step of it, or of another row of
// its outline, had never been written. Line numbers hold.
func (s Scenario) WithoutStep(j ThenStep) Scenario {
	i := slices.IndexFunc(s.judgements, func(own ThenStep) bool { return own.Line == j.Line })
	if i < 0 {
		return s
	}
	j = s.judgements[i]
	lines := bytes.Split(s.content, []byte("\n"))
	for n := j.Line; n <= j.end; n++ {
		lines[n-1] = nil
	}
	out := s
	out.judgements = slices.Delete(slices.Clone(s.judgements), i, i+1)
	out.Steps = slices.Delete(slices.Clone(s.Steps), j.step, j.step+1)
	if i == 0 && len(out.judgements) > 0 {
		line := &lines[out.judgements[0].Line-1]
		*line = withThenKeyword(*line)
	}
	for n := i; n < len(out.judgements); n++ {
		out.judgements[n].step--
	}
	out.content = bytes.Join(lines, []byte("\n"))
	return out
}

// withThenKeyword gives a step the keyword Then: an And that lost the Then before it would
// belong to the When.
func withThenKeyword(line []byte) []byte {
	text := strings.TrimLeft(string(line), " \t")
	indent := string(line[:len(line)-len(text)])
	_, rest, _ := strings.Cut(text, " ")
	return []byte(indent + "Then " + rest)
}

// judgementsOf finds the judging steps of a pickle where they stand.
func judgementsOf(scenario *messages.Scenario, p *messages.Pickle) []ThenStep {
	var out []ThenStep
	for i, st := range p.Steps {
		if st.Type != messages.PickleStepType_OUTCOME {
			continue
		}
		for _, written := range scenario.Steps {
			if written.Id == st.AstNodeIds[0] {
				line := int(written.Location.Line)
				out = append(out, ThenStep{Text: written.Text, Line: line, step: i, end: max(line, argumentEnd(written))})
			}
		}
	}
	return out
}

// argumentEnd is the last line of a step's argument; 0 where it has none.
func argumentEnd(st *messages.Step) int {
	if d := st.DocString; d != nil {
		return int(d.Location.Line) + strings.Count(d.Content, "\n") + 2
	}
	if t := st.DataTable; t != nil {
		return int(t.Rows[len(t.Rows)-1].Location.Line)
	}
	return 0
}
