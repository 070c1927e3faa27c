package check

import (
	"fmt"
	"slices"
	"time"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
)

// KeepDeleted is the command after which a listing shows blobs that are gone.
const KeepDeleted = "az storage account blob-service-properties update --account-name NAME --resource-group GROUP " +
	"--enable-delete-retention true --delete-retention-days 1"

// KeepVersions is the command after which a listing shows what was overwritten.
const KeepVersions = "az storage account blob-service-properties update --account-name NAME --resource-group GROUP --enable-versioning true"

// inconclusive is a problem that leaves the verdict open.
func inconclusive(want, got string, events ...evidence.Event) *Problem {
	p := fail(want, got, events...)
	p.Kind = Inconclusive
	return p
}

// retentionProblem is the problem of a check that a blob which came and went would decide, in
// a run that does not see such a blob; nil in any other run.
func (c *Case) retentionProblem(want string) *Problem {
	if !c.HasContainers || !c.Visibility.CanMissBlobs() {
		return nil
	}
	return inconclusive(
		want,
		"nobody could see it: storage is listed in this run, and a blob that comes and goes between two looks leaves no trace; "+
			"have the account keep deleted blobs: "+KeepDeleted,
	)
}

// listingLag is how long a listing of blobs may lag: what has not come by the end of the
// absence window is taken not to come.
func (c *Case) listingLag() time.Duration { return c.Budgets[budget.Absence] }

// earliestStart is the instant before which an inferred operation cannot have been: for
// a blob a look that does not show it may have been of an old list.
func (c *Case) earliestStart(op *evidence.Operation) time.Time {
	if op.Inferred != "" && op.Service == evidence.Blob {
		return op.Began.Add(-c.listingLag())
	}
	return op.Began
}

// splitAt sorts operations into those that were after an instant for certain, and
// those of which nobody knows; those from before are left out.
func (c *Case) splitAt(at time.Time, all []evidence.Event) (after, open []evidence.Event) {
	for _, e := range all {
		switch op := e.Operation; {
		case c.earliestStart(op).After(at):
			after = append(after, e)
		case op.Inferred != "" && op.Ended.After(at):
			open = append(open, e)
		}
	}
	return after, open
}

// unobservedReason is the reason why something is there at the end that nobody saw come.
func (c *Case) unobservedReason() string {
	if c.Visibility.IsPolled() {
		return "no look showed it, of a queue that holds more messages than one look shows, or a list that was old"
	}
	return "the service reached its storage around the gateway"
}

// unobservedMessages are those at the end, in these queues or, where none is named, in
// all, of which no look showed that they were put.
func (c *Case) unobservedMessages(queues ...string) []evidence.Event {
	var out []evidence.Event
	for _, m := range c.messages() {
		if m.stored.Seq == 0 && (len(queues) == 0 || slices.Contains(queues, m.event.Message.Queue)) {
			out = append(out, m.event)
		}
	}
	return out
}

// listedInTime holds the ConnectionTest messages against the budget from the
// answer: one of them has to have been put in time.
func (c *Case) listedInTime() *Problem {
	p, problem := c.singleProject()
	if problem != nil {
		return problem
	}
	answer, ok := c.answer()
	if !ok {
		return c.noAnswer()
	}
	limit := c.Budgets[budget.ConnectionTest]
	want := fmt.Sprintf("the ConnectionTest message within %s (budget %s)", limit, budget.ConnectionTest)
	deadline := answer.Exchange.Ended.Add(limit)
	found := c.relevantTo(ConnectionTest, p)
	var open []evidence.Event
	for _, m := range found {
		switch {
		case m.stored.Seq == 0:
			open = append(open, m.event)
		case !m.stored.Operation.Ended.After(deadline):
			return nil
		case !m.stored.Operation.Began.After(deadline):
			open = append(open, m.stored)
		}
	}
	if len(open) > 0 {
		return inconclusive(want, "nobody could see whether it came in time: no look at the queue was near enough", open...)
	}
	return fail(want, "it did not come in time", append(c.expiredWaits(budget.ConnectionTest), events(found)...)...)
}

// listedGone holds the lives of the test blobs against the budget.
func (c *Case) listedGone(found []evidence.Event) *Problem {
	answer, ok := c.answer()
	if !ok {
		return c.noAnswer()
	}
	for _, e := range found {
		if problem := c.checkLifetime(e, answer.Exchange.Began); problem != nil {
			return problem
		}
	}
	return nil
}

