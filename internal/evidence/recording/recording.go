package recording

import (
	_ "embed" // the schema is a file, so that other tools can read it too
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/bundle"
	"github.com/cvconform/cvconform/internal/jsonfile"
	"github.com/cvconform/cvconform/steps/report"
)

// Schema names the version of the file recording.json.
const Schema = "cvconform/recording/v2"

//go:embed schema/recording-v2.json
var schemaText string

// JSONSchema returns the JSON Schema (draft 2020-12) of the file recording.json.
func JSONSchema() []byte { return []byte(schemaText) }

// Metadata is the file recording.json. The report and the manifest of the bundle have the rest.
type Metadata struct {
	Schema   string            `json:"schema"`
	Provoked map[string]string `json:"provoked"` // failure to prefix of the names of projects that failed so
}

// EncodeMetadata returns the file recording.json.
func EncodeMetadata(provoked map[string]string) ([]byte, error) {
	return jsonfile.Encode(Metadata{Schema: Schema, Provoked: provoked})
}

// A Recording is a recorded run: read from files, or performed and kept in memory.
type Recording struct {
	Run          report.Run        // that made the recording
	Provoked     map[string]string // see [Metadata]
	LeftOut      []bundle.OmittedContent
	Situations   []Situation
	Unattributed []evidence.Event // calls that belong to no situation
	// ReadContent returns the content of a blob or a download, or nil without an error if the
	// recording does not have it. A nil function has no contents.
	ReadContent func(sum string) ([]byte, error)
}

// A Situation is the evidence of one project, or of one pair of projects.
type Situation struct {
	Key     string
	Started time.Time // the time to which the offsets of the events refer
	Events  []evidence.Event
}

// Open reads the recording in a folder. The error is a [*bundle.UnusableError]: there is no recording,
// it is of another version, or it is incomplete or damaged.
func Open(folder string) (*Recording, error) {
	info, err := os.Stat(folder)
	if err != nil {
		return nil, unusable(hintFolder, "the recording cannot be read: %w", err)
	}
	if !info.IsDir() {
		return nil, unusable(hintFolder, "%s is not a recording: it is not a folder", folder)
	}
	if err := checkVersion(folder); err != nil {
		return nil, err
	}
	b, err := bundle.Open(folder)
	if err != nil {
		return nil, unusable(hintAgain, "the recording cannot be used: %w", err)
	}
	if problems := b.CheckExceptMissingContents(); len(problems) > 0 {
		return nil, unusable(hintAgain, "the recording %s is damaged: %s", folder, strings.Join(problems, "; "))
	}
	r, err := Read(b)
	if err != nil {
		return nil, unusable(hintAgain, "the recording %s is damaged: %w", folder, err)
	}
	return r, nil
}

const (
	hintFolder = "give the folder that a recorded run wrote"
	hintAgain  = "record again, into another folder; the timelines in this one can be read"
)

func unusable(hint, format string, args ...any) error {
	return &bundle.UnusableError{Err: fmt.Errorf(format, args...), Hint: hint}
}

// checkVersion returns an error if the folder has no recording of this version.
func checkVersion(folder string) error {
	text, err := os.ReadFile(filepath.Join(folder, bundle.RecordingFile))
	if errors.Is(err, os.ErrNotExist) {
		return unusable(hintFolder, "%s is not a recording: it has no %s", folder, bundle.RecordingFile)
	}
	if err != nil {
		return unusable(hintFolder, "the recording cannot be read: %w", err)
	}
	var version struct {
		Schema string
		Suite  bundle.Suite
	}
	if err := json.Unmarshal(text, &version); err != nil || version.Schema == Schema {
		return nil // a damaged file is found later
	}
	hint := "use the version of cvconform that made it"
	if version.Suite.Version != "" {
		hint = "use cvconform " + version.Suite.Version + ", which made it"
	}
	return unusable(hint, "%s is a recording with the schema %q, this program reads %q", folder, version.Schema, Schema)
}

// Read returns the recording in a bundle that has no problems; see [bundle.Bundle.CheckExceptMissingContents].
func Read(b *bundle.Bundle) (*Recording, error) {
	text, err := b.Read(bundle.RecordingFile)
	if err != nil {
		return nil, err
	}
	var metadata Metadata
	if err := jsonfile.Decode(text, &metadata); err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", bundle.RecordingFile, err)
	}
	if text, err = b.Read(bundle.ReportFile); err != nil {
		return nil, err
	}
	of, err := report.ReadJSON(text)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", bundle.ReportFile, err)
	}
	r := &Recording{Run: of.Run, Provoked: metadata.Provoked, LeftOut: b.Manifest.LeftOut}
	r.ReadContent = func(sum string) ([]byte, error) {
		if !b.Has(bundle.BlobFile(sum)) {
			return nil, nil
		}
		return b.Read(bundle.BlobFile(sum))
	}
	for i, s := range of.Situations {
		if s.Events == 0 {
			continue
		}
		events, err := readTimeline(b, i+1, s.Started)
		if err != nil {
			return nil, err
		}
		r.Situations = append(r.Situations, Situation{Key: s.Key, Started: s.Started, Events: events})
	}
	r.Unattributed, err = readTimeline(b, bundle.OutsideTimeline, of.Run.Started)
	return r, err
}

func readTimeline(b *bundle.Bundle, number int, began time.Time) ([]evidence.Event, error) {
	name := bundle.TimelineFile(number)
	text, err := b.Read(name)
	if err != nil {
		return nil, err
	}
	events, err := evidence.DecodeEvents(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if problem := evidence.Validate(events, began); problem != "" {
		return nil, fmt.Errorf("%s: %s", name, problem)
	}
	return events, nil
}

// Content returns a content; nil without an error if the recording does not have it.
func (r *Recording) Content(sum string) ([]byte, error) {
	if r.ReadContent == nil || sum == "" {
		return nil, nil
	}
	return r.ReadContent(sum)
}

// Budget returns a time limit of the run that made the recording; 0 if it had none of that name.
func (r *Recording) Budget(name string) time.Duration {
	d, err := time.ParseDuration(r.Run.Budgets[name])
	if err != nil {
		return 0
	}
	return d
}

// StoredDigests returns the digests of the contents that were available to the run: of blobs at the
// end, and of the downloads.
func (r *Recording) StoredDigests() map[string]bool {
	stored := map[string]bool{}
	for _, s := range r.Situations {
		for _, e := range s.Events {
			switch {
			case e.Kind == evidence.KindBlob:
				stored[e.Blob.SHA256] = true
			case e.Kind == evidence.KindDownload && e.Download.Error == "":
				stored[e.Download.SHA256] = true
			}
		}
	}
	return stored
}
