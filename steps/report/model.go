// Package report models the result of a conformance run and renders it.
//
// A [Report] holds the verdict on each requirement of the contract, down to the step
// and the recorded events that the verdict rests on, and describes the run: the service
// under test, its storage, the settings. Package steps returns reports; [ReadJSON] reads
// the JSON form that [WriteJSON] writes.
//
// The renderers ([WriteConsole], [WriteJSON], [WriteJUnit], [WriteCertificate]) are pure
// functions of a report: they use no network, no clock and no global state. A further
// format is one more file with one more Write function. The package does not judge:
// evidence, checks and the rules for verdicts are elsewhere.
package report

import (
	"strings"
	"time"

	"github.com/cvconform/cvconform/internal/textfmt"
)

// Schema identifies the JSON form of a [Report] and its version.
const Schema = "cvconform/report/v1"

// A Report is the result of one run.
type Report struct {
	// Schema is the constant [Schema].
	Schema string `json:"schema"`
	// Run describes the run: subject, settings, times.
	Run Run `json:"run"`
	// Verdict is the outcome of the whole run.
	Verdict RunVerdict `json:"verdict"`
	// Error explains why the run did not begin; nil if it began.
	Error *RunError `json:"error,omitempty"`
	// Counts has the number of requirements with each verdict. The JSON form has an
	// entry for every verdict of [Verdicts].
	Counts map[Verdict]int `json:"counts"`
	// Groups are the causes of the verdicts that need an explanation, as [Report.FindGroups]
	// returned them when the report was made. They are nil in reports of older versions.
	Groups []Group `json:"groups,omitempty"`
	// Requirements are the requirements that were selected, in the contract's order.
	Requirements []Requirement `json:"requirements"`
	// Situations are the act trees that were performed.
	Situations []ActTree `json:"situations"`
	// Controls are the control runs of a certificate; the zero value if there were none.
	Controls Controls `json:"controls"`
	// Warnings are sentences for the reader, one for each warned or inconclusive
	// requirement included.
	Warnings []string `json:"warnings"`
}

// A RunError explains why a run did not begin, so that nothing was judged.
type RunError struct {
	// Kind is "usage" (a mistake in the configuration), "environment" (the storage or the
	// service is not available), "interrupted", or "harness" (an error of cvconform).
	Kind string `json:"kind"`
	// Message describes the error.
	Message string `json:"message"`
	// Hint says how to fix it; "" if the message is enough.
	Hint string `json:"hint,omitempty"`
}

// String returns the message, and the hint on a line of its own.
func (e *RunError) String() string {
	text := "The run did not begin: " + e.Message
	if e.Hint != "" {
		text += "\n" + textfmt.HangingIndent("  hint: ", e.Hint)
	}
	return textfmt.EscapeControl(text)
}

// A Run describes a run: the suite, the service under test, and the settings.
type Run struct {
	// ID is the id of the run. The names of its queues, containers and projects contain it.
	// It is "" if the run did not begin.
	ID string `json:"id"`
	// Started and Finished are the instants at which the run began and ended.
	Started  time.Time `json:"started"`
	Finished time.Time `json:"finished"`
	// Complete is false if the run was interrupted or did not begin.
	Complete bool `json:"complete"`
	// Suite identifies the features and the program.
	Suite Suite `json:"suite"`
	// Target is the service under test.
	Target Target `json:"target"`
	// Storage is the storage that the service wrote to.
	Storage StorageInfo `json:"storage"`
	// Profile is the set of integrations that the service claims: "full",
	// "notifications" or "backup". It is "" if the run did not begin because of it.
	Profile string `json:"profile"`
	// Platforms are the export platforms of the projects' domain, as the service lists them.
	Platforms []string `json:"platforms,omitempty"`
	// ObjectDetection reports whether the service lists an object-detection domain.
	ObjectDetection bool `json:"objectDetection,omitempty"`
	// Provoked are the failures that the run had a way to provoke: "training-failure",
	// "export-failure".
	Provoked []string `json:"provoked,omitempty"`
	// Selection is the selection of requirements.
	Selection Selection `json:"selection"`
	// Readings has the value in force of each reading, by its name.
	Readings map[string]string `json:"readings"`
	// Observed has the values that the service showed for each reading or trait,
	// by its name.
	Observed map[string][]string `json:"observed"`
	// Budgets has each time limit by its name, as [time.Duration.String] writes it.
	Budgets map[string]string `json:"budgets"`
	// Parallel is the number of situations performed at a time.
	Parallel int `json:"parallel"`
	// Isolate reports whether the situation of every scenario was performed separately.
	Isolate bool `json:"isolate"`
	// Strict reports whether a broken should fails the run. It changes no verdict.
	Strict bool `json:"strict,omitempty"`
	// GatewayBypassed reports whether the service was seen to reach its storage without
	// the gateway.
	GatewayBypassed bool `json:"gatewayBypassed,omitempty"`
	// Visibility describes the storage operations that the run could observe; the zero value is the gateway.
	Visibility Visibility `json:"visibility,omitzero"`
	// RecordedVisibility is the visibility when the replayed recording was made.
	RecordedVisibility Visibility `json:"recordedVisibility,omitzero"`
	// Rerun is the command that repeats the run, without its selection of requirements.
	// It is "" if the run was not started by a command.
	Rerun string `json:"rerun"`
	// Plan is the version of the rules by which situations share projects.
	Plan int `json:"plan,omitempty"`
	// Created counts the resources that the run created; nil if they were not counted.
	Created *Created `json:"created,omitempty"`
}

