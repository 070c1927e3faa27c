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

// gatewayView rewrites the timeline of an act tree as if the gateway had observed all writes to the
// account.
type gatewayView struct {
	exclusive bool // all writes belong to the act tree
	writes    []storageaccount.Write
	started   time.Time // start of the act tree
	budgets   map[string]time.Duration
}

// rewrite replaces the inferred operations of a timeline by the actual writes, and the waits for a
// connection check by those that the gateway would have recorded.
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

// ownOperation returns a predicate for the operations of the act tree: those on its own queues and
// containers, and those that name one of its projects.
func (w *gatewayView) ownOperation(events []evidence.Event) func(evidence.Operation) bool {
	var names, ids []string
	for _, e := range events {
		var created trainingapi.Project
		if e.Kind == evidence.KindResource {
			names = append(names, e.Resource.Name)
		} else if e.Kind == evidence.KindExchange && e.Exchange.Call == "CreateProject" && trainingapi.Decode(*e.Exchange, &created) == nil {
			ids = append(ids, created.ID)
		}
	}
	return func(op evidence.Operation) bool {
		return w.exclusive || slices.Contains(names, op.Resource) ||
			slices.ContainsFunc(ids, func(id string) bool { return strings.Contains(op.Text+op.Object, id) })
	}
}

// operationsUntil returns the tree's remaining operations up to a time, without those before its
// start.
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

// gatewayOperation returns the operation that the gateway would have recorded.
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

// The events that a connection check waits for.
const (
	messageWait = "the ConnectionTest message"
	blobWait    = "the test blob to go"
)

// isConnectionWait reports whether a wait is part of a connection check.
func isConnectionWait(event string) bool { return event == messageWait || event == blobWait }

// waitEvents returns the waits of an act that the gateway would have recorded.
func (w *gatewayView) waitEvents(events []evidence.Event, act string) (out []evidence.Event) {
	var responded time.Time
	var message, blob, gone time.Time // the first message and blob, and when no blob was left
	left := map[string]bool{}
	own := map[string]bool{}
	for _, e := range events {
		switch {
		case e.Act != act:
		case e.Kind == evidence.KindResource:
			own[e.Resource.Name] = true
		case e.Kind == evidence.KindExchange && slices.Contains([]string{"CreateProject", "UpdateProject"}, e.Exchange.Call):
			responded = e.Exchange.Ended
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
		w.waitEvent(act, budget.ConnectionTest, messageWait, responded, message),
		w.waitEvent(act, budget.TestBlob, blobWait, blob, gone),
	}
}

func earliest(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

func (w *gatewayView) waitEvent(act, name, event string, from, to time.Time) evidence.Event {
	limit := w.budgets[name]
	return evidence.Event{Act: act, Kind: evidence.KindWait, Wait: &evidence.Wait{Budget: name, For: event, Limit: limit,
		Satisfied: !to.IsZero() && to.Sub(from) <= limit}}
}
