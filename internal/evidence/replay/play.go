package replay

import (
	"context"
	"encoding/base64"
	"strings"
	"time"

	"github.com/cvconform/cvconform/internal/clock"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/recording"
)

// play plays a transition. It returns the response to the call, and a function that plays the steps after
// the response.
func (s *state) play(
	ctx context.Context,
	p *project,
	transition *recording.Transition,
	c *call,
	t callerStep,
) (reply, func()) {
	a := &playback{
		transition:   transition,
		host:         c.host,
		isExport:     c.Name == "ExportIteration",
		steps:        transition.Playback(s.options.Recording),
		pollsAwaited: 1,
		read:         make(chan struct{}),
		counted:      map[string]int{},
	}
	s.mu.Lock()
	a.node = p.node()
	p.acts, p.history = append(p.acts, a), transition.History
	if !a.isExport {
		p.main = append(p.main, t)
		close(s.changed)
		s.changed = make(chan struct{})
	}
	s.mu.Unlock()
	for _, step := range a.steps.Before {
		s.step(ctx, p, a, step)
	}
	response := s.recordedReply(transition.Call, s.mapping(p, transition, a.host, "downloadUri"))
	return response, func() {
		s.work.run(func() {
			for _, step := range a.steps.After {
				s.step(s.work.ctx, p, a, step)
			}
		})
	}
}

// step performs one step of a transition, unless ctx has ended.
func (s *state) step(ctx context.Context, p *project, a *playback, step recording.Step) {
	if ctx.Err() != nil {
		return
	}
	switch step.Do {
	case recording.ShowStatus:
		a.resetReads(1, func() { a.shown++ })
	case recording.AwaitPoll:
		limit := minStatusTime
		if step.Budget != "" {
			a.resetReads(pollsNeeded, func() {})
			limit = maxPollWait
		}
		a.awaitReads(ctx, limit)
	case recording.OutlastBudget:
		_ = clock.Sleep(ctx, s.limit(step.Budget)+lateMargin)
	case recording.DoEffect:
		s.performEffect(ctx, p, a, step.Effect)
		if step.Effect.IsMessage() && a.hasNextStatus() {
			a.resetReads(pollsNeeded, func() {})
		}
	}
}

// limit returns a budget of the callers.
func (s *state) limit(name string) time.Duration {
	if limit, ok := s.options.Budgets[name]; ok {
		return limit
	}
	return s.options.Recording.Budget(name)
}

// performEffect performs a recorded operation on the storage of the caller.
func (s *state) performEffect(ctx context.Context, p *project, a *playback, e *recording.Effect) {
	uri := s.targetURI(ctx, p, a.transition.History, e)
	if uri == "" {
		s.notes.add("%s to %s %s of the recorded run: no project here has that place", e.Name, e.Service, e.Resource)
		return
	}
	m := s.mapping(p, a.transition, a.host, "modelUri")
	name := m.Apply(e.Object)
	var err error
	switch {
	case e.IsMessage():
		err = s.store.SendMessage(ctx, uri, encodeMessage(fillSecrets(m.Apply(e.Text)), e))
	case e.IsDeletion():
		err = s.store.DeleteBlob(ctx, uri, name)
	case e.Name == "PutBlock": // a block is not visible before the list of blocks is stored
	case e.Service == evidence.Blob && e.Object != "":
		err = s.store.PutBlob(ctx, uri, name, s.content(e.Content))
	default:
		s.notes.add("%s to %s %s is not replayed", e.Name, e.Service, e.Resource)
	}
	if err != nil && ctx.Err() == nil {
		s.notes.add("%s to %s %s succeeded in the recorded run, but failed here: %v", e.Name, e.Service, e.Resource, err)
	}
}

// encodeMessage returns a text in the encoding of the recorded message.
func encodeMessage(text string, e *recording.Effect) string {
	if e.BOM {
		text = byteOrderMark + text
	}
	if e.Encoding == "base64" {
		return base64.StdEncoding.EncodeToString([]byte(text))
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}

// maxPollWait is that time if the order of the read and a later effect matters.
const maxPollWait = 3 * time.Second

// pollsNeeded is the number of reads after which one of them certainly began after the step before:
// the first may have been on its way.
const pollsNeeded = 2

// lateMargin is the time between the end of a budget and an effect that exceeded it.
const lateMargin = 50 * time.Millisecond

const (
	byteOrderMark = "\uFEFF"
)
