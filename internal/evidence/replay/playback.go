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
	// minStatusTime is how long a status is shown at least to somebody who does not look.
	minStatusTime = 500 * time.Millisecond
	// maxPollWait is how long one is shown of which it matters that somebody looks.
	maxPollWait = 3 * time.Second
	// pollsNeeded is how many looks it takes to be sure that one was begun after what went
	// before: the first may have been on its way.
	pollsNeeded = 2
	// lateMargin is how long after the end of a budget what came too late comes.
	lateMargin    = 50 * time.Millisecond
	byteOrderMark = "\uFEFF"
)

// An playback is one chapter while it is played.
type playback struct {
	chapter *recording.Transition
	node    string // of the project before it
	leaf    bool
	host    string // that the call was sent to
	script  recording.Playback

	mu           sync.Mutex
	shown        int            // place of the status that is shown
	seen         int            // looks at it since then, or since the last message
	pollsAwaited int            // looks that are waited for
	generation   int            // changes whenever seen begins anew
	looked       chan struct{}  // closed, and replaced, at each look
	counted      map[string]int // further calls that were answered, by name
}

// play plays a chapter: it answers the call, and returns what happens after that.
func (s *Server) play(
	ctx context.Context,
	p *project,
	chapter *recording.Transition,
	c *call,
	t callerStep,
) (reply, func()) {
	a := &playback{chapter: chapter, host: c.host, leaf: c.Name == "ExportIteration", script: chapter.Script(s.tree.Head),
		pollsAwaited: 1, looked: make(chan struct{}), counted: map[string]int{}}
	s.mu.Lock()
	a.node = p.node()
	p.acts, p.story = append(p.acts, a), chapter.Story
	if !a.leaf {
		p.trunk = append(p.trunk, t)
		close(s.changed)
		s.changed = make(chan struct{})
	}
	s.mu.Unlock()
	for _, step := range a.script.Before {
		s.step(ctx, p, a, step)
	}
	answer := s.recorded(chapter.Call, s.mapping(p, chapter, a.host, "downloadUri"))
	return answer, func() {
		s.plays(func() {
			for _, step := range a.script.After {
				s.step(s.base, p, a, step)
			}
		})
	}
}

// step does one step of a chapter, unless ctx has ended.
func (s *Server) step(ctx context.Context, p *project, a *playback, step recording.Step) {
	if ctx.Err() != nil {
		return
	}
	switch step.Do {
	case recording.ShowStatus:
		a.begin(1, func() { a.shown++ })
	case recording.AwaitPoll:
		limit := minStatusTime
		if step.Budget != "" {
			a.begin(pollsNeeded, func() {})
			limit = maxPollWait
		}
		a.await(ctx, limit)
	case recording.OutlastBudget:
		_ = clock.Sleep(ctx, s.limit(step.Budget)+lateMargin)
	case recording.DoEffect:
		s.effect(ctx, p, a, step.Effect)
		if step.Effect.Message() && a.hasNextStatus() {
			a.begin(pollsNeeded, func() {})
		}
	}
}

// hasNextStatus says whether another status follows the one that is shown.
func (a *playback) hasNextStatus() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.shown < len(a.script.Shown)-1
}

// limit is the budget of whoever looks on.
func (s *Server) limit(name string) time.Duration {
	if limit, ok := s.options.Budgets[name]; ok {
		return limit
	}
	return s.tree.Head.Budget(name)
}

// begin makes change, and counts looks anew.
func (a *playback) begin(enough int, change func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	change()
	a.seen, a.pollsAwaited = 0, enough
	a.generation++
}

// await returns when somebody has looked at what is shown often enough, or after the
// limit.
func (a *playback) await(ctx context.Context, limit time.Duration) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for {
		a.mu.Lock()
		seen, looked := a.seen >= a.pollsAwaited || len(a.script.Shown) == 0, a.looked
		a.mu.Unlock()
		if seen {
			return
		}
		select {
		case <-looked:
		case <-timer.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// currentStatus is the status that is shown, and what has to be called once it was answered.
// ok is false where the recording has none.
func (a *playback) currentStatus() (x evidence.Exchange, done func(), ok bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.script.Shown) == 0 {
		return x, nil, false
	}
	return a.script.Shown[min(a.shown, len(a.script.Shown)-1)], a.markRead(a.generation), true
}

// markRead counts a look that began in that era.
func (a *playback) markRead(era int) func() {
	return func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		if a.generation != era {
			return
		}
		a.seen++
		close(a.looked)
		a.looked = make(chan struct{})
	}
}

// effect does to storage what the recorded service did.
func (s *Server) effect(ctx context.Context, p *project, a *playback, e *recording.Effect) {
	uri := s.targetURI(ctx, p, a.chapter.Story, e)
	if uri == "" {
		s.note("%s to %s %s of the recorded run: no project of this one has taken its place", e.Name, e.Service, e.Resource)
		return
	}
	m := s.mapping(p, a.chapter, a.host, "modelUri")
	name := m.Apply(e.Object)
	var err error
	switch {
	case e.Message():
		err = s.store.SendMessage(ctx, uri, encoded(s.fillSecrets(m.Apply(e.Text)), e))
	case e.Deletes():
		err = s.store.DeleteBlob(ctx, uri, name)
	case e.Name == "PutBlock": // which nobody can see before the list of blocks
	case e.Service == evidence.Blob && e.Object != "":
		err = s.store.PutBlob(ctx, uri, name, s.content(e.Content))
	default:
		s.note("%s to %s %s is not replayed", e.Name, e.Service, e.Resource)
	}
	if err != nil && ctx.Err() == nil {
		s.note("%s to %s %s succeeded in the recorded run, and does not here: %v", e.Name, e.Service, e.Resource, err)
	}
}

// encoded is a message as the recorded one was written.
func encoded(text string, e *recording.Effect) string {
	if e.BOM {
		text = byteOrderMark + text
	}
	if e.Encoding == "base64" {
		return base64.StdEncoding.EncodeToString([]byte(text))
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}
