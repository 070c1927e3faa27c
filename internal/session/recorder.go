package session

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/recording"
	"github.com/cvconform/cvconform/internal/userr"
	"github.com/cvconform/cvconform/internal/version"
	"github.com/cvconform/cvconform/steps/report"
)

// A recorder makes a recording: in a folder, or, without a writer, in memory.
type recorder struct {
	writer  *evidence.Writer
	section *evidence.Section
	outside *evidence.Timeline // calls that belong to no situation
}

// withRecording calls judge, and makes the recording that the settings ask for.
// An interrupted run leaves a recording that is marked as incomplete.
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
	w, err := evidence.CreateFolder(folder)
	if err != nil {
		return nil, recordingError(folder, err)
	}
	rec := &recorder{
		writer:  w,
		section: w.Section("", notes.Redactor),
		outside: evidence.NewTimeline(notes.Now, notes.Redactor),
	}
	records.rec = rec
	w.RecordError(rec.writeMetadata(recording.Metadata{Run: notes.RunID, Made: notes.Now(), Suite: thisSuite()}))
	rec.outside.Subscribe(rec.section.TimelineWriter(0))
	r, err := judge()
	if r == nil {
		return nil, errors.Join(err, w.Discard())
	}
	finishErr := rec.finish(s.Target, r)
	if finishErr != nil || !r.Run.Complete {
		notes.Progressf("recording: incomplete, in the folder %s", folder)
	} else {
		notes.Progressf("recording: %s; the target replay:%s plays it", folder, folder)
	}
	return r, errors.Join(err, finishErr)
}

func recordingError(folder string, err error) error {
	hint := "choose a folder in an existing one"
	if errors.Is(err, evidence.ErrNotEmpty) {
		hint = "choose another folder, or empty it"
	}
	return userr.Usagef(hint, "cannot write the recording to %s: %w", folder, err)
}

func thisSuite() evidence.Suite {
	module, revision := version.Read()
	return evidence.Suite{Version: module, Revision: revision}
}

// writeMetadata writes the metadata of the recording.
func (r *recorder) writeMetadata(head recording.Metadata) error {
	text, err := head.Encode()
	if err == nil {
		err = r.writer.Replace(recording.HeadFile, text)
	}
	return err
}

// finish writes the report and the metadata, and closes all files.
func (r *recorder) finish(t Target, run *report.Report) error {
	var text bytes.Buffer
	err := report.WriteJSON(&text, run)
	if err == nil {
		err = r.writer.Put(recording.ReportFile, text.Bytes())
	}
	r.writer.RecordError(err)
	err = r.writer.CloseIncomplete()
	if err == nil {
		err = r.writeMetadata(r.metadata(t, run))
	}
	if err != nil {
		return fmt.Errorf("write the recording: %w", err)
	}
	return nil
}

// metadata returns the metadata of the recording of a run.
func (r *recorder) metadata(t Target, of *report.Report) recording.Metadata {
	run := of.Run
	head := recording.Metadata{
		Complete: run.Complete,
		Run:      run.ID,
		Made:     run.Started,
		Suite:    SuiteOf(of),
		Verdict:  string(of.Verdict),
		Target: recording.RecordedTarget{
			Kind:       run.Target.Kind,
			Endpoint:   run.Target.Endpoint,
			APIVersion: run.Target.APIVersion,
			Domain:     run.Target.Domain,
			Platforms:  run.Platforms,
		},
		Storage: recording.RecordedStorage{
			Kind:          run.Storage.Kind,
			Seen:          observerKind(run),
			BlobEndpoint:  run.Storage.SeenBlobEndpoint,
			QueueEndpoint: run.Storage.SeenQueueEndpoint,
			Visibility:    run.Visibility,
		},
		Profile:    run.Profile,
		Readings:   run.Readings,
		Provoked:   t.provokePrefixes(),
		Budgets:    run.Budgets,
		Selection:  run.Selection,
		Isolate:    run.Isolate,
		Outside:    evidence.SituationFile(0),
		Situations: recordedSituations(of.Situations),
	}
	if r.writer != nil {
		head.LeftOut = r.writer.Omitted()
	}
	return head
}

// recordedSituations returns the entries of the act trees that were begun.
func recordedSituations(trees []report.ActTree) (entries []recording.Entry) {
	for i, s := range trees {
		if s.Events > 0 {
			entries = append(entries, recording.Entry{
				Key:      s.Key,
				Timeline: evidence.SituationFile(i + 1),
				Started:  s.Started,
				Events:   s.Events,
				Error:    s.Error,
			})
		}
	}
	return entries
}

// ObserverBypassed is the observer of a recorded run whose service bypassed the
// gateway.
const ObserverBypassed = "around"

// observerKind returns how the storage operations of a run were seen.
func observerKind(run report.Run) string {
	switch {
	case run.Visibility.IsPolled():
		return string(report.Poller)
	case run.GatewayBypassed:
		return ObserverBypassed
	}
	return string(report.Gateway)
}