// Created counts the resources that a run creates, by kind. The run deletes all of
// them before it ends.
type Created struct {
	// Projects is the number of projects on the service.
	Projects int `json:"projects"`
	// Attempts is the number of requests to create a project that the service is
	// expected to refuse.
	Attempts int `json:"attempts"`
	// Updates is the number of requests that change a project.
	Updates int `json:"updates"`
	// Tags is the number of tags on the service.
	Tags int `json:"tags"`
	// Images is the number of training images uploaded.
	Images int `json:"images"`
	// Trainings is the number of trainings started.
	Trainings int `json:"trainings"`
	// Exports is the number of exports started.
	Exports int `json:"exports"`
	// Queues is the number of queues in storage.
	Queues int `json:"queues"`
	// Containers is the number of blob containers in storage.
	Containers int `json:"containers"`
}

// A Suite identifies the features and the program that judged.
type Suite struct {
	// Version is the version of cvconform.
	Version string `json:"version"`
	// Revision is the commit that cvconform was built from; "" if it is not known.
	Revision string `json:"revision"`
	// FeaturesDigest is the SHA-256 of the features, in lower-case hex.
	FeaturesDigest string `json:"featuresDigest"`
	// Musts is the number of requirements of level must in the whole contract.
	Musts int `json:"musts"`
}

// A Target is the service under test.
type Target struct {
	// Kind is "fake", "container", "image", "exec", "function", "replay" or "endpoint". It is "" if
	// the run did not begin and its target is not known.
	Kind string `json:"kind"`
	// Name is the target as it was given, such as "exec:./my-service". It is "" in reports of older
	// versions.
	Name string `json:"name,omitempty"`
	// Endpoint is the base URL by which the run reached the service.
	Endpoint string `json:"endpoint"`
	// SeenEndpoint is the service's base URL in its own network; "" if it is Endpoint.
	SeenEndpoint string `json:"seenEndpoint,omitempty"`
	// APIVersion is the version in the paths of the API, such as "v3.3".
	APIVersion string `json:"apiVersion"`
	// Domain is the name of the domain of the projects that were created.
	Domain string `json:"domain,omitempty"`
	// CertificateNotVerified reports whether the run accepted the service's TLS
	// certificate without verifying it, so the service's identity is not proved.
	CertificateNotVerified bool `json:"unverified,omitempty"`
}

// A StorageInfo is the storage that the service under test wrote to.
type StorageInfo struct {
	// Kind is "container", "process", "external" or "azure".
	Kind string `json:"kind"`
	// Version is the version of Azurite; "" for other storage.
	Version string `json:"version"`
	// BlobEndpoint and QueueEndpoint are the base URLs by which the run reached storage.
	BlobEndpoint  string `json:"blobEndpoint"`
	QueueEndpoint string `json:"queueEndpoint"`
	// SeenBlobEndpoint and SeenQueueEndpoint are the base URLs that the service was
	// given: those of the gateway, if there is one.
	SeenBlobEndpoint  string `json:"seenBlobEndpoint"`
	SeenQueueEndpoint string `json:"seenQueueEndpoint"`
}

