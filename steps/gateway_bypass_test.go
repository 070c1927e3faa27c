package steps

import (
	"slices"
	"strings"
	"time"

	"github.com/cvconform/cvconform/fakes/storageaccount"
	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/trainingapi"
)

// A gatewayView saw everything that was written to an account, and when.
type gatewayView struct {
	exclusive bool // the lineage answers for all that is written
	writes    []storageaccount.Write
	started   time.Time // of the lineage that is told of
	budgets   map[string]time.Duration
}

// rewrite is the record of a lineage with what was done to storage in place of what was
// inferred of it, and of how long was waited for that.
func (w *gatewayView) rewrite(events []evidence.Event) (out []evidence.Event) {
	last, own := "", w.ownOperation(events)
	for _, e := range events {
		if e.Kind == evidence.KindAct {
			last = e.Act
		}
	}
	act := ""
	for _, e := range events {
		out = append(out, w.operationsUntil(e.At, act, own)...)
		act = e.Act
		switch {
		case e.Kind == evidence.KindOperation, e.Kind == evidence.KindWait && isConnectionWait(e.Wait.For):
			continue
		case e.Kind == evidence.KindAct && e.ActBoundary.Phase == "ended":
			out = append(out, w.waitEvents(out, e.Act)...)
			if e.Act == last {
				act = situation.End
			}
		}
		out = append(out, e)
	}
	for i := range out {
		out[i].Seq = i + 1
	}
	return out
}

// ownOperation says which operations are the lineage's: those on its own queues and
// containers, and those that name a project of its own.
func (w *gatewayView) ownOperation(events []evidence.Event) func(evidence.Operation) bool {
	var names, ids []string
	for _, e := range events {
		var made trainingapi.Project
		if e.Kind == evidence.KindResource {
			names = append(names, e.Resource.Name)
		} else if e.Kind == evidence.KindExchange && e.Exchange.Call == "CreateProject" && trainingapi.Decode(*e.Exchange, &made) == nil {
			ids = append(ids, made.ID)
		}
	}
	return func(op evidence.Operation) bool {
		return w.exclusive || slices.Contains(names, op.Resource) ||
			slices.ContainsFunc(ids, func(id string) bool { return strings.Contains(op.Text+op.Object, id) })
	}
}

// operationsUntil is what the lineage did until then and is not told yet; nothing of before it
// began.
func (w *gatewayView) operationsUntil(at time.Duration, act string, own func(evidence.Operation) bool) (out []evidence.Event) {
	for len(w.writes) > 0 && w.writes[0].At.Sub(w.started) <= at {
		if op := gatewayOperation(w.writes[0]); !op.Ended.Before(w.started) && own(op) {
			out = append(
				out,
				evidence.Event{At: op.Ended.Sub(w.started), Act: act, Kind: evidence.KindOperation, Operation: &op},
			)
		}
		w.writes = w.writes[1:]
	}
	return out
}

// gatewayOperation is what a gateway would have put on record.
func gatewayOperation(w storageaccount.Write) evidence.Operation {
	text, _, _ := evidence.Decode(w.Text)
	op := evidence.Operation{
		Service:   evidence.Blob,
		Name:      w.Operation,
		Resource:  w.Resource,
		Object:    w.Object,
		Status:    201,
		Length:    w.Length,
		SHA256:    w.SHA256,
		Text:      text,
		MessageID: w.ID,
		Began:     w.At,
		Ended:     w.At,
	}
	if w.Operation == "SendMessage" {
		op.Service, op.Name = evidence.Queue, "PutMessage"
	}
	return op
}

// What a connection check is waited for.
const (
	messageWait = "the ConnectionTest message"
	blobWait    = "the test blob to go"
)

func isConnectionWait(what string) bool { return what == messageWait || what == blobWait }

// waitEvents are those of an act, as they would have been.
func (w *gatewayView) waitEvents(events []evidence.Event, act string) (out []evidence.Event) {
	var answer time.Time
	var message, blob, gone time.Time // the first ones, and when nothing was left
	left := map[string]bool{}
	own := map[string]bool{}
	for _, e := range events {
		switch {
		case e.Act != act:
		case e.Kind == evidence.KindResource:
			own[e.Resource.Name] = true
		case e.Kind == evidence.KindExchange && slices.Contains([]string{"CreateProject", "UpdateProject"}, e.Exchange.Call):
			answer = e.Exchange.Ended
		case e.Kind != evidence.KindOperation || !own[e.Operation.Resource]:
		case e.Operation.Name == "PutMessage":
			message = earliest(message, e.Operation.Ended)
		case e.Operation.Name == "PutBlob":
			blob = earliest(blob, e.Operation.Ended)
			left[e.Operation.Object] = true
		case e.Operation.Name == "DeleteBlob":
			if delete(left, e.Operation.Object); len(left) == 0 {
				gone = earliest(gone, e.Operation.Ended)
			}
		}
	}
	if len(own) == 0 {
		return nil
	}
	return []evidence.Event{
		w.waitEvent(act, budget.ConnectionTest, messageWait, answer, message),
		w.waitEvent(act, budget.TestBlob, blobWait, blob, gone),
	}
}

func earliest(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

func (w *gatewayView) waitEvent(act, name, what string, from, to time.Time) evidence.Event {
	limit := w.budgets[name]
	return evidence.Event{Act: act, Kind: evidence.KindWait, Wait: &evidence.Wait{Budget: name, For: what, Limit: limit,
		Satisfied: !to.IsZero() && to.Sub(from) <= limit}}
}
