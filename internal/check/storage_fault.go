package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cvconform/cvconform/internal/check/effect"
	"github.com/cvconform/cvconform/internal/check/seen"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
)

// excuseStorageFault returns p, unless it is a failure that storage caused: then it returns an inconclusive problem
// that quotes the operation.
func excuseStorageFault(c *Case, k Check, p *Problem) *Problem {
	if p == nil || p.Kind != Failed && p.Kind != Blocked {
		return p
	}
	fault, caused := causingFault(c, k, p)
	if !caused {
		return p
	}
	return &Problem{
		Kind:    Inconclusive,
		Summary: describeStorageFault(*fault.Operation),
		Want:    p.Want,
		Got:     p.Got,
		Diff:    p.Diff,
		Events:  append(eventNumbers([]evidence.Event{fault}), p.Events...),
	}
}

// causingFault returns the storage fault that caused a failure: an act that was blocked or a call that was refused
// while the fault happened, or a failure that does not occur if the case is judged as if storage had carried out the
// request, and as if the harness had read a message that storage keeps.
func causingFault(c *Case, k Check, p *Problem) (fault evidence.Event, caused bool) {
	faults := storageFaults(c)
	if fault, caused = faultDuring(c, p, faults); caused {
		return fault, true
	}
	faults = append(faults, seen.Unread(c.Events)...)
	if len(faults) == 0 {
		return fault, false
	}
	for _, f := range faults {
		if f.Operation.Writes() || f.Operation.Name == "DeleteBlob" {
			if q := judgeEvidence(accepting(c, f), k); q == nil || q.Want != p.Want {
				return f, true
			}
		}
	}
	last := faults[len(faults)-1]
	if q := judgeEvidence(accepting(c, faults...), k); q == nil || q.Want != p.Want {
		return last, true
	}
	return last, p.missing && isBackupOfLastAct(c, last)
}

// isBackupOfLastAct reports whether a fault happened to a blob of the last act, an export. The Export message announces
// the backup, so a service that could not store the backup need not send it.
func isBackupOfLastAct(c *Case, fault evidence.Event) bool {
	return fault.Operation.Service == evidence.Blob && c.Situation.Last().Verb == situation.Export &&
		fault.Act == c.lastAct() && laterTry(c, fault) < 0
}

// storageFaults returns the operations of the situation that storage did not carry out for a reason that is not the
// service's. Of the tries of one write it returns the first.
func storageFaults(c *Case) []evidence.Event {
	tried := map[string]bool{}
	var out []evidence.Event
	for _, e := range c.ownEvents(evidence.KindOperation) {
		if key := writeKey(*e.Operation); isStorageFault(*e.Operation) && !tried[key] {
			tried[key] = true
			out = append(out, e)
		}
	}
	return out
}

// isStorageFault reports whether storage failed, is not reachable, lacks the operation, or does not accept the API
// version or the credential. A request that the harness denied, that names what does not exist or that is malformed
// is none.
func isStorageFault(op evidence.Operation) bool {
	switch {
	case op.Denied || op.Inferred != "":
		return false
	case op.Status == 0:
		return strings.HasPrefix(op.Error, evidence.NoStorageResponse)
	}
	return op.Status >= 500 || op.Status == 403 || op.RefusedVersion != ""
}

// describeStorageFault quotes the operation and says what can be done.
func describeStorageFault(op evidence.Operation) string {
	text := fmt.Sprintf(
		"storage refused the service's %s: %s",
		op.Name,
		strings.TrimSpace(fmt.Sprint(op.Status, " ", op.Code)),
	)
	switch {
	case op.Succeeded():
		return "not observed: the service stored the message, but the harness could not read it from the queue; " +
			"repeat the run"
	case op.Status == 0:
		return fmt.Sprintf("storage did not respond to the service's %s%s; is storage running? Repeat the run",
			op.Name, strings.TrimPrefix(op.Error, evidence.NoStorageResponse))
	case op.RefusedVersion != "":
		return text + ", because of API version " + op.RefusedVersion + "; start Azurite with --skipApiVersionCheck, " +
			"or have the service use an older version"
	case op.Status == 501:
		return text + "; this storage lacks the operation: judge the service over a storage account of Azure, " +
			"or have it send the content itself (PutBlob)"
	case op.Status == 403:
		return text + "; check the key or the SAS with which the service signs, and the firewall of the account"
	}
	return text + "; repeat the run when storage is well"
}

// faultDuring returns the fault of an act that was blocked, or of a call that was refused.
func faultDuring(c *Case, p *Problem, faults []evidence.Event) (evidence.Event, bool) {
	blocked := blockedAct(c, p)
	for _, f := range faults {
		if blocked != "" && f.Act == blocked {
			return f, true
		}
		for _, seq := range p.Events {
			i := slices.IndexFunc(c.Events, func(e evidence.Event) bool { return e.Seq == seq })
			if i >= 0 && refusedDuring(c, c.Events[i], f) {
				return f, true
			}
		}
	}
	return evidence.Event{}, false
}

