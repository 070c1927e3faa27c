// Package result holds the result model of a self-test, which requirement caught
// which defect of the fake and for which reason, and pure renderers of it: the
// terminal, JSON (schema cvconform/selftest/v1, see the folder schema) and a page
// of HTML. It judges nothing but what adds up from the outcomes. Renderers touch
// no network, no clock and no global state.
package result

import (
	"fmt"
	"strings"
	"time"

	"github.com/cvconform/cvconform/steps/report"
)

// Schema names the version of the JSON form.
const Schema = "cvconform/selftest/v1"

// Outcome is what became of a defect, or of one of its catches.
type Outcome string

// The outcomes. A defect has the worst of its catches, in this order.
const (
	HarnessError Outcome = "broken-harness" // it could not be judged
	NotRun       Outcome = "not-run"        // the self-test was interrupted
	Missed       Outcome = "missed"         // nothing was found wrong
	WrongReason  Outcome = "wrong-reason"   // something was, but not this
	Caught       Outcome = "caught"
)

// The outcomes of liberties, beside [BrokenHarness] and [NotRun].
const (
	Flagged  Outcome = "flagged" // a requirement objects to it
	Accepted Outcome = "accepted"
)

// Outcomes lists those of defects in the order in which they are counted and printed.
func Outcomes() []Outcome { return []Outcome{Caught, Missed, WrongReason, HarnessError, NotRun} }

// How much was judged for each defect.
const (
	Named = "named" // the requirements that it names, and what their situations show of others
	All   = "all"   // every requirement
)

// Verdict is what a self-test comes to.
type Verdict string

// The verdicts, the first that holds of these.
const (
	Incomplete Verdict = "incomplete" // it was interrupted
	NotProven  Verdict = "not-proven" // there are problems
	Partial    Verdict = "partial"    // nothing is wrong with what was selected
	Proven     Verdict = "proven"
)

// A Matrix is the result of one self-test.
type Matrix struct {
	Schema       string          `json:"schema"`
	Run          Run             `json:"run"`
	Verdict      Verdict         `json:"verdict"`
	Counts       map[Outcome]int `json:"counts"`   // defects by outcome, every outcome named
	Problems     []string        `json:"problems"` // why it is not proven
	Defects      []Defect        `json:"defects"`
	Variations   []Variation     `json:"variations"`
	Requirements []Requirement   `json:"requirements"`
}

// Run says what was judged, over what, and how.
type Run struct {
	ID        string       `json:"id"`
	Started   time.Time    `json:"started"`
	Finished  time.Time    `json:"finished"`
	Complete  bool         `json:"complete"` // false: it was interrupted
	Suite     report.Suite `json:"suite"`
	Storage   StorageInfo  `json:"storage"`
	Selection Selection    `json:"selection"`
	Judged    string       `json:"judged"`   // Named or All
	Parallel  int          `json:"parallel"` // defects at a time
}

// StorageInfo is what the faulty services wrote to.
type StorageInfo struct {
	Kind    string `json:"kind"`
	Version string `json:"version"`
}

// String is the kind, and the version where it is known.
func (s StorageInfo) String() string { return strings.TrimSpace(s.Kind + " " + s.Version) }

// Selection is what was asked for: empty means everything.
type Selection struct {
	Defects []string `json:"defects"`
	Only    []string `json:"only"`
}

// A Defect is one misbehaviour of the fake, with what became of it.
type Defect struct {
	Name        string   `json:"name"`
	Description string   `json:"sentence"`
	Feature     string   `json:"feature"` // of the first requirement that has to catch it
	Outcome     Outcome  `json:"outcome"`
	Error       string   `json:"error,omitempty"` // of the harness
	Catches     []Catch  `json:"catches"`
	Collateral  []Result `json:"collateral"` // other requirements that did not hold
	Unaffected  []string `json:"held"`       // ids of other requirements that were judged and held
	DurationMs  int64    `json:"durationMs"`
}

