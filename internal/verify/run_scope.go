package verify

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/engine/perform"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/naming"
	"github.com/cvconform/cvconform/internal/reading"
	"github.com/cvconform/cvconform/steps/report"
)

// A runScope is the scope that every event of one timeline must be in: the run
// that the report is of. Its methods return how an event is outside, or "".
type runScope struct {
	run     report.Run
	number  int // of the act tree
	budgets budget.Set
}

// firstForeignEvent describes the first event that cannot be of the run: one of
// another time, another service, other queues and containers, or another budget.
func (o runScope) firstForeignEvent(events []evidence.Event, started time.Time) string {
	if len(events) > 0 && started.Before(o.run.Started) {
		return fmt.Sprintf("it began at %s, before the run", started)
	}
	for _, e := range events {
		if started.Add(e.At).After(o.run.Finished) {
			return fmt.Sprintf("event %d was recorded after the run", e.Seq)
		}
		if reason := o.foreignReason(e); reason != "" {
			return fmt.Sprintf("event %d: %s", e.Seq, reason)
		}
	}
	return ""
}

func (o runScope) foreignReason(e evidence.Event) string {
	switch e.Kind {
	case evidence.KindExchange:
		return o.checkURL(e.Exchange.URL)
	case evidence.KindWait:
		if limit, known := o.budgets[e.Wait.Budget]; !known || limit != e.Wait.Limit {
			return fmt.Sprintf("it waited within %s, budget %s of the report is %s", e.Wait.Limit, e.Wait.Budget, limit)
		}
	case evidence.KindOperation:
		return o.checkOperation(*e.Operation)
	case evidence.KindResource:
		return o.checkResource(*e.Resource)
	case evidence.KindMessage:
		return o.checkName(e.Message.Queue)
	case evidence.KindBlob:
		return o.checkName(e.Blob.Container)
	}
	return ""
}

// checkURL checks that a call went to the target of the run, by a version of the
// API that the run uses.
func (o runScope) checkURL(url string) string {
	for _, version := range []string{o.run.Readings[reading.APIVersion], perform.PreviewVersion} {
		if strings.HasPrefix(url, o.run.Target.Endpoint+"/customvision/"+version+"/Training/") {
			return ""
		}
	}
	return fmt.Sprintf("%s is not a call to %s, API %s", url, o.run.Target.Endpoint, o.run.Readings[reading.APIVersion])
}

// checkOperation checks that the observer of the run can have seen, or inferred,
// an operation.
func (o runScope) checkOperation(op evidence.Operation) string {
	v := o.run.Visibility
	switch {
	case (op.Inferred != "") != v.IsPolled():
		return fmt.Sprintf("%s is inferred from %q, the report says that storage was observed by the %s",
			op.Name, op.Inferred, cmp.Or(v.Observer, report.Gateway))
	case (op.Inferred == evidence.FromDeleted || op.Inferred == evidence.FromVersion) && v.CanMissBlobs():
		return fmt.Sprintf("%s is inferred from %q, but the report says that the account keeps none", op.Name, op.Inferred)
	}
	return ""
}

func (o runScope) checkResource(r evidence.Resource) string {
	endpoint := o.run.Storage.SeenBlobEndpoint
	if r.Service == evidence.Queue {
		endpoint = o.run.Storage.SeenQueueEndpoint
	}
	if r.URI != endpoint+"/"+r.Name {
		return fmt.Sprintf("%s is not %s of the storage at %s", r.URI, r.Name, endpoint)
	}
	return o.checkName(r.Name)
}

func (o runScope) checkName(name string) string {
	if prefix := naming.ResourcePrefix(o.run.ID, o.number); !strings.HasPrefix(name, prefix) {
		return fmt.Sprintf("%s was created for another situation or run: its name does not begin with %s", name, prefix)
	}
	return ""
}
