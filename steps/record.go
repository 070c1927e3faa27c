package steps

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/cvconform/cvconform/internal/engine/perform"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/recording"
	"github.com/cvconform/cvconform/steps/report"
)

// A recorder is a recording while it is made: a folder that stays, or, without a writer,
// what there is in memory.
type recorder struct {
	writer  *evidence.Writer
	section *evidence.Section
	outside *evidence.Timeline
}

// runRecorded judges, and keeps the service's answers where the configuration asks for a
// recording. What is left of a run that was interrupted says that it is not complete.
func (h *Session) runRecorded(ctx context.Context) (*Report, error) {
	if h.Record == "" {
		return h.runLive(ctx)
	}
	w, err := evidence.CreateFolder(h.Record)
	if err != nil {
		return nil, recordingError(h.Record, err)
	}
	h.recorder = &recorder{writer: w, section: w.Section("", h.redact), outside: evidence.NewTimeline(h.now, h.redact)}
	w.RecordError(h.recorder.writeMetadata(recording.Metadata{Run: h.id, Made: h.now(), Suite: thisSuite()}))
	h.recorder.outside.Subscribe(h.recorder.section.TimelineWriter(0))
	r, err := h.runLive(ctx)
	if r == nil {
		return nil, errors.Join(err, w.Discard())
	}
	trouble := h.recorder.finish(h, r)
	if trouble != nil || !r.Run.Complete {
		h.progressf("recording: what there is of it is left in %s; it is not complete", h.Record)
	} else {
		h.progressf("recording: %s; cvconform run --target replay:%s plays it", h.Record, h.Record)
	}
	return r, errors.Join(err, trouble)
}

func recordingError(folder string, err error) error {
	hint := "choose a folder in one that exists"
	if errors.Is(err, evidence.ErrNotEmpty) {
		hint = "choose another folder, or empty it"
	}
	return &UsageError{Err: fmt.Errorf("the recording cannot be written to %s: %w", folder, err), Hint: hint}
}

func thisSuite() evidence.Suite {
	version, revision := Version()
	return evidence.Suite{Version: version, Revision: revision}
}

// writeMetadata writes the description of the recording.
func (t *recorder) writeMetadata(head recording.Metadata) error {
	text, err := head.Encode()
	if err == nil {
		err = t.writer.Replace(recording.HeadFile, text)
	}
	return err
}

// recordOutside keeps a call that belongs to no situation.
func (t *recorder) recordOutside(x evidence.Exchange) {
	if t != nil {
		t.outside.Record(evidence.Event{Kind: evidence.KindExchange, Exchange: &x})
	}
}

// finish writes the report and the description, and closes everything.
func (t *recorder) finish(h *Session, r *Report) error {
	var text bytes.Buffer
	err := report.WriteJSON(&text, r)
	if err == nil {
		err = t.writer.Put(recording.ReportFile, text.Bytes())
	}
	t.writer.RecordError(err)
	err = t.writer.CloseIncomplete()
	if err == nil {
		err = t.writeMetadata(h.recordingMetadata(r))
	}
	if err != nil {
		return fmt.Errorf("write the recording: %w", err)
	}
	return nil
}

// recordingMetadata describes the recording of a run.
func (h *Session) recordingMetadata(r *Report) recording.Metadata {
	run := r.Run
	head := recording.Metadata{
		Complete: run.Complete,
		Run:      run.ID,
		Made:     run.Started,
		Suite:    suiteInfo(r),
		Verdict:  string(r.Verdict),
		Target: recording.RecordedTarget{
			Kind:       run.Target.Kind,
			Endpoint:   run.Target.Endpoint,
			APIVersion: run.Target.APIVersion,
			Domain:     run.Target.Domain,
			Platforms:  run.Platforms,
		},
		Storage: recording.RecordedStorage{
			Kind:          run.Storage.Kind,
			Seen:          observationKind(r),
			BlobEndpoint:  run.Storage.SeenBlobEndpoint,
			QueueEndpoint: run.Storage.SeenQueueEndpoint,
			Visibility:    run.Visibility,
		},
		Profile:   run.Profile,
		Readings:  run.Readings,
		Provoked:  map[string]string{},
		Budgets:   run.Budgets,
		Selection: run.Selection,
		Isolate:   run.Isolate,
		Outside:   evidence.SituationFile(0),
	}
	for name, failure := range failures() {
		if prefix := h.provoke[failure]; prefix != "" {
			head.Provoked[name] = prefix
		}
	}
	for i, s := range r.Situations {
		if s.Events > 0 {
			head.Situations = append(
				head.Situations,
				recording.Entry{
					Key:      s.Key,
					Timeline: evidence.SituationFile(i + 1),
					Started:  s.Started,
					Events:   s.Events,
					Error:    s.Error,
				},
			)
		}
	}
	if h.recorder.writer != nil {
		head.LeftOut = h.recorder.writer.Omitted()
	}
	return head
}

// observationNone is how the storage of a service was seen that went around the
// gateway, in the description of a recording.
const observationNone = "around"

// observationKind says how the service's storage was seen.
func observationKind(r *Report) string {
	switch {
	case r.Run.Visibility.IsPolled():
		return string(report.Poller)
	case r.Run.GatewayBypassed:
		return observationNone
	}
	return string(report.Gateway)
}

// attachRecorders has the run written down wherever that is asked for.
func (h *Session) attachRecorders(w *perform.Performer) {
	var sections []*evidence.Section
	if s := h.section(); s != nil {
		sections = append(sections, s)
	}
	if h.recorder != nil {
		w.OnOutsideCall = h.recorder.recordOutside
	}
	if h.recorder != nil && h.recorder.section != nil {
		sections = append(sections, h.recorder.section)
	}
	if len(sections) == 0 {
		return
	}
	w.Subscribe = func(number int) func(evidence.Event) { return fanOut(sections, number) }
	w.StoreContent = func(sum string, length int64, content io.ReaderAt) {
		for _, s := range sections {
			s.StoreContent(sum, length, content)
		}
	}
}

// fanOut begins the timeline of a lineage in each section.
func fanOut(sections []*evidence.Section, number int) func(evidence.Event) {
	var heard []func(evidence.Event)
	for _, s := range sections {
		heard = append(heard, s.TimelineWriter(number))
	}
	return func(e evidence.Event) {
		for _, hear := range heard {
			hear(e)
		}
	}
}
