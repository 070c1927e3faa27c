package session

import (
	"errors"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/bundle"
	"github.com/cvconform/cvconform/internal/evidence/recording"
	"github.com/cvconform/cvconform/internal/userr"
	"github.com/cvconform/cvconform/steps/report"
)

// A recorder makes a recording: in a folder, or, without a writer, in memory.
type recorder struct {
	writer  *bundle.Writer
	section *bundle.Section
	outside *evidence.Timeline // calls that belong to no situation
}

// withRecording calls judge, and makes the recording that the settings ask for.
// The recording of an interrupted run has no manifest.
func withRecording(
	s Settings,
	notes *Notes,
	records *Records,
	judge func() (*report.Report, error),
) (*report.Report, error) {
	folder := s.Output.Record
	if folder == "" {
		return judge()
	}
	w, err := bundle.CreateFolder(folder)
	if err != nil {
		return nil, recordingError(folder, err)
	}
	rec := newRecorder(w, s.Target, notes)
	records.rec = rec
	r, err := judge()
	if r == nil {
		return nil, errors.Join(err, w.Discard())
	}
	finishErr := rec.finish(r)
	if finishErr != nil || !r.Run.Complete {
		notes.Progressf("recording: incomplete, in the folder %s", folder)
	} else {
		notes.Progressf("recording: %s; the target replay:%s plays it", folder, folder)
	}
	return r, errors.Join(err, finishErr)
}

func recordingError(folder string, err error) error {
	hint := "choose a folder in an existing one"
	if errors.Is(err, bundle.ErrNotEmpty) {
		hint = "choose another folder, or empty it"
	}
	return userr.Usagef(hint, "cannot write the recording to %s: %w", folder, err)
}

// newRecorder returns a recorder after writing the files that do not depend on the
// run. The writer keeps the first error.
func newRecorder(w *bundle.Writer, t Target, notes *Notes) *recorder {
	r := &recorder{
		writer:  w,
		section: w.Section("", notes.Redactor),
		outside: evidence.NewTimeline(notes.Now, notes.Redactor),
	}
	writeFeatures(w)
	text, err := recording.EncodeMetadata(t.provokePrefixes())
	if err == nil {
		err = w.Put(bundle.RecordingFile, text)
	}
	w.RecordError(err)
	r.outside.Subscribe(r.section.TimelineWriter(bundle.OutsideTimeline))
	return r
}

// finish writes the report and the manifest.
func (r *recorder) finish(of *report.Report) error {
	putReport(r.writer, r.section, of)
	return finishBundle(r.writer, of, nil)
}
