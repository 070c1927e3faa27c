package steps

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

// An runScope is what every event of one timeline has to fit: the run that the
// report is of.
type runScope struct {
	run     report.Run
	number  int // of the lineage
	budgets budget.Set
}

// firstForeignEvent says which event cannot be of the run: one of another time, of another
// service, of queues and containers of other situations, of another budget. ""
// means that all fit.
func (o runScope) firstForeignEvent(events []evidence.Event, started time.Time) string {
	if len(events) > 0 && started.Before(o.run.Started) {
		return fmt.Sprintf("it began at %s, before the run", started)
	}
	for _, e := range events {
		if started.Add(e.At).After(o.run.Finished) {
			return fmt.Sprintf("event %d was recorded after the run", e.Seq)
		}
		if why := o.foreignReason(e); why != "" {
			return fmt.Sprintf("event %d: %s", e.Seq, why)
		}
	}
	return ""
}

func (o runScope) foreignReason(e evidence.Event) string {
	switch e.Kind {
	case evidence.KindExchange:
		return o.service(e.Exchange.URL)
	case evidence.KindWait:
		if limit, known := o.budgets[e.Wait.Budget]; !known || limit != e.Wait.Limit {
			return fmt.Sprintf("it waited within %s, budget %s of the report is %s", e.Wait.Limit, e.Wait.Budget, limit)
		}
	case evidence.KindOperation:
		return o.seen(*e.Operation)
	case evidence.KindResource:
		return o.resource(*e.Resource)
	case evidence.KindMessage:
		return o.name(e.Message.Queue)
	case evidence.KindBlob:
		return o.name(e.Blob.Container)
	}
	return ""
}

// service says whether a call went to the target of the run, by a version of the
// API that the run speaks.
func (o runScope) service(url string) string {
	for _, version := range []string{o.run.Readings[reading.APIVersion], perform.PreviewVersion} {
		if strings.HasPrefix(url, o.run.Target.Endpoint+"/customvision/"+version+"/Training/") {
			return ""
		}
	}
	return fmt.Sprintf(
		"the call of %s is none to %s, API %s",
		url,
		o.run.Target.Endpoint,
		o.run.Readings[reading.APIVersion],
	)
}

// seen says whether an operation was seen, or inferred, as the run can have.
func (o runScope) seen(op evidence.Operation) string {
	v := o.run.Visibility
	switch {
	case (op.Inferred != "") != (v.IsPolled()):
		return fmt.Sprintf("%s is inferred from %q, the report says that storage was observed by the %s", op.Name, op.Inferred, cmp.Or(v.Observer, report.Gateway))
	case (op.Inferred == evidence.FromDeleted || op.Inferred == evidence.FromVersion) && v.CanMissBlobs():
		return fmt.Sprintf("%s is inferred from %q, of which the account keeps none by the report", op.Name, op.Inferred)
	}
	return ""
}

func (o runScope) resource(r evidence.Resource) string {
	endpoint := o.run.Storage.SeenBlobEndpoint
	if r.Service == evidence.Queue {
		endpoint = o.run.Storage.SeenQueueEndpoint
	}
	if r.URI != endpoint+"/"+r.Name {
		return fmt.Sprintf("%s is not %s of the storage at %s", r.URI, r.Name, endpoint)
	}
	return o.name(r.Name)
}

func (o runScope) name(name string) string {
	if prefix := naming.ResourcePrefix(o.run.ID, o.number); !strings.HasPrefix(name, prefix) {
		return fmt.Sprintf("%s was made for another situation or run: its name does not begin with %s", name, prefix)
	}
	return ""
}
