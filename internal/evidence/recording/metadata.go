package recording

import (
	"bytes"
	_ "embed" // the schema is a file, so that other tools can read it too
	"encoding/json"
	"time"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/steps/report"
)

// Schema names the version of the description of a recording.
const Schema = "cvconform/recording/v1"

// The names of the files of a recording that are not named in its description.
const (
	HeadFile   = "recording.json"
	ReportFile = "report.json"
)

//go:embed schema/recording-v1.json
var schemaText string

// JSONSchema returns the JSON Schema (draft 2020-12) of the description of a
// recording.
func JSONSchema() []byte { return []byte(schemaText) }

// A Metadata is the description of a recording, the file recording.json.
type Metadata struct {
	Schema     string                    `json:"schema"`
	Complete   bool                      `json:"complete"` // false: the run that made it did not come to its end
	Run        string                    `json:"run"`      // id of the run that made it
	Made       time.Time                 `json:"made"`     // when that run began
	Suite      evidence.Suite            `json:"suite"`    // the program that made it
	Verdict    string                    `json:"verdict"`  // of the run
	Target     RecordedTarget            `json:"target"`
	Storage    RecordedStorage           `json:"storage"`
	Profile    string                    `json:"profile"`
	Readings   map[string]string         `json:"readings"`
	Provoked   map[string]string         `json:"provoked"` // failure to the beginning of the names of projects that failed so
	Budgets    map[string]string         `json:"budgets"`
	Selection  report.Selection          `json:"selection"`
	Isolate    bool                      `json:"isolate"`
	Situations []Entry                   `json:"situations"`
	Outside    string                    `json:"outside"` // timeline of the calls that belong to no situation
	LeftOut    []evidence.OmittedContent `json:"leftOut"` // contents that the recording does not hold
}

// A RecordedTarget is the service that was recorded.
type RecordedTarget struct {
	Kind       string   `json:"kind"`
	Endpoint   string   `json:"endpoint"` // scheme, host and port
	APIVersion string   `json:"apiVersion"`
	Domain     string   `json:"domain"`    // name of the domain of its projects
	Platforms  []string `json:"platforms"` // that the domain exports, as the service lists them
}

// RecordedStorage is what the service wrote to, and how that was seen.
type RecordedStorage struct {
	Kind          string `json:"kind"`
	Seen          string `json:"seen"` // "gateway", "around" (not observed) or "poller"
	BlobEndpoint  string `json:"blobEndpoint"`
	QueueEndpoint string `json:"queueEndpoint"` // both as the service was given them, account included

	Visibility report.Visibility `json:"visibility,omitzero"` // which operations the poller could see; zero for the gateway
}

// An Entry is one situation of a recording.
type Entry struct {
	Key      string    `json:"key"`
	Timeline string    `json:"timeline"` // path of its file
	Started  time.Time `json:"started"`  // the instant to which the events' offsets refer
	Events   int       `json:"events"`
	Error    string    `json:"error,omitempty"` // why it could not be performed to its end
}

// Encode is the description as a file: indented by two spaces, lists and maps
// never null, with a newline at the end. The error is that of an instant which
// JSON cannot hold.
func (h Metadata) Encode() ([]byte, error) {
	h.Schema = Schema
	h.Target.Platforms = append([]string{}, h.Target.Platforms...)
	h.Situations = append([]Entry{}, h.Situations...)
	h.LeftOut = append([]evidence.OmittedContent{}, h.LeftOut...)
	s := &h.Selection
	s.Only, s.Skip, s.Deselected = append(
		[]string{},
		s.Only...), append(
		[]string{},
		s.Skip...), append(
		[]string{},
		s.Deselected...)
	for _, m := range []*map[string]string{&h.Readings, &h.Provoked, &h.Budgets} {
		if *m == nil {
			*m = map[string]string{}
		}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(h)
	return b.Bytes(), err
}

// Budget is a time limit of the run that made the recording; 0 where it had none
// of that name.
func (h Metadata) Budget(name string) time.Duration {
	d, err := time.ParseDuration(h.Budgets[name])
	if err != nil {
		return 0
	}
	return d
}
