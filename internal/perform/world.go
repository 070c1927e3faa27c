package perform

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/sight"
	"github.com/cvconform/cvconform/internal/situation"
	"github.com/cvconform/cvconform/internal/storage"
	"github.com/cvconform/cvconform/internal/training"
)

// holdLimit is how long the gateway keeps back a message that arrives while
// TrainProject or ExportIteration is still unanswered. A service that waits for
// its message to be stored before it answers has then stored it early, provably;
// one that answers meanwhile has not, however close the race was, or slow the
// machine. Only the former is kept waiting to the end.
const holdLimit = 2 * time.Second

// A World is what a run has: the service, its storage as the harness reaches
// it, who sees what the one does to the other, and the settings. All fields but
// Suspect, Alive, Journal, Keep and Aside are needed.
type World struct {
	RunID    string // in the name of everything that is made
	Client   *training.Client
	Links    *http.Client // follows the links that the service gives out
	Account  *storage.Account
	Sight    sight.Sight
	Budgets  budget.Set
	Domain   training.Domain              // of the projects; the zero Domain leaves the choice to the service
	BodyForm bool                         // create-form reading: URIs in the JSON body
	Provoke  map[situation.Failure]string // name prefixes that make trainings or exports fail
	Poll     time.Duration                // between two looks at a status
	Now      func() time.Time
	Redact   *evidence.Redactor

	// Suspect is told the name of every project that may be there after Perform: its
	// creation, or its removal, was not answered well. It may be called concurrently.
	// nil means nobody is.
	Suspect func(name string)
	// Alive ends when the service has ended, and all that it had begun in storage is
	// on record: what it has not done by then it will not do. nil means that nobody
	// can tell.
	Alive context.Context
	// Journal returns what is told of every event of a lineage as it is recorded.
	Journal func(number int) func(evidence.Event)
	// Keep is given the content of every blob and download, which is gone when it
	// returns. It may be called concurrently.
	Keep func(sum string, length int64, content io.ReaderAt)
	// Aside is told of the calls that belong to no act. It may be called concurrently.
	Aside func(evidence.Exchange)
}

// Perform does one lineage from its first act to the last observation, and
// removes its projects; queues and containers, which have RunID in their names,
// are the run's to remove. number is the lineage's place in the run; it goes into
// names. The error is the harness's own trouble (its storage failed, or ctx
// ended, or a panic); what the service does wrong is evidence.
func (w *World) Perform(ctx context.Context, l *situation.Lineage, number int) (*evidence.Timeline, error) {
	p := &performance{World: w, number: number, quiet: l.Quiet, timeline: w.newTimeline(number)}
	if l.Quiet {
		p.rest(ctx)
	}
	p.watch = w.Sight.Watch(p.note)
	defer p.watch.Close()
	defer func() { p.Sight.Leave(p.names()...) }()
	defer p.clean(context.WithoutCancel(ctx))
	err := p.sound()
	p.guard(func() {
		if err == nil {
			err = p.all(ctx, l.Root)
		}
	})()
	if err == nil {
		err = p.sound()
	}
	return p.timeline, err
}

// all performs the acts below root, and looks at what is there in the end.
func (p *performance) all(ctx context.Context, root *situation.Node) error {
	if err := p.walk(ctx, root); err != nil {
		return err
	}
	return p.end(ctx)
}

func (w *World) newTimeline(number int) *evidence.Timeline {
	timeline := evidence.NewTimeline(w.Now, w.Redact)
	if w.Journal != nil {
		timeline.Tell(w.Journal(number))
	}
	return timeline
}

// walk performs the children of n, each with all that continues it.
func (p *performance) walk(ctx context.Context, n *situation.Node) error {
	for _, child := range n.Children {
		out, err := p.act(ctx, child)
		if err != nil {
			return err
		}
		if out.done() {
			if err := p.walk(ctx, child); err != nil {
				return err
			}
		}
	}
	return nil
}

// An outcome says what became of an act; the zero outcome is success.
type outcome struct {
	blocked string // it could not be done
	unseen  string // it was not over within its budget, or had not the effect that was provoked
}

func (o outcome) done() bool { return o.blocked == "" && o.unseen == "" }

// act performs one act between its two marks.
func (p *performance) act(ctx context.Context, n *situation.Node) (outcome, error) {
	p.timeline.Enter(n.Key)
	p.open = p.Now()
	p.record(evidence.Event{Kind: evidence.KindAct, ActMark: &evidence.Act{Phase: "began", Title: n.Act.Title()}})
	out, err := p.do(ctx, n.Act)
	if err == nil {
		err = p.sound()
	}
	if err == nil && p.quiet && claimsNothing(n.Act) {
		err = p.absence(ctx)
	}
	if err == nil {
		p.settle(ctx)
		err = p.sound()
	}
	p.record(evidence.Event{Kind: evidence.KindAct, Act: n.Key,
		ActMark: &evidence.Act{Phase: "ended", Title: n.Act.Title(), Blocked: out.blocked, Unseen: out.unseen}})
	if n.Act.Verb == situation.Attempt {
		p.remove(context.WithoutCancel(ctx), len(p.projects)) // what should have been refused takes a place
	}
	if err == nil {
		err = ctx.Err()
	}
	return out, err
}

// claimsNothing says whether the act of a quiet lineage has to be followed by
// an absence window: an attempt only where the caller had no right at all.
func claimsNothing(a situation.Act) bool { return a.Verb != situation.Attempt || a.Key != "" }

func (p *performance) do(ctx context.Context, a situation.Act) (outcome, error) {
	switch a.Verb {
	case situation.Create:
		return p.create(ctx, a)
	case situation.Attempt:
		return p.attempt(ctx, a)
	case situation.Update:
		return p.update(ctx, p.projects[0], a)
	case situation.Train:
		return p.each(func(j *project) outcome { return p.train(ctx, j) }), nil
	case situation.Export:
		return p.each(func(j *project) outcome { return p.export(ctx, j, a.Platform) }), nil
	}
	panic("perform: unknown act " + a.String())
}
