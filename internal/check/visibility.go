package check

import (
	"slices"
	"time"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/check/interval"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
)

const updateBlobService = "az storage account blob-service-properties update --account-name NAME " +
	"--resource-group GROUP "

// KeepDeleted is the command that makes an account retain deleted blobs, so that a poller finds them.
const KeepDeleted = updateBlobService + "--enable-delete-retention true --delete-retention-days 1"

// KeepVersions is the command that makes an account retain overwritten contents, so that a poller finds them.
const KeepVersions = updateBlobService + "--enable-versioning true"

// bypassProblem returns the problem of a check that only the gateway can decide, in a run whose service bypasses the
// gateway; nil in any other run.
func bypassProblem(c *Case, want string) *Problem {
	if !c.GatewayBypassed {
		return nil
	}
	return inconclusive(want, "cannot be observed: the service's requests to storage bypass the gateway")
}

// retentionProblem returns the problem of a check that a created and deleted blob would decide, in a run that does
// not observe such a blob; nil in any other run.
func retentionProblem(c *Case, want string) *Problem {
	if !c.HasContainers || !c.Visibility.CanMissBlobs() {
		return nil
	}
	return inconclusive(
		want,
		"cannot be observed: storage is polled in this run, and a blob that exists only between two "+
			"polls leaves no trace; have the account keep deleted blobs: "+KeepDeleted,
	)
}

// missesOperations reports whether storage may have been written to without an operation on record.
func (c *Case) missesOperations() bool { return c.Visibility.IsPolled() || c.GatewayBypassed }

// unobservedReason explains why a message or blob is present at the end although no storage operation that created it
// was observed.
func unobservedReason(c *Case) string {
	if c.Visibility.IsPolled() {
		return "no poll showed it: the queue holds more messages than a poll returns, or the listing was stale"
	}
	return "the service's requests to storage bypass the gateway"
}

// unobservedMessages returns the messages at the end whose PutMessage was not observed: those of the given queues, or
// without queues all of them.
func unobservedMessages(c *Case, queues ...string) []evidence.Event {
	return eventsOf(slices.DeleteFunc(c.messages(), func(m message) bool {
		return m.observed() || len(queues) > 0 && !slices.Contains(queues, m.event.Message.Queue)
	}))
}

// beginningOf returns the time at which an operation was begun: an instant if the gateway observed it.
func beginningOf(c *Case, op *evidence.Operation) interval.Interval {
	if op.Inferred == "" {
		return interval.At(op.Began)
	}
	return inferredInterval(c, op)
}

// completion returns the time at which an operation was complete: an instant if the gateway observed it.
func (c *Case) completion(op *evidence.Operation) interval.Interval {
	if op.Inferred == "" {
		return interval.At(op.Ended)
	}
	return inferredInterval(c, op)
}

// inferredInterval returns the time between two polls, of which only the second showed the effect of an operation. A
// listing of blobs may be stale by as much as the absence window.
func inferredInterval(c *Case, op *evidence.Operation) interval.Interval {
	i := interval.Interval{Earliest: op.Began, Latest: op.Ended}
	if op.Service == evidence.Blob {
		i.Earliest = i.Earliest.Add(-c.Budgets[budget.Absence])
	}
	return i
}

// An ordering requires that one time is not after another.
type ordering struct {
	want    string
	after   string // the reason of a failure
	unknown string // the reason where the order was not observed
}

func (o ordering) judge(a, b interval.Interval, events ...evidence.Event) *Problem {
	switch a.Compare(b) {
	case interval.After:
		return fail(o.want, o.after, events...)
	case interval.Unknown:
		return inconclusive(o.want, o.unknown, events...)
	}
	return nil
}

// begunAfter returns the operations that were begun after an instant, and those that may have been.
func begunAfter(c *Case, at time.Time, all []evidence.Event) (after, unknown []evidence.Event) {
	for _, e := range all {
		switch beginningOf(c, e.Operation).Compare(interval.At(at)) {
		case interval.After:
			after = append(after, e)
		case interval.Unknown:
			unknown = append(unknown, e)
		}
	}
	return after, unknown
}

// responsibleSince returns the time from which writes are attributed to this situation: the start of its first act.
// For an attempt it is the end of the preceding call or wait, because all storage was observed at that point.
func responsibleSince(c *Case) time.Time {
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
