// Package report holds the one result model of a run, and pure renderers of
// it: the terminal, JSON (schema cvconform/report/v1, see the folder schema)
// and JUnit XML. Renderers touch no network, no clock and no global state.
package report

import (
	"fmt"
	"time"
)

// Schema names the version of the JSON form.
const Schema = "cvconform/report/v1"

// Verdict is the outcome for a step, a scenario, a requirement.
type Verdict string

// The verdicts of requirements, scenarios and steps.
const (
	Passed          Verdict = "passed"
	Failed          Verdict = "failed"
	Warned          Verdict = "warned"         // a broken should
	Observed        Verdict = "observed"       // a may, whatever was seen
	Inconclusive    Verdict = "inconclusive"   // could not be seen
	NotApplicable   Verdict = "not-applicable" // profile, reading or capability
	ExpectedFailure Verdict = "expected-failure"
	UnexpectedPass  Verdict = "unexpected-pass"
	HarnessError    Verdict = "harness-error"
	NotRun          Verdict = "not-run"
)

// Verdicts lists them in the order in which they are counted and printed.
func Verdicts() []Verdict {
	return []Verdict{
		Passed,
		Failed,
		Warned,
		Observed,
		Inconclusive,
		NotApplicable,
		ExpectedFailure,
		UnexpectedPass,
		HarnessError,
		NotRun,
	}
}

// RunVerdict is the outcome of the whole run.
type RunVerdict string

// The run verdicts, the first that holds of these.
const (
	Invalid                RunVerdict = "invalid"
	NotConformant          RunVerdict = "not-conformant"
	RunInconclusive        RunVerdict = "inconclusive"
	Partial                RunVerdict = "partial"
	ConformantWithWarnings RunVerdict = "conformant-with-warnings"
	Conformant             RunVerdict = "conformant"
)

// A Report is the result of one run.
type Report struct {
	Schema       string          `json:"schema"`
	Run          Run             `json:"run"`
	Verdict      RunVerdict      `json:"verdict"`
	Counts       map[Verdict]int `json:"counts"` // requirements by verdict, every verdict named
	Requirements []Requirement   `json:"requirements"`
	Situations   []ActTree       `json:"situations"`
	Controls     Controls        `json:"controls"`
	Warnings     []string        `json:"warnings"`
}

// Run says what was run, on what, and how.
type Run struct {
	ID                 string              `json:"id"`
	Started            time.Time           `json:"started"`
	Finished           time.Time           `json:"finished"`
	Complete           bool                `json:"complete"` // false: it was interrupted
	Suite              Suite               `json:"suite"`
	Target             Target              `json:"target"`
	Storage            StorageInfo         `json:"storage"`
	Profile            string              `json:"profile"`
	Platforms          []string            `json:"platforms,omitempty"` // that the domain exports, as the service lists them
	Provoked           []string            `json:"provoked,omitempty"`  // failures that there is a way to provoke
	Selection          Selection           `json:"selection"`
	Readings           map[string]string   `json:"readings"`
	Observed           map[string][]string `json:"observed"` // what was seen beside the requirements
	Budgets            map[string]string   `json:"budgets"`
	Parallel           int                 `json:"parallel"`
	Isolate            bool                `json:"isolate"`
	GatewayBypassed    bool                `json:"around,omitempty"`            // the service reaches its storage around the gateway
	Visibility         Visibility          `json:"visibility,omitzero"`         // of storage in this run
	RecordedVisibility Visibility          `json:"recordedVisibility,omitzero"` // of storage when the replayed recording was made
	Rerun              string              `json:"again"`                       // the command that runs this again, but for its selection
	Plan               int                 `json:"plan,omitempty"`              // version of the rules by which situations share projects
	Created            *Created            `json:"made,omitempty"`              // what was created; nil in reports of before it was counted
}

// Created counts what a run creates on the service and in its storage, by kind. All
// of it is removed in the end.
type Created struct {
	Projects   int `json:"projects"`
	Attempts   int `json:"attempts"` // to create a project, that are to be refused
	Updates    int `json:"updates"`
	Tags       int `json:"tags"`
	Images     int `json:"images"`
	Trainings  int `json:"trainings"`
	Exports    int `json:"exports"`
	Queues     int `json:"queues"`
	Containers int `json:"containers"`
}

// Suite names the features that judged.
type Suite struct {
	Version        string `json:"version"`
	Revision       string `json:"revision"`
	FeaturesDigest string `json:"featuresDigest"` // SHA-256, lower-case hex
	Musts          int    `json:"musts"`          // of the whole contract
}

