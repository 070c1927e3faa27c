// Package result models the result of a self-test and renders it: for each defect of
// the fake, the requirements that caught it and their reasons.
//
// [Matrix.ComputeVerdict] derives counts, problems and the verdict from the outcomes.
// The renderers (terminal, JSON, HTML) are pure functions of a matrix: they use no
// network, no clock and no global state. The package does not run or judge anything,
// and should not learn to: package selftest does.
package result

import (
	"fmt"
	"strings"
	"time"

	"github.com/cvconform/cvconform/steps/report"
)

// Schema identifies the JSON form of a [Matrix] and its version.
const Schema = "cvconform/selftest/v1"

// An Outcome is the result for a defect, for one of its catches, or for a variation.
type Outcome string

// The outcomes of defects and catches. A defect has the first of these that one of its
// catches has.
const (
	HarnessError Outcome = "broken-harness" // it could not be judged
	NotRun       Outcome = "not-run"        // the self-test was interrupted before
	Missed       Outcome = "missed"         // the requirement held
	WrongReason  Outcome = "wrong-reason"   // the requirement did not hold, but for another reason
	Caught       Outcome = "caught"         // the requirement did not hold, for the expected reason
)

// The outcomes of variations, in addition to [HarnessError] and [NotRun].
const (
	Flagged  Outcome = "flagged"  // a requirement objects
	Accepted Outcome = "accepted" // no requirement objects
)

// Outcomes returns the outcomes of defects, in the order in which they are counted.
func Outcomes() []Outcome { return []Outcome{Caught, Missed, WrongReason, HarnessError, NotRun} }

// The values of [Run.Judged].
const (
	Named = "named" // the requirements that the defect names, and others about the same situations
	All   = "all"   // every requirement
)

// A Verdict is the outcome of the self-test.
type Verdict string

// The verdicts. A self-test has the first one that applies.
const (
	Incomplete Verdict = "incomplete" // it was interrupted
	NotProven  Verdict = "not-proven" // there are problems
	Partial    Verdict = "partial"    // there are no problems, but defects were left out
	Proven     Verdict = "proven"
)

// A Matrix is the result of one self-test.
type Matrix struct {
	Schema       string          `json:"schema"` // the constant Schema
	Run          Run             `json:"run"`
	Verdict      Verdict         `json:"verdict"`
	Counts       map[Outcome]int `json:"counts"`   // number of defects with each outcome of Outcomes
	Problems     []string        `json:"problems"` // reasons why the suite is not proven
	Defects      []Defect        `json:"defects"`
	Variations   []Variation     `json:"variations"`
	Requirements []Requirement   `json:"requirements"`
}

// A Run describes a self-test.
type Run struct {
	ID        string       `json:"id"`
	Started   time.Time    `json:"started"`
	Finished  time.Time    `json:"finished"`
	Complete  bool         `json:"complete"` // false if it was interrupted
	Suite     report.Suite `json:"suite"`
	Storage   StorageInfo  `json:"storage"`
	Selection Selection    `json:"selection"`
	Judged    string       `json:"judged"`   // Named or All
	Parallel  int          `json:"parallel"` // number of defects judged at a time
}

// A StorageInfo is the storage that the defective services wrote to.
type StorageInfo struct {
	Kind    string `json:"kind"`
	Version string `json:"version"` // "" if it is not known
}

// String returns the kind, and the version if it is known.
func (s StorageInfo) String() string { return strings.TrimSpace(s.Kind + " " + s.Version) }

// A Selection is the selection of defects. Empty lists select all.
type Selection struct {
	Defects []string `json:"defects"` // names, or globs of names
	Only    []string `json:"only"`    // selectors of requirements
}

// A Defect is one fault of the fake, with its outcome.
type Defect struct {
	Name        string   `json:"name"`
	Description string   `json:"sentence"`
	Feature     string   `json:"feature"` // that of the first requirement that must catch it
	Outcome     Outcome  `json:"outcome"`
	Error       string   `json:"error,omitempty"` // of the harness
	Catches     []Catch  `json:"catches"`
	Collateral  []Result `json:"collateral"` // other requirements that did not hold
	Unaffected  []string `json:"held"`       // ids of other requirements that held
	DurationMs  int64    `json:"durationMs"`
}

// A Catch is a requirement that must catch a defect, with its outcome.
type Catch struct {
	Requirement    string         `json:"requirement"`
	ReasonContains string         `json:"why"` // text that the requirement's reasons must contain
	Outcome        Outcome        `json:"outcome"`
	Verdict        report.Verdict `json:"verdict,omitempty"`
	Reason         string         `json:"reason,omitempty"` // that the requirement gave
}

// A Result is the verdict of a requirement.
type Result struct {
	Requirement string         `json:"requirement"`
	Verdict     report.Verdict `json:"verdict"`
	Reason      string         `json:"reason,omitempty"`
}

// A Variation is a permitted difference from the fake, with its outcome. No requirement
// may object to it.
type Variation struct {
	Name        string   `json:"name"`
	Description string   `json:"sentence"`
	Outcome     Outcome  `json:"outcome"`
	Error       string   `json:"error,omitempty"`
	FlaggedBy   []Result `json:"flaggedBy"` // the requirements that objected
	DurationMs  int64    `json:"durationMs"`
}

// A Requirement is one requirement of the contract, with the defects that prove that it
// can fail, and its steps.
type Requirement struct {
	ID       string   `json:"id"`
	Level    string   `json:"level"`
	Title    string   `json:"title"`
	Feature  string   `json:"feature"`
	Line     int      `json:"line"`
	ProvenBy []string `json:"provenBy"`
	Steps    []Step   `json:"steps"`
}

// A Step is one Then step of a requirement, with the defects that prove it: without the
// step they would not be caught as expected.
type Step struct {
	Line     int      `json:"line"`
	Text     string   `json:"text"`
	ProvenBy []string `json:"provenBy"`
}

// ComputeVerdict sets the schema, the counts, the problems and the verdict from the
// other fields.
func (m *Matrix) ComputeVerdict() {
	m.Schema, m.Counts, m.Problems = Schema, map[Outcome]int{}, nil
	for _, o := range Outcomes() {
		m.Counts[o] = 0
	}
	for _, d := range m.Defects {
		m.Counts[d.Outcome]++
		m.Problems = append(m.Problems, d.problems()...)
	}
	for _, v := range m.Variations {
		m.Problems = append(m.Problems, v.problems()...)
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

func (v Variation) problems() []string {
	if v.Outcome == HarnessError {
		return []string{fmt.Sprintf("variation %s could not be judged: %s", v.Name, v.Error)}
	}
	var out []string
	for _, r := range v.FlaggedBy {
		out = append(out, fmt.Sprintf("variation %s is flagged by %s", v.Name, r.Requirement))
	}
	return out
}

// problems returns a problem for the requirement, or for each of its steps, that no
// defect proves.
func (q Requirement) problems() []string {
	if len(q.ProvenBy) == 0 {
		return []string{"no defect proves " + q.ID}
	}
	var out []string
	for _, s := range q.Steps {
		if len(s.ProvenBy) == 0 {
			place := fmt.Sprintf("features/%s:%d of %s", q.Feature, s.Line, q.ID)
			out = append(out, fmt.Sprintf("no defect proves the step at %s: %s", place, s.Text))
		}
	}
	return out
}
