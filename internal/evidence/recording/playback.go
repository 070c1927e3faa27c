package recording

import (
	"time"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/trainingapi"
)

// A Playback is what happened in a chapter, in order: what the service did before it
// answered, then the rest. Pauses are not in it, but for those that a budget of the
// recorded run did not allow.
type Playback struct {
	Shown  []evidence.Exchange // answers about the training or the export, one for each status
	Before []Step
	After  []Step
}

// StepKind is what a step of a script does.
type StepKind string

// The steps. They are done one after another, each when the one before is over.
const (
	DoEffect      StepKind = "effect" // something is done to storage
	ShowStatus    StepKind = "show"   // from now on the status is the next one
	AwaitPoll     StepKind = "await"  // somebody has to have looked at the status that is shown
	OutlastBudget StepKind = "pause"  // the budget has to be over
)

// A Step is one step of a script.
type Step struct {
	Do     StepKind
	Effect *Effect
	Budget string // of a pause: what was over in the recorded run, counted from what it bounds
}

// Script is what happened in the chapter. The head's budgets say what was too long
// a pause.
func (c *Transition) Script(head Metadata) Playback {
	w := &playbackBuilder{head: head, chapter: c}
	w.phases()
	for ; w.next < len(c.Effects) && c.Effects[w.next].Ended.Before(c.Call.Ended); w.next++ {
		w.effect(&c.Effects[w.next])
		w.announce(&c.Effects[w.next])
	}
	w.script.Before, w.steps = w.steps, nil
	for i := 1; i < len(w.spans); i++ {
		w.statusChange(w.spans[i-1], w.spans[i])
	}
	w.writeRemaining()
	w.script.After = w.steps
	return w.script
}

// A span is how long one status was seen: its first and its last look.
type span struct{ first, last evidence.Exchange }

// A playbackBuilder writes one script.
type playbackBuilder struct {
	head              Metadata
	chapter           *Transition
	spans             []span
	next              int // effect
	steps             []Step
	script            Playback
	put               map[string]time.Time // when a blob was stored
	expiredBudgets    map[string]bool      // budgets of which the end was written
	firstEarlyMessage time.Time            // when the first message was stored that came before its status
	lagExceeded       bool                 // the status lagged too long behind it, and that was written
	waiting           bool                 // the status that is shown last was awaited already
}

// phases takes the statuses out of the looks.
func (w *playbackBuilder) phases() {
	word := ""
	for _, x := range w.chapter.Reads {
		if !w.chapter.shows(x) {
			continue
		}
		now, known := w.chapter.status(x)
		if !known {
			now = x.Body + x.Error
		}
		if len(w.spans) == 0 || now != word {
			w.spans, word = append(w.spans, span{first: x}), now
			w.script.Shown = append(w.script.Shown, x)
		}
		w.spans[len(w.spans)-1].last = x
	}
}

// shows says whether the look is one at the status of what the chapter began.
func (c *Transition) shows(x evidence.Exchange) bool {
	return c.isUnordered() && x.Call == "GetExports" || !c.isUnordered() && x.Call == "GetIteration"
}

// statusChange writes what happened from one status to the next. What ended before the last
// look at the one began was before the other; of what could have been before or
// after, a message is taken to have come after, and blobs before it.
func (w *playbackBuilder) statusChange(from, to span) {
	for ; w.next < len(w.chapter.Effects); w.next++ {
		e := &w.chapter.Effects[w.next]
		surely := !e.Ended.After(from.last.Began)
		if !surely && (e.Message() || !e.Began.Before(to.first.Ended)) {
			break
		}
		w.effect(e)
		if surely {
			w.announce(e)
		}
	}
	w.step(Step{Do: AwaitPoll})
	if limit := w.head.Budget(budget.StatusLag); !w.firstEarlyMessage.IsZero() && !w.lagExceeded && limit > 0 &&
		from.last.Began.Sub(w.firstEarlyMessage) > limit {
		w.lagExceeded = true
		w.step(Step{Do: OutlastBudget, Budget: budget.StatusLag})
		w.step(Step{Do: AwaitPoll, Budget: budget.StatusLag})
	}
	w.step(Step{Do: ShowStatus})
}

// announce takes a message for the first that came before its status.
func (w *playbackBuilder) announce(e *Effect) {
	if e.Message() && w.firstEarlyMessage.IsZero() {
		w.firstEarlyMessage = e.Ended
	}
}

// writeRemaining writes what happened after the last status was seen first, or, in a chapter
// that has none, after the answer.
func (w *playbackBuilder) writeRemaining() {
	for ; w.next < len(w.chapter.Effects); w.next++ {
		e := &w.chapter.Effects[w.next]
		if n := len(w.spans); n > 0 && !w.waiting && !e.Began.Before(w.spans[n-1].first.Ended) {
			w.waiting = true
			w.step(Step{Do: AwaitPoll})
		}
		w.effect(e)
	}
}

func (w *playbackBuilder) step(s Step) { w.steps = append(w.steps, s) }

// effect writes an effect, after a pause where a budget was over.
func (w *playbackBuilder) effect(e *Effect) {
	if w.put == nil {
		w.put, w.expiredBudgets = map[string]time.Time{}, map[string]bool{}
	}
	name, from := w.budgetFor(e)
	if limit := w.head.Budget(name); limit > 0 && e.Ended.Sub(from) > limit && !w.expiredBudgets[name] {
		w.step(Step{Do: OutlastBudget, Budget: name})
		w.expiredBudgets[name] = name != budget.TestBlob // which begins anew with every blob
	}
	if !e.Message() && !e.Deletes() {
		w.put[e.Resource+"/"+e.Object] = e.Ended
	}
	w.step(Step{Do: DoEffect, Effect: e})
}

// budgetFor is the budget that an effect had to keep, and since when; "" where it had
// none.
func (w *playbackBuilder) budgetFor(e *Effect) (name string, from time.Time) {
	stored, there := w.put[e.Resource+"/"+e.Object]
	switch {
	case e.Deletes() && there:
		return budget.TestBlob, stored
	case e.Deletes():
		return "", from
	case w.chapter.Params.BodyForm != "":
		return budget.ConnectionTest, w.chapter.Call.Ended
	case len(w.spans) == 0 || !w.chapter.over(w.spans[len(w.spans)-1].first):
		return "", from
	case e.Message():
		return budget.Notification, w.spans[len(w.spans)-1].first.Ended
	}
	return budget.Backup, w.spans[len(w.spans)-1].first.Ended
}

// over says whether a look shows the end of the training or the export.
func (c *Transition) over(x evidence.Exchange) bool {
	word, _ := c.status(x)
	over, _ := trainingapi.Iteration{Status: word}.Finished()
	if c.isUnordered() {
		over, _ = trainingapi.Export{Status: word}.Finished()
	}
	return over
}
