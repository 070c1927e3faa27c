package steps

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/cvconform/cvconform/internal/docker"
	"github.com/cvconform/cvconform/internal/engine/perform"
	"github.com/cvconform/cvconform/internal/naming"
	"github.com/cvconform/cvconform/internal/storage"
	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/internal/trainingapi"
)

// A Cleaner finds what runs made, and removes it.
type Cleaner struct {
	*Session
	run           string        // of that run alone; "" means of all that are old enough
	minAge        time.Duration // how long ago such a run began
	dryRun        bool          // nothing is removed
	needsApproval bool          // because nobody said yes
	onLeftover    func(Leftover)

	wouldRemove  int     // that would have been removed but for idle
	listErrors   []error // what could not be looked for
	removeErrors []error // what could not be removed
}

// handle removes what was found, where it is of a run that was asked for.
func (b *Cleaner) handle(l Leftover, remove func() error) {
	if b.run != "" && l.Run != b.run {
		return
	}
	if l.KeptBecause == "" {
		l.KeptBecause = b.tooRecent(l.Run)
	}
	switch {
	case l.KeptBecause != "":
	case b.dryRun:
		b.wouldRemove++
	default:
		b.recordResult(&l, remove())
	}
	b.onLeftover(l)
}

// recordResult notes what became of the removal.
func (b *Cleaner) recordResult(l *Leftover, err error) {
	if l.Removed = err == nil; err != nil {
		l.KeptBecause = err.Error()
		b.removeErrors = append(b.removeErrors, fmt.Errorf("%s %s: %w", l.Kind, l.Name, err))
	}
}

// tooRecent says why a run may still go on; "" where it does not, or was asked for.
func (b *Cleaner) tooRecent(run string) string {
	began, known := naming.StartTime(run)
	if age := b.now().Sub(began); b.run == "" && known && age < b.minAge {
		return fmt.Sprintf("its run began %s ago and may still go on", age.Round(time.Second))
	}
	return ""
}

// cleanDocker looks at the Docker engine, if there is one. What runs there ends with
// its run's process, so that one that is gone needs no age.
func (b *Cleaner) cleanDocker(ctx context.Context) {
	if docker.Probe(ctx) != nil {
		return
	}
	err := docker.Orphans(ctx, func(found docker.Leftover) error {
		if b.run == "" || found.Run == b.run {
			b.remove(ctx, found)
		}
		return nil
	})
	if err != nil {
		b.listErrors = append(b.listErrors, fmt.Errorf("the Docker engine: %w", err))
	}
}

func (b *Cleaner) remove(ctx context.Context, found docker.Leftover) {
	l := Leftover{Kind: "docker " + found.Kind, Name: found.Name, Run: found.Run}
	if b.dryRun {
		b.wouldRemove++
		b.onLeftover(l)
		return
	}
	gone, err := found.Remove(ctx)
	if err == nil && !gone {
		return // somebody else was faster, or needs it
	}
	b.recordResult(&l, err)
	b.onLeftover(l)
}

// cleanService looks at the projects of a service that goes on after its runs.
func (b *Cleaner) cleanService(ctx context.Context) {
	if b.target.Kind != target.Endpoint || ctx.Err() != nil {
		return
	}
	b.client = b.clientOf(b.target.Value, b.TrainingKey)
	if err := b.projects(ctx); err != nil {
		b.listErrors = append(b.listErrors, fmt.Errorf("target %s: the projects cannot be listed: %w", b.target, err))
	}
}

// projects deals with the projects of runs. One that has the name and another
// description is somebody's own.
func (b *Cleaner) projects(ctx context.Context) error {
	var list []trainingapi.Project
	if err := trainingapi.Decode(b.redact.Exchange(b.client.GetProjects(ctx)), &list); err != nil {
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
		case !naming.IsKnownPrefix(begins, prefixes...):
			l.KeptBecause = fmt.Sprintf(
				"its name begins with %q: give --provoke where that is how a failure is provoked",
				begins,
			)
		case !slices.Contains([]string{perform.Description, perform.UpdatedDescription}, p.Description):
			l.KeptBecause = fmt.Sprintf("its description is %q, and none that cvconform gives", p.Description)
		}
		b.handle(l, func() error { return b.deleteProject(ctx, p.ID) })
	}
	return nil
}

// deleteProject removes a project.
func (b *Cleaner) deleteProject(ctx context.Context, id string) error {
	return perform.DeleteError(b.redact.Exchange(b.client.DeleteProject(ctx, id)))
}

// cleanStorage looks at the queues and containers of an account that goes on after
// its runs.
func (b *Cleaner) cleanStorage(ctx context.Context) {
	if !b.usesExternalStorage() || ctx.Err() != nil {
		return
	}
	account, err := b.open(b.ConnectionString)
	if err != nil {
		b.listErrors = append(b.listErrors, err)
		return
	}
	if err := b.deleteResources(ctx, account); err != nil {
		b.listErrors = append(b.listErrors, b.storageError(err))
	}
}

// deleteResources deals with the queues and containers of runs.
func (b *Cleaner) deleteResources(ctx context.Context, a *storage.Account) error {
	queues, blobs, err := a.Names(ctx, naming.Prefix)
	if err != nil {
		return err
	}
	for _, name := range queues {
		if run, ok := naming.RunOfResource(name); ok {
			b.handle(Leftover{Kind: "queue", Name: name, Run: run}, func() error { return a.DeleteQueue(ctx, name) })
		}
	}
	for _, name := range blobs {
		if run, ok := naming.RunOfResource(name); ok {
			b.handle(Leftover{Kind: "container", Name: name, Run: run}, func() error { return a.DeleteContainer(ctx, name) })
		}
	}
	return nil
}
