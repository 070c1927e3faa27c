package recording

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/steps/report"
)

// A Recording is one that was read, or what a run performed in memory.
type Recording struct {
	Head         Metadata
	Situations   []Situation
	Unattributed []evidence.Event // calls that belong to no situation
	Contents     fs.FS            // of blobs and downloads, by [evidence.ContentFile]; nil holds none
}

// A Situation is what was performed on one project, or on one pair.
type Situation struct {
	Key    string
	Events []evidence.Event
}

// Read reads a recording. The error is an [*evidence.UnusableError]: there is
// none, it is of another version, or it is not whole.
func Read(folder fs.FS) (*Recording, error) {
	r := &Recording{Contents: folder}
	if err := r.readHead(folder); err != nil {
		return nil, err
	}
	for _, e := range r.Head.Situations {
		events, err := timeline(folder, e.Timeline, e.Started)
		if err == nil && len(events) != e.Events {
			err = broken("%s has %d events, %s says %d", e.Timeline, len(events), HeadFile, e.Events)
		}
		if err != nil {
			return nil, err
		}
		r.Situations = append(r.Situations, Situation{Key: e.Key, Events: events})
	}
	var err error
	r.Unattributed, err = timeline(folder, r.Head.Outside, r.Head.Made)
	return r, err
}

func (r *Recording) readHead(folder fs.FS) error {
	text, err := fs.ReadFile(folder, HeadFile)
	if errors.Is(err, fs.ErrNotExist) {
		return &evidence.UnusableError{
			Err:  fmt.Errorf("it is no recording: it has no %s", HeadFile),
			Hint: "give the folder that cvconform run --record wrote",
		}
	}
	if err != nil {
		return broken("%s cannot be read: %w", HeadFile, err)
	}
	if err := json.Unmarshal(text, &r.Head); err != nil {
		return broken("%s cannot be read: %w", HeadFile, err)
	}
	switch {
	case r.Head.Schema != Schema:
		return &evidence.UnusableError{
			Err:  fmt.Errorf("it is a recording of the form %q, this program reads %q", r.Head.Schema, Schema),
			Hint: "use the version of cvconform that made it",
		}
	case !r.Head.Complete:
		return &evidence.UnusableError{Err: errors.New("it is not complete: the run that made it did not come to its end"),
			Hint: "record again, into another folder; the timelines in it can be read"}
	}
	return nil
}

// Report is the report of the run that made the recording. The error says why it
// cannot be read.
func Report(folder fs.FS) (*report.Report, error) {
	text, err := fs.ReadFile(folder, ReportFile)
	if err != nil {
		return nil, err
	}
	return report.ReadJSON(text)
}

func timeline(folder fs.FS, name string, began time.Time) ([]evidence.Event, error) {
	text, err := fs.ReadFile(folder, name)
	if err != nil {
		return nil, broken("its timeline cannot be read: %w", err)
	}
	events, err := evidence.DecodeEvents(text)
	if err != nil {
		return nil, broken("%s: %w", name, err)
	}
	if why := evidence.Validate(events, began); why != "" {
		return nil, broken("%s: %s", name, why)
	}
	return events, nil
}

func broken(format string, args ...any) error {
	return &evidence.UnusableError{Err: fmt.Errorf("it is no whole recording: "+format, args...), Hint: "record again"}
}

// Content is a content that the recording holds; nil where it knows no more of it
// than the digest. The error says why it cannot be read, or that it is another.
func (r *Recording) Content(sum string) ([]byte, error) {
	if r.Contents == nil || sum == "" {
		return nil, nil
	}
	data, err := fs.ReadFile(r.Contents, evidence.ContentFile(sum))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if got := sha256.Sum256(data); err == nil && hex.EncodeToString(got[:]) != sum {
		return nil, fmt.Errorf("%s is not what it was", evidence.ContentFile(sum))
	}
	return data, err
}

// StoredDigests are the digests of the contents that were kept when they were seen: of blobs
// as they were in the end, and of what was behind links.
func (r *Recording) StoredDigests() map[string]bool {
	kept := map[string]bool{}
	for _, s := range r.Situations {
		for _, e := range s.Events {
			switch {
			case e.Kind == evidence.KindBlob:
				kept[e.Blob.SHA256] = true
			case e.Kind == evidence.KindDownload && e.Download.Error == "":
				kept[e.Download.SHA256] = true
			}
		}
	}
	return kept
}
