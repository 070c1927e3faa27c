package perform

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/observe"
	"github.com/cvconform/cvconform/internal/storage"
	"github.com/cvconform/cvconform/internal/trainingapi"
	"github.com/cvconform/cvconform/internal/trainingapi/client"
)

// holdLimit is how long the gateway keeps back a message that arrives while
// TrainProject or ExportIteration is still unanswered. A service that waits for
// its message to be stored before it answers has then stored it early, provably;
// one that answers meanwhile has not, however close the race was, or slow the
// machine. Only the former is kept waiting to the end.
const holdLimit = 2 * time.Second

// A Performer is what a run has: the service, its storage as the harness reaches
// it, who sees what the one does to the other, and the settings. All fields but
// Suspect, Alive, Journal, Keep and Aside are needed.
type Performer struct {
	RunID           string // in the name of everything that is made
	Client          *client.Client
	LinkClient      *http.Client // follows the links that the service gives out
	Account         *storage.Account
	Observer        observe.Observer
	Budgets         budget.Set
	Domain          trainingapi.Domain           // of the projects; the zero Domain leaves the choice to the service
	BodyForm        bool                         // create-form reading: URIs in the JSON body
	FailurePrefixes map[situation.Failure]string // name prefixes that make trainings or exports fail
	PollInterval    time.Duration                // between two looks at a status
	Now             func() time.Time
	Redact          *evidence.Redactor

	// OnUnconfirmedProject is told the name of every project that may be there after Perform: its
	// creation, or its removal, was not answered well. It may be called concurrently.
	// nil means nobody is.
	OnUnconfirmedProject func(name string)
	// ServiceContext ends when the service has ended, and all that it had begun in storage is
	// on record: what it has not done by then it will not do. nil means that nobody
	// can tell.
	ServiceContext context.Context
	// Subscribe returns what is told of every event of a lineage as it is recorded.
	Subscribe func(number int) func(evidence.Event)
	// StoreContent is given the content of every blob and download, which is gone when it
	// returns. It may be called concurrently.
	StoreContent func(sum string, length int64, content io.ReaderAt)
	// OnOutsideCall is told of the calls that belong to no act. It may be called concurrently.
	OnOutsideCall func(evidence.Exchange)
}

// Perform does one lineage from its first act to the last observation, and
// removes its projects; queues and containers, which have RunID in their names,
// are the run's to remove. number is the lineage's place in the run; it goes into
// names. The error is the harness's own trouble (its storage failed, or ctx
// ended, or a panic); what the service does wrong is evidence.
func (w *Performer) Perform(ctx context.Context, l *situation.ActTree, number int) (*evidence.Timeline, error) {
	p := &execution{Performer: w, number: number, exclusive: l.Exclusive, timeline: w.newTimeline(number)}
	if l.Exclusive {
		p.waitBeforeAbsenceCheck(ctx)
	}
	p.watch = w.Observer.Subscribe(p.onOperation)
	defer p.watch.Close()
	defer func() { p.Observer.StopPolling(p.names()...) }()
	defer p.clean(context.WithoutCancel(ctx))
	err := p.err()
	p.recoverPanics(func() {
		if err == nil {
			err = p.all(ctx, l.Root)
		}
	})()
	if err == nil {
		err = p.err()
	}
	return p.timeline, err
}

// all performs the acts below root, and looks at what is there in the end.
func (p *execution) all(ctx context.Context, root *situation.Node) error {
	if err := p.performNode(ctx, root); err != nil {
		return err
	}
	return p.recordFinalState(ctx)
}

func (w *Performer) newTimeline(number int) *evidence.Timeline {
	timeline := evidence.NewTimeline(w.Now, w.Redact)
	if w.Subscribe != nil {
		timeline.Subscribe(w.Subscribe(number))
	}
	return timeline
}

// performNode performs the children of n, each with all that continues it.
func (p *execution) performNode(ctx context.Context, n *situation.Node) error {
	for _, child := range n.Children {
		out, err := p.act(ctx, child)
		if err != nil {
			return err
		}
		if out.done() {
			if err := p.performNode(ctx, child); err != nil {
				return err
			}
		}
	}
	return nil
}

// An actResult says what became of an act; the zero outcome is success.
type actResult struct {
	blocked      string // it could not be done
	inconclusive string // it was not over within its budget, or had not the effect that was provoked
}

func (o actResult) done() bool { return o.blocked == "" && o.inconclusive == "" }

// act performs one act between its two marks.
func (p *execution) act(ctx context.Context, n *situation.Node) (actResult, error) {
	p.timeline.BeginAct(n.Key)
	p.actStarted = p.Now()
	p.record(
		evidence.Event{Kind: evidence.KindAct, ActBoundary: &evidence.ActBoundary{Phase: "began", Title: n.Act.Title()}},
	)
	out, err := p.performVerb(ctx, n.Act)
	if err == nil {
		err = p.err()
	}
	if err == nil && p.exclusive && needsAbsenceWindow(n.Act) {
		err = p.absence(ctx)
	}
	if err == nil {
		p.flush(ctx)
		err = p.err()
	}
	p.record(evidence.Event{Kind: evidence.KindAct, Act: n.Key,
		ActBoundary: &evidence.ActBoundary{
			Phase:        "ended",
			Title:        n.Act.Title(),
			Blocked:      out.blocked,
			Inconclusive: out.inconclusive,
		}})
	if n.Act.Verb == situation.Attempt {
		p.remove(context.WithoutCancel(ctx), len(p.projects)) // what should have been refused takes a place
	}
	if err == nil {
		err = ctx.Err()
	}
	return out, err
}

// needsAbsenceWindow says whether the act of a quiet lineage has to be followed by
// an absence window: an attempt only where the caller had no right at all.
func needsAbsenceWindow(a situation.Act) bool { return a.Verb != situation.Attempt || a.Key != "" }

func (p *execution) performVerb(ctx context.Context, a situation.Act) (actResult, error) {
	switch a.Verb {
	case situation.Create:
		return p.create(ctx, a)
	case situation.Attempt:
		return p.attempt(ctx, a)
	case situation.Update:
		return p.update(ctx, p.projects[0], a)
	case situation.Train:
		return p.each(func(j *project) actResult { return p.train(ctx, j) }), nil
	case situation.Export:
		return p.each(func(j *project) actResult { return p.export(ctx, j, a.Platform) }), nil
	}
	panic("perform: unknown act " + a.String())
}
