package recording

import (
	"time"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/training"
)

// A Script is what happened in a chapter, in order: what the service did before it
// answered, then the rest. Pauses are not in it, but for those that a budget of the
// recorded run did not allow.
type Script struct {
	Shown  []evidence.Exchange // answers about the training or the export, one for each status
	Before []Step
	After  []Step
}

// Doing is what a step of a script does.
type Doing string

// The steps. They are done one after another, each when the one before is over.
const (
	DoEffect Doing = "effect" // something is done to storage
	DoShow   Doing = "show"   // from now on the status is the next one
	DoAwait  Doing = "await"  // somebody has to have looked at the status that is shown
	DoPause  Doing = "pause"  // the budget has to be over
)

// A Step is one step of a script.
type Step struct {
	Do     Doing
	Effect *Effect
	Budget string // of a pause: what was over in the recorded run, counted from what it bounds
}

// Script is what happened in the chapter. The head's budgets say what was too long
// a pause.
func (c *Chapter) Script(head Head) Script {
	w := &writer{head: head, chapter: c}
	w.phases()
	for ; w.next < len(c.Effects) && c.Effects[w.next].Ended.Before(c.Call.Ended); w.next++ {
		w.effect(&c.Effects[w.next])
		w.announce(&c.Effects[w.next])
	}
	w.script.Before, w.steps = w.steps, nil
	for i := 1; i < len(w.spans); i++ {
		w.flip(w.spans[i-1], w.spans[i])
	}
	w.rest()
	w.script.After = w.steps
	return w.script
}

// A span is how long one status was seen: its first and its last look.
type span struct{ first, last evidence.Exchange }

// A writer writes one script.
type writer struct {
	head    Head
	chapter *Chapter
	spans   []span
	next    int // effect
	steps   []Step
	script  Script
	put     map[string]time.Time // when a blob was stored
	over    map[string]bool      // budgets of which the end was written
	early   time.Time            // when the first message was stored that came before its status
	lagged  bool                 // the status lagged too long behind it, and that was written
	waiting bool                 // the status that is shown last was awaited already
}

// phases takes the statuses out of the looks.
func (w *writer) phases() {
	word := ""
	for _, x := range w.chapter.Looks {
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
func (c *Chapter) shows(x evidence.Exchange) bool {
	return c.leaf() && x.Call == "GetExports" || !c.leaf() && x.Call == "GetIteration"
}

// flip writes what happened from one status to the next. What ended before the last
// look at the one began was before the other; of what could have been before or
// after, a message is taken to have come after, and blobs before it.
func (w *writer) flip(from, to span) {
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
	w.step(Step{Do: DoAwait})
	if limit := w.head.Budget(budget.StatusLag); !w.early.IsZero() && !w.lagged && limit > 0 && from.last.Began.Sub(w.early) > limit {
		w.lagged = true
		w.step(Step{Do: DoPause, Budget: budget.StatusLag})
		w.step(Step{Do: DoAwait, Budget: budget.StatusLag})
	}
	w.step(Step{Do: DoShow})
}

// announce takes a message for the first that came before its status.
func (w *writer) announce(e *Effect) {
	if e.Message() && w.early.IsZero() {
		w.early = e.Ended
	}
}

// rest writes what happened after the last status was seen first, or, in a chapter
// that has none, after the answer.
func (w *writer) rest() {
	for ; w.next < len(w.chapter.Effects); w.next++ {
		e := &w.chapter.Effects[w.next]
		if n := len(w.spans); n > 0 && !w.waiting && !e.Began.Before(w.spans[n-1].first.Ended) {
			w.waiting = true
			w.step(Step{Do: DoAwait})
		}
		w.effect(e)
	}
}

func (w *writer) step(s Step) { w.steps = append(w.steps, s) }

// effect writes an effect, after a pause where a budget was over.
func (w *writer) effect(e *Effect) {
	if w.put == nil {
		w.put, w.over = map[string]time.Time{}, map[string]bool{}
	}
	name, from := w.bounds(e)
	if limit := w.head.Budget(name); limit > 0 && e.Ended.Sub(from) > limit && !w.over[name] {
		w.step(Step{Do: DoPause, Budget: name})
		w.over[name] = name != budget.TestBlob // which begins anew with every blob
	}
	if !e.Message() && !e.Deletes() {
		w.put[e.Resource+"/"+e.Object] = e.Ended
	}
	w.step(Step{Do: DoEffect, Effect: e})
}

// bounds is the budget that an effect had to keep, and since when; "" where it had
// none.
func (w *writer) bounds(e *Effect) (name string, from time.Time) {
	stored, there := w.put[e.Resource+"/"+e.Object]
	switch {
	case e.Deletes() && there:
		return budget.TestBlob, stored
	case e.Deletes():
		return "", from
	case w.chapter.Given.Form != "":
		return budget.ConnectionTest, w.chapter.Call.Ended
	case len(w.spans) == 0 || !w.chapter.over(w.spans[len(w.spans)-1].first):
		return "", from
	case e.Message():
		return budget.Notification, w.spans[len(w.spans)-1].first.Ended
	}
	return budget.Backup, w.spans[len(w.spans)-1].first.Ended
}

// over says whether a look shows the end of the training or the export.
func (c *Chapter) over(x evidence.Exchange) bool {
	word, _ := c.status(x)
	over, _ := training.Iteration{Status: word}.Over()
	if c.leaf() {
		over, _ = training.Export{Status: word}.Over()
	}
	return over
}
