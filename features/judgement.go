package features

import (
	"bytes"
	"slices"
	"strings"

	messages "github.com/cucumber/messages/go/v21"
)

// A Judgement is a step of a scenario that judges: a Then, or what follows one.
type Judgement struct {
	Text string // as it stands in the file, without its keyword
	Line int    // on which it stands: rows of one outline share it

	step int // its place among the scenario's steps
	end  int // the last line that belongs to it
}

// Judgements lists the steps of the scenario that judge, in order.
func (s Scenario) Judgements() []Judgement { return slices.Clone(s.judgements) }

// Without is the scenario as it would be if that step of it, or of another row of
// its outline, had never been written. Line numbers hold.
func (s Scenario) Without(j Judgement) Scenario {
	i := slices.IndexFunc(s.judgements, func(own Judgement) bool { return own.Line == j.Line })
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
		*line = asThen(*line)
	}
	for n := i; n < len(out.judgements); n++ {
		out.judgements[n].step--
	}
	out.content = bytes.Join(lines, []byte("\n"))
	return out
}

// asThen gives a step the keyword Then: an And that lost the Then before it would
// belong to the When.
func asThen(line []byte) []byte {
	text := strings.TrimLeft(string(line), " \t")
	indent := string(line[:len(line)-len(text)])
	_, rest, _ := strings.Cut(text, " ")
	return []byte(indent + "Then " + rest)
}

// judgementsOf finds the judging steps of a pickle where they stand.
func judgementsOf(scenario *messages.Scenario, p *messages.Pickle) []Judgement {
	var out []Judgement
	for i, st := range p.Steps {
		if st.Type != messages.PickleStepType_OUTCOME {
			continue
		}
		for _, written := range scenario.Steps {
			if written.Id == st.AstNodeIds[0] {
				line := int(written.Location.Line)
				out = append(out, Judgement{Text: written.Text, Line: line, step: i, end: max(line, argumentEnd(written))})
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