// blockedAct returns the act that was blocked, if that is the problem, or "".
func blockedAct(c *Case, p *Problem) string {
	if p.Kind != Blocked {
		return ""
	}
	for _, key := range c.Situation.Nodes() {
		if q := actProblem(c, key); q != nil && q.Summary == p.Summary {
			return key
		}
	}
	return ""
}

// refusedDuring reports whether an event is a call with the right key that failed, and the fault happened during the
// call.
func refusedDuring(c *Case, e, fault evidence.Event) bool {
	if e.Kind != evidence.KindExchange || c.Situation.Last().Key != "" {
		return false
	}
	x, began := e.Exchange, fault.Operation.Began
	return (x.Status == 0 || x.Status >= 400) && !began.Before(x.Began) && !began.After(x.Ended)
}

// accepting returns the case as it would be if storage had carried out the faulty operations at once.
func accepting(c *Case, faults ...evidence.Event) *Case {
	out := *c
	out.Events = slices.Clone(c.Events)
	for _, f := range faults {
		acceptOne(&out, f)
	}
	return &out
}

// acceptOne changes the events of c as if storage had carried out an operation, or, for one that it did carry out, as
// if the harness had read the message.
func acceptOne(c *Case, fault evidence.Event) {
	op := *fault.Operation
	if op.Succeeded() {
		m := evidence.ReadMessage(op.Resource, op.MessageID, op.Text)
		appendAtEnd(c, evidence.Event{Kind: evidence.KindMessage, Message: &m})
		return
	}
	op.Ended, op.Status = op.Began, 201
	op.Code, op.Error, op.RefusedVersion = "", "", ""
	unanswered := unansweredMessage(c, *fault.Operation)
	if i := laterTry(c, fault); i >= 0 {
		later := *c.Events[i].Operation
		later.Began, later.Ended = op.Began, op.Ended
		c.Events[i].Operation = &later
		removeEvents(c, func(e evidence.Event) bool {
			return e.Kind == evidence.KindMessage && unanswered != "" && e.Message.ID == unanswered
		})
		return
	}
	switch {
	case op.Name == "PutMessage" && unanswered != "":
		op.MessageID = unanswered
	case op.Name == "PutMessage":
		op.MessageID = fmt.Sprint("accepted-", fault.Seq)
		m := evidence.ReadMessage(op.Resource, op.MessageID, op.Text)
		appendAtEnd(c, evidence.Event{Kind: evidence.KindMessage, Message: &m})
	case op.Name == "DeleteBlob":
		removeEvents(c, func(e evidence.Event) bool {
			return e.Kind == evidence.KindBlob && e.Blob.Container == op.Resource && e.Blob.Name == op.Object
		})
	case op.Object != "" && op.Writes():
		if _, exists := c.blobAtEnd(op.Resource, op.Object); !exists {
			b := &evidence.StoredBlob{Container: op.Resource, Name: op.Object, Length: op.Length, SHA256: op.SHA256}
			appendAtEnd(c, evidence.Event{Kind: evidence.KindBlob, Blob: b})
		}
	}
	i := slices.IndexFunc(c.Events, func(e evidence.Event) bool { return e.Seq == fault.Seq })
	c.Events[i].Operation = &op
}

func removeEvents(c *Case, matches func(evidence.Event) bool) {
	c.Events = slices.DeleteFunc(c.Events, matches)
}

func appendAtEnd(c *Case, e evidence.Event) {
	e.Seq, e.Act = c.Events[len(c.Events)-1].Seq+1, situation.End
	c.Events = append(c.Events, e)
}

// laterTry returns the index of the successful try of the same write after the fault, or -1.
func laterTry(c *Case, fault evidence.Event) int {
	return slices.IndexFunc(c.Events, func(e evidence.Event) bool {
		return e.Kind == evidence.KindOperation && e.Seq > fault.Seq && e.Operation.Succeeded() &&
			writeKey(*e.Operation) == writeKey(*fault.Operation)
	})
}

// unansweredMessage returns the id of a message that storage stored although the service got no response, or "".
func unansweredMessage(c *Case, op evidence.Operation) string {
	if op.Name != "PutMessage" || op.Status != 0 {
		return ""
	}
	for _, m := range c.allMessages() {
		if stored := m.event.Message; !m.observed() && stored.Queue == op.Resource && stored.Text == op.Text {
			return stored.ID
		}
	}
	return ""
}

// writeKey identifies the tries of one write: the operation, its queue or blob, and the content of a message.
func writeKey(op evidence.Operation) string {
	key := []string{string(op.Service), op.Name, op.Resource, op.Object}
	if op.Name == "PutMessage" {
		if m := effect.ParseMessage(op.Text); m.Text("type") != "" {
			return strings.Join(append(key, m.Text("type"), m.ProjectID(), m.IterationID(),
				m.Text("Content", "modelUri")), "\n")
		}
		key = append(key, op.Text)
	}
	return strings.Join(key, "\n")
}
