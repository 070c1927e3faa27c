package recording

import (
	"time"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/evidence"
)

// A Playback is the behaviour of the service in a transition, as ordered steps before and after the
// response to the call. It has no pauses, except where the recorded service exceeded a budget.
type Playback struct {
	Statuses []evidence.Exchange // responses about the training or the export, one for each status
	Before   []Step
	After    []Step
}

// A StepKind is the kind of a step.
type StepKind string

// The kinds of steps. A step begins when the step before it has ended.
const (
	DoEffect      StepKind = "effect" // performs an operation on storage
	ShowStatus    StepKind = "show"   // changes to the next status
	AwaitPoll     StepKind = "await"  // waits until the current status was read
	OutlastBudget StepKind = "pause"  // waits until the budget is exceeded
)

// A Step is one step of a playback.
type Step struct {
	Do     StepKind
	Effect *Effect // of DoEffect
	Budget string  // of OutlastBudget: the budget that the recorded run exceeded
}

// Playback returns the steps of the transition. The recording has the budgets.
func (c *Transition) Playback(r *Recording) Playback {
	b := &playbackBuilder{recording: r, transition: c, put: map[string]time.Time{}, expiredBudgets: map[string]bool{}}
	b.collectStatuses()
	for ; b.next < len(c.Effects) && c.Effects[b.next].Ended.Before(c.Call.Ended); b.next++ {
		b.addEffect(&c.Effects[b.next])
		b.noteEarlyMessage(&c.Effects[b.next])
	}
	b.playback.Before, b.steps = b.steps, nil
	for i := 1; i < len(b.spans); i++ {
		b.addStatusChange(b.spans[i-1], b.spans[i])
	}
	b.addRemaining()
	b.playback.After = b.steps
	return b.playback
}

// A span is the time in which one status was read: the first and the last read.
type span struct{ first, last evidence.Exchange }

// A playbackBuilder builds one playback.
type playbackBuilder struct {
	recording         *Recording
	transition        *Transition
	spans             []span // of the statuses
	next              int    // index of the next effect
	steps             []Step
	playback          Playback
	put               map[string]time.Time // time at which a blob was stored, by container/name
	expiredBudgets    map[string]bool      // budgets with a step OutlastBudget
	firstEarlyMessage time.Time            // time of the first message that was stored before its status
	lagExceeded       bool                 // the status lagged behind that message for longer than the budget
	awaited           bool                 // the last status has a step AwaitPoll
}

// collectStatuses finds the spans of the statuses.
func (b *playbackBuilder) collectStatuses() {
	last := ""
	for _, x := range b.transition.Reads {
		if !b.transition.readsStatus(x) {
			continue
		}
		status, known := b.transition.status(x)
		if !known {
			status = x.Body + x.Error
		}
		if len(b.spans) == 0 || status != last {
			b.spans, last = append(b.spans, span{first: x}), status
			b.playback.Statuses = append(b.playback.Statuses, x)
		}
		b.spans[len(b.spans)-1].last = x
	}
}

// addStatusChange adds the effects and the change from one status to the next. An effect that ended
// before the last read of the old status came before the change. If the order is not known, a message is
// played after the change, and a blob before it.
func (b *playbackBuilder) addStatusChange(from, to span) {
	for ; b.next < len(b.transition.Effects); b.next++ {
		e := &b.transition.Effects[b.next]
		isBefore := !e.Ended.After(from.last.Began)
		if !isBefore && (e.IsMessage() || !e.Began.Before(to.first.Ended)) {
			break
		}
		b.addEffect(e)
		if isBefore {
			b.noteEarlyMessage(e)
		}
	}
	b.add(Step{Do: AwaitPoll})
	if limit := b.recording.Budget(budget.StatusLag); !b.firstEarlyMessage.IsZero() && !b.lagExceeded && limit > 0 &&
		from.last.Began.Sub(b.firstEarlyMessage) > limit {
		b.lagExceeded = true
		b.add(Step{Do: OutlastBudget, Budget: budget.StatusLag})
		b.add(Step{Do: AwaitPoll, Budget: budget.StatusLag})
	}
	b.add(Step{Do: ShowStatus})
}

// noteEarlyMessage records the time of the first message that was stored before its status.
func (b *playbackBuilder) noteEarlyMessage(e *Effect) {
	if e.IsMessage() && b.firstEarlyMessage.IsZero() {
		b.firstEarlyMessage = e.Ended
	}
}

// addRemaining adds the effects after the first read of the last status; without statuses, all effects
// after the response.
func (b *playbackBuilder) addRemaining() {
	for ; b.next < len(b.transition.Effects); b.next++ {
		e := &b.transition.Effects[b.next]
		if n := len(b.spans); n > 0 && !b.awaited && !e.Began.Before(b.spans[n-1].first.Ended) {
			b.awaited = true
			b.add(Step{Do: AwaitPoll})
		}
		b.addEffect(e)
	}
}

func (b *playbackBuilder) add(s Step) { b.steps = append(b.steps, s) }

// addEffect adds an effect, after a pause if it exceeded its budget.
func (b *playbackBuilder) addEffect(e *Effect) {
	name, from := b.budgetFor(e)
	if limit := b.recording.Budget(name); limit > 0 && e.Ended.Sub(from) > limit && !b.expiredBudgets[name] {
		b.add(Step{Do: OutlastBudget, Budget: name})
		b.expiredBudgets[name] = name != budget.TestBlob // which starts again with every blob
	}
	if !e.IsMessage() && !e.IsDeletion() {
		b.put[e.Resource+"/"+e.Object] = e.Ended
	}
	b.add(Step{Do: DoEffect, Effect: e})
}

// budgetFor returns the budget that limited an effect, and the time from which it counts; "" if no
// budget did.
func (b *playbackBuilder) budgetFor(e *Effect) (name string, from time.Time) {
	stored, ok := b.put[e.Resource+"/"+e.Object]
	switch {
	case e.IsDeletion() && ok:
		return budget.TestBlob, stored
	case e.IsDeletion():
		return "", from
	case b.transition.Params.BodyForm != "":
		return budget.ConnectionTest, b.transition.Call.Ended
	case len(b.spans) == 0 || !b.transition.isFinished(b.spans[len(b.spans)-1].first):
		return "", from
	case e.IsMessage():
		return budget.Notification, b.spans[len(b.spans)-1].first.Ended
	}
	return budget.Backup, b.spans[len(b.spans)-1].first.Ended
}
