package steps

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/perform"
	"github.com/cvconform/cvconform/internal/recording"
	"github.com/cvconform/cvconform/internal/report"
)

// A tape is a recording while it is made: a folder that stays, or, without a writer,
// what there is in memory.
type tape struct {
	writer  *evidence.Writer
	section *evidence.Section
	outside *evidence.Timeline
}

// judge judges, and keeps the service's answers where the configuration asks for a
// recording. What is left of a run that was interrupted says that it is not complete.
func (h *house) judge(ctx context.Context) (*Report, error) {
	if h.Record == "" {
		return h.live(ctx)
	}
	w, err := evidence.CreateFolder(h.Record)
	if err != nil {
		return nil, noRecording(h.Record, err)
	}
	h.tape = &tape{writer: w, section: w.Section("", h.redact), outside: evidence.NewTimeline(h.now, h.redact)}
	w.Fail(h.tape.put(recording.Head{Run: h.id, Made: h.now(), Suite: madeBy()}))
	h.tape.outside.Tell(h.tape.section.Journal(0))
	r, err := h.live(ctx)
	if r == nil {
		return nil, errors.Join(err, w.Discard())
	}
	trouble := h.tape.end(h, r)
	if trouble != nil || !r.Run.Complete {
		h.say("recording: what there is of it is left in %s; it is not complete", h.Record)
	} else {
		h.say("recording: %s; cvconform run --target replay:%s plays it", h.Record, h.Record)
	}
	return r, errors.Join(err, trouble)
}

func noRecording(folder string, err error) error {
	hint := "choose a folder in one that exists"
	if errors.Is(err, evidence.ErrNotEmpty) {
		hint = "choose another folder, or empty it"
	}
	return &UsageError{Err: fmt.Errorf("the recording cannot be written to %s: %w", folder, err), Hint: hint}
}

func madeBy() evidence.Suite {
	version, revision := Version()
	return evidence.Suite{Version: version, Revision: revision}
}

// put writes the description of the recording.
func (t *tape) put(head recording.Head) error {
	text, err := head.Encode()
	if err == nil {
		err = t.writer.Replace(recording.HeadFile, text)
	}
	return err
}

// aside keeps a call that belongs to no situation.
func (t *tape) aside(x evidence.Exchange) {
	if t != nil {
		t.outside.Record(evidence.Event{Kind: evidence.KindExchange, Exchange: &x})
	}
}

// end writes the report and the description, and closes everything.
func (t *tape) end(h *house, r *Report) error {
	var text bytes.Buffer
	err := report.WriteJSON(&text, r)
	if err == nil {
		err = t.writer.Put(recording.ReportFile, text.Bytes())
	}
	t.writer.Fail(err)
	err = t.writer.Leave()
	if err == nil {
		err = t.put(h.head(r))
	}
	if err != nil {
		return fmt.Errorf("write the recording: %w", err)
	}
	return nil
}

// head describes the recording of a run.
func (h *house) head(r *Report) recording.Head {
	run := r.Run
	head := recording.Head{Complete: run.Complete, Run: run.ID, Made: run.Started, Suite: suiteOf(r), Verdict: string(r.Verdict),
		Target: recording.Target{Kind: run.Target.Kind, Endpoint: run.Target.Endpoint, APIVersion: run.Target.APIVersion,
			Domain: run.Target.Domain, Platforms: run.Platforms},
		Storage: recording.Storage{Kind: run.Storage.Kind, Seen: seenBy(r), BlobEndpoint: run.Storage.SeenBlobEndpoint,
			QueueEndpoint: run.Storage.SeenQueueEndpoint, Sight: run.Sight},
		Profile: run.Profile, Readings: run.Readings, Provoked: map[string]string{}, Budgets: run.Budgets, Selection: run.Selection,
		Isolate: run.Isolate, Outside: evidence.SituationFile(0)}
	for name, failure := range failures() {
		if prefix := h.provoke[failure]; prefix != "" {
			head.Provoked[name] = prefix
		}
	}
	for i, s := range r.Situations {
		if s.Events > 0 {
			head.Situations = append(head.Situations, recording.Entry{Key: s.Key, Timeline: evidence.SituationFile(i + 1), Started: s.Started, Events: s.Events, Error: s.Error})
		}
	}
	if h.tape.writer != nil {
		head.LeftOut = h.tape.writer.LeftOut()
	}
	return head
}

// seenByNobody is how the storage of a service was seen that went around the
// gateway, in the description of a recording.
const seenByNobody = "around"

// seenBy says how the service's storage was seen.
func seenBy(r *Report) string {
	switch {
	case r.Run.Sight != nil:
		return r.Run.Sight.Kind
	case r.Run.Around:
		return seenByNobody
	}
	return gatewayKind
}

// write has the run written down wherever that is asked for.
func (h *house) write(w *perform.World) {
	var sections []*evidence.Section
	if s := h.section(); s != nil {
		sections = append(sections, s)
	}
	if h.tape != nil {
		w.Aside = h.tape.aside
	}
	if h.tape != nil && h.tape.section != nil {
		sections = append(sections, h.tape.section)
	}
	if len(sections) == 0 {
		return
	}
	w.Journal = func(number int) func(evidence.Event) { return journals(sections, number) }
	w.Keep = func(sum string, length int64, content io.ReaderAt) {
		for _, s := range sections {
			s.Keep(sum, length, content)
		}
	}
}

// journals begins the timeline of a lineage in each section.
func journals(sections []*evidence.Section, number int) func(evidence.Event) {
	var heard []func(evidence.Event)
	for _, s := range sections {
		heard = append(heard, s.Journal(number))
	}
	return func(e evidence.Event) {
		for _, hear := range heard {
			hear(e)
		}
	}
}