// A Catch is a requirement that has to catch a defect.
type Catch struct {
	Requirement    string         `json:"requirement"`
	ReasonContains string         `json:"why"` // the piece of the reason that it has to give
	Outcome        Outcome        `json:"outcome"`
	Verdict        report.Verdict `json:"verdict,omitempty"`
	Reason         string         `json:"reason,omitempty"` // that it gave
}

// A Result is the verdict of a requirement.
type Result struct {
	Requirement string         `json:"requirement"`
	Verdict     report.Verdict `json:"verdict"`
	Reason      string         `json:"reason,omitempty"`
}

// A Variation is what a service may do otherwise than the fake: no requirement may
// object to it.
type Variation struct {
	Name        string   `json:"name"`
	Description string   `json:"sentence"`
	Outcome     Outcome  `json:"outcome"`
	Error       string   `json:"error,omitempty"`
	FlaggedBy   []Result `json:"flaggedBy"` // requirements that objected
	DurationMs  int64    `json:"durationMs"`
}

// A Requirement is one line of the contract, with the defects that prove that it
// can fail, and its steps, with those that prove that they are needed.
type Requirement struct {
	ID       string   `json:"id"`
	Level    string   `json:"level"`
	Title    string   `json:"title"`
	Feature  string   `json:"feature"`
	Line     int      `json:"line"`
	ProvenBy []string `json:"provenBy"`
	Steps    []Step   `json:"steps"`
}

// A Step is one Then of a requirement. A defect proves it that would not be
// caught as it has to be if the step were not there.
type Step struct {
	Line     int      `json:"line"`
	Text     string   `json:"text"`
	ProvenBy []string `json:"provenBy"`
}

// ComputeVerdict counts the outcomes, and says whether the suite is proven, and why not.
func (m *Matrix) ComputeVerdict() {
	m.Schema, m.Counts, m.Problems = Schema, map[Outcome]int{}, nil
	for _, o := range Outcomes() {
		m.Counts[o] = 0
	}
	for _, d := range m.Defects {
		m.Counts[d.Outcome]++
		m.Problems = append(m.Problems, d.problems()...)
	}
	for _, l := range m.Variations {
		m.Problems = append(m.Problems, l.problems()...)
	}
	if m.Run.Complete && m.coversEverything() {
		for _, q := range m.Requirements {
			m.Problems = append(m.Problems, q.problems()...)
		}
	}
	switch {
	case !m.Run.Complete:
		m.Verdict = Incomplete
	case len(m.Problems) > 0:
		m.Verdict = NotProven
	case len(m.Run.Selection.Defects)+len(m.Run.Selection.Only) > 0:
		m.Verdict = Partial
	default:
		m.Verdict = Proven
	}
}

func (d Defect) problems() []string {
	if d.Outcome == HarnessError {
		return []string{fmt.Sprintf("%s could not be judged: %s", d.Name, d.Error)}
	}
	var out []string
	for _, c := range d.Catches {
		switch c.Outcome {
		case Missed:
			out = append(out, fmt.Sprintf("%s is missed by %s", d.Name, c.Requirement))
		case WrongReason:
			out = append(out, fmt.Sprintf("%s is caught by %s for another reason", d.Name, c.Requirement))
		}
	}
	return out
}

func (l Variation) problems() []string {
	if l.Outcome == HarnessError {
		return []string{fmt.Sprintf("variation %s could not be judged: %s", l.Name, l.Error)}
	}
	var out []string
	for _, r := range l.FlaggedBy {
		out = append(out, fmt.Sprintf("variation %s is flagged by %s", l.Name, r.Requirement))
	}
	return out
}

// problems names what no defect proves.
func (q Requirement) problems() []string {
	if len(q.ProvenBy) == 0 {
		return []string{"no defect proves " + q.ID}
	}
	var out []string
	for _, s := range q.Steps {
		if len(s.ProvenBy) == 0 {
			out = append(
				out,
				fmt.Sprintf("no defect proves the step at features/%s:%d of %s: %s", q.Feature, s.Line, q.ID, s.Text),
			)
		}
	}
	return out
}