// A Selection is the selection of requirements.
type Selection struct {
	// Only and Skip are the selectors that were given: ids, globs of ids, tag
	// expressions.
	Only []string `json:"only"`
	Skip []string `json:"skip"`
	// Deselected are the ids of the requirements that the selectors left out.
	Deselected []string `json:"deselected"`
}

// A Requirement is one requirement of the contract with its verdict.
type Requirement struct {
	// ID is the requirement's id, such as "CVSI-TRAIN-01".
	ID string `json:"id"`
	// Level is "must", "should" or "may".
	Level string `json:"level"`
	// Title is the requirement as one sentence.
	Title string `json:"title"`
	// Feature and Line are the name of the feature file and the line of the rule in it.
	Feature string `json:"feature"`
	Line    int    `json:"line"`
	// Source names the document that states the requirement, such as "guide: create". It is "" in reports of
	// older versions.
	Source string `json:"source,omitempty"`
	// Verdict is the worst verdict of the scenarios.
	Verdict Verdict `json:"verdict"`
	// Reason explains the verdict; "" if the requirement passed.
	Reason string `json:"reason,omitempty"`
	// Scenarios are the cases of the requirement, in the order of the feature file.
	Scenarios []Scenario `json:"scenarios"`
}

// Reasons returns every text of the requirement's steps that explains a verdict, one
// line each: the step, its summary, the expected and the observed value, the diff. It
// returns "" if no step has a summary.
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

// A Scenario is one case of a requirement.
type Scenario struct {
	// Name is the scenario's title.
	Name string `json:"name"`
	// Line is the line of the scenario in the feature file.
	Line int `json:"line"`
	// Verdict is the outcome of the scenario.
	Verdict Verdict `json:"verdict"`
	// Reason explains the verdict; "" if the scenario passed.
	Reason string `json:"reason,omitempty"`
	// Situation is the key of the situation that the scenario judges.
	Situation string `json:"situation"`
	// DurationMs is the time that the acts of the situation took, in milliseconds.
	DurationMs int64 `json:"durationMs"`
	// Steps are the lines of the scenario, in order.
	Steps []Step `json:"steps"`
}

// A Step is one line of a scenario. The fields after Verdict are set if the verdict
// needs an explanation.
type Step struct {
	// Text is the line, without its keyword.
	Text string `json:"text"`
	// Verdict is the outcome of the step.
	Verdict Verdict `json:"verdict"`
	// Summary is the problem in one sentence.
	Summary string `json:"summary,omitempty"`
	// Want and Got are the expected and the observed value.
	Want string `json:"want,omitempty"`
	Got  string `json:"got,omitempty"`
	// Diff is a unified diff of the two.
	Diff string `json:"diff,omitempty"`
	// Events are the recorded events that the check examined.
	Events []Event `json:"events,omitempty"`
}

// An Event is a recorded event, in words.
type Event struct {
	// Seq is the event's position in its timeline, from 1.
	Seq int `json:"seq"`
	// AtMs is the time of the event after [ActTree.Started], in milliseconds.
	AtMs int64 `json:"atMs"`
	// Text describes the event. It may have several lines.
	Text string `json:"text"`
}

// An ActTree is a set of situations that were performed together because they share
// their first acts.
type ActTree struct {
	// Key identifies the tree within the report.
	Key string `json:"key"`
	// Started is the instant to which the times of the events refer.
	Started time.Time `json:"started,omitzero"`
	// PerformedMs is the time that performing the tree took, in milliseconds.
	PerformedMs int64 `json:"performedMs"`
	// Latencies has the longest wait for an effect that arrived, in milliseconds, by
	// the name of the budget that limited it.
	Latencies map[string]float64 `json:"latencies"`
	// Events is the number of events in the tree's timeline.
	Events int `json:"events"`
	// SHA256 is the digest of the tree's timeline in the evidence bundle, in
	// lower-case hex; "" if there is no bundle.
	SHA256 string `json:"sha256,omitempty"`
	// Error explains why the tree was not performed completely; "" if it was.
	Error string `json:"error,omitempty"`
}

// Controls are the verdicts of the runs that check the suite itself before it
// certifies a service.
type Controls struct {
	// Reference is the run verdict on the fake, with the same readings. It must be
	// conformant.
	Reference string `json:"reference"`
	// Null is the run verdict on a server that responds to every request with 200 and {}.
	// It must be not-conformant.
	Null string `json:"null"`
	// Problems explain the differences from these expectations.
	Problems []string `json:"problems,omitempty"`
}
