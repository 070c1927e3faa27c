package steps

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/cvconform/cvconform/internal/containers"
	"github.com/cvconform/cvconform/internal/naming"
	"github.com/cvconform/cvconform/internal/perform"
	"github.com/cvconform/cvconform/internal/storage"
	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/internal/training"
)

// A broom finds what runs made, and removes it.
type broom struct {
	*house
	run        string        // of that run alone; "" means of all that are old enough
	older      time.Duration // how long ago such a run began
	idle       bool          // nothing is removed
	unapproved bool          // because nobody said yes
	tell       func(Leftover)

	spared  int     // that would have been removed but for idle
	missed  []error // what could not be looked for
	remains []error // what could not be removed
}

// deal removes what was found, where it is of a run that was asked for.
func (b *broom) deal(l Leftover, remove func() error) {
	if b.run != "" && l.Run != b.run {
		return
	}
	if l.Left == "" {
		l.Left = b.young(l.Run)
	}
	switch {
	case l.Left != "":
	case b.idle:
		b.spared++
	default:
		b.settled(&l, remove())
	}
	b.tell(l)
}

// settled notes what became of the removal.
func (b *broom) settled(l *Leftover, err error) {
	if l.Removed = err == nil; err != nil {
		l.Left = err.Error()
		b.remains = append(b.remains, fmt.Errorf("%s %s: %w", l.Kind, l.Name, err))
	}
}

// young says why a run may still go on; "" where it does not, or was asked for.
func (b *broom) young(run string) string {
	began, known := naming.Began(run)
	if age := b.now().Sub(began); b.run == "" && known && age < b.older {
		return fmt.Sprintf("its run began %s ago and may still go on", age.Round(time.Second))
	}
	return ""
}

// atEngine looks at the Docker engine, if there is one. What runs there ends with
// its run's process, so that one that is gone needs no age.
func (b *broom) atEngine(ctx context.Context) {
	if containers.Probe(ctx) != nil {
		return
	}
	err := containers.Abandoned(ctx, func(found containers.Leftover) error {
		if b.run == "" || found.Run == b.run {
			b.remove(ctx, found)
		}
		return nil
	})
	if err != nil {
		b.missed = append(b.missed, fmt.Errorf("the Docker engine: %w", err))
	}
}

func (b *broom) remove(ctx context.Context, found containers.Leftover) {
	l := Leftover{Kind: "docker " + found.Kind, Name: found.Name, Run: found.Run}
	if b.idle {
		b.spared++
		b.tell(l)
		return
	}
	gone, err := found.Remove(ctx)
	if err == nil && !gone {
		return // somebody else was faster, or needs it
	}
	b.settled(&l, err)
	b.tell(l)
}

// atService looks at the projects of a service that goes on after its runs.
func (b *broom) atService(ctx context.Context) {
	if b.target.Kind != target.Endpoint || ctx.Err() != nil {
		return
	}
	b.client = b.clientOf(b.target.Value, b.TrainingKey)
	if err := b.projects(ctx); err != nil {
		b.missed = append(b.missed, fmt.Errorf("target %s: the projects cannot be listed: %w", b.target, err))
	}
}

// projects deals with the projects of runs. One that has the name and another
// description is somebody's own.
func (b *broom) projects(ctx context.Context) error {
	var list []training.Project
	if err := training.Decode(b.redact.Exchange(b.client.GetProjects(ctx)), &list); err != nil {
		return err
	}
	var prefixes []string
	for _, prefix := range b.provoke {
		prefixes = append(prefixes, prefix)
	}
	for _, p := range list {
		begins, run, ok := naming.RunOfProject(p.Name)
		if !ok {
			continue
		}
		l := Leftover{Kind: "project", Name: p.Name, Run: run}
		switch {
		case !naming.Known(begins, prefixes...):
			l.Left = fmt.Sprintf("its name begins with %q: give --provoke where that is how a failure is provoked", begins)
		case !slices.Contains([]string{perform.Description, perform.UpdatedDescription}, p.Description):
			l.Left = fmt.Sprintf("its description is %q, and none that cvconform gives", p.Description)
		}
		b.deal(l, func() error { return b.discard(ctx, p.ID) })
	}
	return nil
}

// discard removes a project.
func (b *broom) discard(ctx context.Context, id string) error {
	return perform.Remains(b.redact.Exchange(b.client.DeleteProject(ctx, id)))
}

// inStorage looks at the queues and containers of an account that goes on after
// its runs.
func (b *broom) inStorage(ctx context.Context) {
	if !b.lasting() || ctx.Err() != nil {
		return
	}
	account, err := b.open(b.ConnectionString)
	if err != nil {
		b.missed = append(b.missed, err)
		return
	}
	if err := b.resources(ctx, account); err != nil {
		b.missed = append(b.missed, b.unreached(err))
	}
}

// resources deals with the queues and containers of runs.
func (b *broom) resources(ctx context.Context, a *storage.Account) error {
	queues, blobs, err := a.Names(ctx, naming.Stem)
	if err != nil {
		return err
	}
	for _, name := range queues {
		if run, ok := naming.RunOfResource(name); ok {
			b.deal(Leftover{Kind: "queue", Name: name, Run: run}, func() error { return a.DeleteQueue(ctx, name) })
		}
	}
	for _, name := range blobs {
		if run, ok := naming.RunOfResource(name); ok {
			b.deal(Leftover{Kind: "container", Name: name, Run: run}, func() error { return a.DeleteContainer(ctx, name) })
		}
	}
	return nil
}
