package replay

import (
	"context"
	"encoding/base64"
	"strings"
	"sync"
	"time"

	"github.com/cvconform/cvconform/internal/clock"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/recording"
)

const (
	// minStatusTime is the time for which a status is shown if it is not read.
	minStatusTime = 500 * time.Millisecond
	// maxPollWait is that time if the order of the read and a later effect matters.
	maxPollWait = 3 * time.Second
	// pollsNeeded is the number of reads after which one of them certainly began after the step before:
	// the first may have been on its way.
	pollsNeeded = 2
	// lateMargin is the time between the end of a budget and an effect that exceeded it.
	lateMargin    = 50 * time.Millisecond
	byteOrderMark = "\uFEFF"
)

// A playback is one transition that is played.
type playback struct {
	transition *recording.Transition
	node       string // of the project before it
	isExport   bool
	host       string // to which the call was sent
	steps      recording.Playback

	mu           sync.Mutex
	shown        int            // index of the current status
	seen         int            // reads of it since it, or the last message, appeared
	pollsAwaited int            // reads to wait for
	generation   int            // incremented when seen is reset
	read         chan struct{}  // closed and replaced at each read
	counted      map[string]int // reads of other kinds so far, by name
}

// play plays a transition. It returns the response to the call, and a function that plays the steps after
// the response.
func (s *Server) play(
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
		s.runInBackground(func() {
			for _, step := range a.steps.After {
				s.step(s.base, p, a, step)
			}
		})
	}
}

// step performs one step of a transition, unless ctx has ended.
func (s *Server) step(ctx context.Context, p *project, a *playback, step recording.Step) {
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

// hasNextStatus reports whether another status follows the current one.
func (a *playback) hasNextStatus() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.shown < len(a.steps.Statuses)-1
}

// limit returns a budget of the callers.
func (s *Server) limit(name string) time.Duration {
	if limit, ok := s.options.Budgets[name]; ok {
		return limit
	}
	return s.options.Recording.Budget(name)
}

// resetReads calls change and counts the reads from zero, until awaited of them are awaited.
func (a *playback) resetReads(awaited int, change func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	change()
	a.seen, a.pollsAwaited = 0, awaited
	a.generation++
}

// awaitReads waits until the current status was read often enough, or limit has passed.
func (a *playback) awaitReads(ctx context.Context, limit time.Duration) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for {
		a.mu.Lock()
		enough, read := a.seen >= a.pollsAwaited || len(a.steps.Statuses) == 0, a.read
		a.mu.Unlock()
		if enough {
			return
		}
		select {
		case <-read:
		case <-timer.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// currentStatus returns the current status, and a function to be called after the response. ok is false if
// the recording has no status.
func (a *playback) currentStatus() (x evidence.Exchange, done func(), ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.steps.Statuses) == 0 {
		return x, nil, false
	}
	return a.steps.Statuses[min(a.shown, len(a.steps.Statuses)-1)], a.markRead(a.generation), true
}

// markRead returns a function that counts a read, unless the reads were reset after generation.
func (a *playback) markRead(generation int) func() {
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.generation != generation {
			return
		}
		a.seen++
		close(a.read)
		a.read = make(chan struct{})
	}
}

// performEffect performs a recorded operation on the storage of the caller.
func (s *Server) performEffect(ctx context.Context, p *project, a *playback, e *recording.Effect) {
	uri := s.targetURI(ctx, p, a.transition.History, e)
	if uri == "" {
		s.addNote("%s to %s %s of the recorded run: no project here has that place", e.Name, e.Service, e.Resource)
		return
	}
	m := s.mapping(p, a.transition, a.host, "modelUri")
	name := m.Apply(e.Object)
	var err error
	switch {
	case e.IsMessage():
		err = s.store.SendMessage(ctx, uri, encodeMessage(s.fillSecrets(m.Apply(e.Text)), e))
	case e.IsDeletion():
		err = s.store.DeleteBlob(ctx, uri, name)
	case e.Name == "PutBlock": // a block is not visible before the list of blocks is stored
	case e.Service == evidence.Blob && e.Object != "":
		err = s.store.PutBlob(ctx, uri, name, s.content(e.Content))
	default:
		s.addNote("%s to %s %s is not replayed", e.Name, e.Service, e.Resource)
	}
	if err != nil && ctx.Err() == nil {
		s.addNote("%s to %s %s succeeded in the recorded run, but failed here: %v", e.Name, e.Service, e.Resource, err)
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