// Target is the service under test. SeenEndpoint is its address as the service
// itself sees it, where that differs.
type Target struct {
	Kind                   string `json:"kind"`
	Endpoint               string `json:"endpoint"`
	SeenEndpoint           string `json:"seenEndpoint,omitempty"`
	APIVersion             string `json:"apiVersion"`
	Domain                 string `json:"domain,omitempty"`     // of the projects that were made
	CertificateNotVerified bool   `json:"unverified,omitempty"` // its certificate was not verified: nobody knows who answered
}

// StorageInfo is what the service under test wrote to. The endpoints are those of
// the harness; the seen ones are those of the service: on the gateway, where one
// stands.
type StorageInfo struct {
	Kind              string `json:"kind"`
	Version           string `json:"version"`
	BlobEndpoint      string `json:"blobEndpoint"`
	QueueEndpoint     string `json:"queueEndpoint"`
	SeenBlobEndpoint  string `json:"seenBlobEndpoint"`
	SeenQueueEndpoint string `json:"seenQueueEndpoint"`
}

// Selection is what was asked for, and the ids that it left out.
type Selection struct {
	Only       []string `json:"only"`
	Skip       []string `json:"skip"`
	Deselected []string `json:"deselected"`
}

// A Requirement is one line of the contract with its verdict: that of its worst
// scenario.
type Requirement struct {
	ID        string     `json:"id"`
	Level     string     `json:"level"`
	Title     string     `json:"title"`
	Feature   string     `json:"feature"`
	Line      int        `json:"line"`
	Verdict   Verdict    `json:"verdict"`
	Reason    string     `json:"reason,omitempty"`
	Scenarios []Scenario `json:"scenarios"`
}

// A Scenario is one case of a requirement.
type Scenario struct {
	Name       string  `json:"name"`
	Line       int     `json:"line"`
	Verdict    Verdict `json:"verdict"`
	Reason     string  `json:"reason,omitempty"`
	Situation  string  `json:"situation"`
	DurationMs int64   `json:"durationMs"` // of the acts that it looks at
	Steps      []Step  `json:"steps"`
}

// A Step is one line of a scenario; what follows the verdict is there where the
// verdict needs explaining.
type Step struct {
	Text    string  `json:"text"`
	Verdict Verdict `json:"verdict"`
	Summary string  `json:"summary,omitempty"`
	Want    string  `json:"want,omitempty"`
	Got     string  `json:"got,omitempty"`
	Diff    string  `json:"diff,omitempty"`
	Events  []Event `json:"events,omitempty"`
}

// An Event is one piece of evidence that a judgement looked at, in words.
type Event struct {
	Seq  int    `json:"seq"`
	AtMs int64  `json:"atMs"` // since the situation began
	Text string `json:"text"`
}

// A ActTree is what was performed once and judged by many.
type ActTree struct {
	Key         string             `json:"key"`
	Started     time.Time          `json:"started,omitzero"` // the instant to which the events' offsets refer
	PerformedMs int64              `json:"performedMs"`
	Latencies   map[string]float64 `json:"latencies"` // milliseconds, by budget: the longest wait that ended
	Events      int                `json:"events"`
	SHA256      string             `json:"sha256,omitempty"` // of its timeline in an evidence bundle, lower-case hex
	Error       string             `json:"error,omitempty"`  // why it could not be performed to its end
}

// Controls are the runs that prove the suite itself, by their verdicts; empty
// where none was made. The reference is the fake, with the readings in force; null
// is a server that answers everything with 200 and {}.
type Controls struct {
	Reference string   `json:"reference"`
	Null      string   `json:"null"`
	Problems  []string `json:"problems,omitempty"` // in what they did not come out as they have to
}

// MustCounts counts the musts of the contract: all, and those that were judged
// (passed or failed); rest names the others with their verdict, and says how
// many were deselected.
func (r *Report) MustCounts() (judged, all int, rest []string) {
	for _, q := range r.Requirements {
		if q.Level != "must" {
			continue
		}
		all++
		if q.Verdict == Passed || q.Verdict == Failed {
			judged++
		} else {
			rest = append(rest, q.ID+" "+string(q.Verdict))
		}
	}
	if deselected := r.Run.Suite.Musts - all; deselected > 0 {
		rest = append(rest, fmt.Sprintf("%d deselected", deselected))
		all = r.Run.Suite.Musts
	}
	return judged, all, rest
}

// OpenRequirements has a line for each requirement that is a warning or inconclusive.
func (r *Report) OpenRequirements() []string {
	var out []string
	for _, q := range r.Requirements {
		if q.Verdict == Warned || q.Verdict == Inconclusive {
			out = append(out, fmt.Sprintf("%s %s: %s", q.ID, q.Verdict, q.Reason))
		}
	}
	return out
}