// checkLifetime holds the life of one test blob against the budget. It cannot have begun
// before the call that made the service write it.
func (c *Case) checkLifetime(put evidence.Event, call time.Time) *Problem {
	limit := c.Budgets[budget.TestBlob]
	object := put.Operation.Object
	want := fmt.Sprintf("the test blob to go within %s (budget %s)", limit, budget.TestBlob)
	if stored, still := c.atEnd(put.Operation.Resource, object); still {
		return fail(want, "test blob "+object+" is still there at the end", put, stored)
	}
	gone, ok := c.deletion(put)
	if !ok {
		return inconclusive(want, "nobody saw when the test blob went", put)
	}
	from := c.earliestStart(put.Operation)
	if from.Before(call) {
		from = call
	}
	switch {
	case c.earliestStart(gone.Operation).Sub(put.Operation.Ended) > limit:
		return fail(want, "it did not come in time", put, gone)
	case gone.Operation.Ended.Sub(from) > limit:
		return inconclusive(
			want,
			"nobody could see whether it went in time: no look at the container was near enough",
			put,
			gone,
		)
	}
	return nil
}

// deletion is the operation that deleted what was put.
func (c *Case) deletion(put evidence.Event) (evidence.Event, bool) {
	for _, e := range c.events(evidence.KindOperation) {
		o := e.Operation
		if e.Seq > put.Seq && o.Name == "DeleteBlob" && o.Resource == put.Operation.Resource &&
			o.Object == put.Operation.Object &&
			o.Succeeded() {
			return e, true
		}
	}
	return evidence.Event{}, false
}

// lateBlobs are blobs that were seen in the container only after the last act, by a
// list that may have been old, and that are no backups: nobody knows whether the
// act wrote them.
func (c *Case) lateBlobs() []evidence.Event {
	p, problem := c.singleProject()
	if problem != nil || !c.Visibility.IsPolled() {
		return nil
	}
	over := 0
	for _, e := range c.eventsIn(c.lastAct(), evidence.KindAct) {
		over = e.Seq
	}
	var out []evidence.Event
	for _, e := range c.writes(c.events(evidence.KindOperation)) {
		if e.Seq > over && e.Operation.Resource == p.container && subject(*e.Operation) == "" {
			out = append(out, e)
		}
	}
	return out
}

// listedCompletely judges the contents that a backup was seen with: each has an
// ETag of its own.
func (c *Case) listedCompletely(blob evidence.Event, commits []evidence.Event) *Problem {
	const want = "the whole backup under its name at once"
	switch one := commits[0].Operation; {
	case one.ETag != blob.Blob.ETag && one.Length != blob.Blob.Length:
		return fail(
			want,
			fmt.Sprintf("it was seen with %d bytes, and has %d at the end", one.Length, blob.Blob.Length),
			append(commits, blob)...)
	case one.ETag != blob.Blob.ETag:
		return inconclusive(want, "it was written more than once, with as many bytes each time", append(commits, blob)...)
	case !c.Visibility.OverwrittenBlobs:
		return inconclusive(
			want,
			"nobody could see whether it was written more than once: storage is listed in this run, and what is overwritten between "+
				"two looks leaves no trace; have the account keep versions: "+KeepVersions,
			append(commits, blob)...)
	}
	return nil
}

// listedBefore judges whether the last content of a backup was there before each
// message.
func (c *Case) listedBefore(blob, last evidence.Event, found []message) *Problem {
	const want = "the backup complete before the Export message is stored"
	if last.Operation.ETag != blob.Blob.ETag {
		return inconclusive(want, "nobody saw when the backup got its last content", last, blob)
	}
	for _, m := range found {
		switch message := m.stored.Operation; {
		case c.earliestStart(last.Operation).After(message.Ended):
			return fail(want, "the message was stored first", m.stored, last)
		case last.Operation.Ended.After(message.Began):
			return inconclusive(want, "nobody could see which was stored first: no look came between the two", m.stored, last)
		}
	}
	return nil
}

// lagInconclusive is the problem of a status that may have lagged too long behind an
// inferred message: had it been put as early as it can have been, a look would
// show it.
func (c *Case) lagInconclusive(looks []evidence.Event, over evidence.Event, found []message) *Problem {
	limit := c.Budgets[budget.StatusLag]
	for _, look := range looks {
		for _, m := range found {
			lag := look.Exchange.Began.Sub(m.stored.Operation.Began)
			if m.stored.Operation.Inferred != "" && look.Seq < over.Seq && lag > limit {
				return inconclusive(fmt.Sprintf("a terminal status within %s of the message (budget status-lag)", limit),
					"nobody could see when the message was stored: no look at the queue was near enough", m.stored, look, over)
			}
		}
	}
	return nil
}

// responsibleSince is the instant from which the situation answers for what is written:
// that of its first act, or for an attempt when the last call, or wait, before it
// was over. Whoever performed it looked at everything then.
func (c *Case) responsibleSince() time.Time {
	from := c.Started
	if c.Situation.Last().Verb != situation.Attempt {
		return from
	}
	for _, e := range c.Events {
		switch {
		case e.Act == c.lastAct():
			return from
		case e.Kind == evidence.KindExchange:
			from = e.Exchange.Ended
		case e.Kind == evidence.KindWait:
			from = c.Started.Add(e.At)
		}
	}
	return from
}
