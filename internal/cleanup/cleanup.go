// Package cleanup deletes the things that runs create and may leave behind:
// projects of a service, queues and containers of a storage account, and
// containers, networks and images of a Docker engine.
//
// It recognises the things of a run by their names, and projects also by their
// description. It never deletes anything else. It knows no configuration: the
// caller opens the service and the account. Stop extending it if a new kind of
// thing cannot be recognised by a name that only runs give.
package cleanup

import (
	"context"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/cvconform/cvconform/internal/docker"
	"github.com/cvconform/cvconform/internal/engine/perform"
	"github.com/cvconform/cvconform/internal/evidence/redact"
	"github.com/cvconform/cvconform/internal/naming"
	"github.com/cvconform/cvconform/internal/storage"
	"github.com/cvconform/cvconform/internal/trainingapi"
	"github.com/cvconform/cvconform/internal/trainingapi/client"
)

// concurrentDeletions is how many queues and containers are deleted at a time.
const concurrentDeletions = 8

// A Leftover is a thing that a run created and did not delete.
type Leftover struct {
	Kind        string // "project", "queue", "container", "docker container", "docker network" or "docker image"
	Name        string
	Run         string // id of the run that created it
	Removed     bool   // it has been deleted
	KeptBecause string // why it was not deleted; "" if it was, or if deletions are only listed
}

// A Cleaner deletes the leftovers that Match selects. It continues after a
// deletion that fails, and collects the errors.
type Cleaner struct {
	// Match reports whether the leftovers of a run are selected. nil selects all.
	Match func(run string) bool
	// Keep returns why a selected leftover on a service or in storage must not be
	// deleted, or "" to delete it. nil deletes all.
	Keep func(run string) (reason string)
	// DryRun lists leftovers without deleting them.
	DryRun bool
	// OnLeftover is called with each selected leftover after it has been handled.
	// nil means no notification.
	OnLeftover func(Leftover)

	pending int
	failed  []error
	deleted int
}

// Deleted returns the number of leftovers that were deleted.
func (c *Cleaner) Deleted() int { return c.deleted }

// Pending returns the number of leftovers that would have been deleted without
// DryRun.
func (c *Cleaner) Pending() int { return c.pending }

// Failed returns the errors of the deletions that failed.
func (c *Cleaner) Failed() []error { return c.failed }

// A candidate is a thing that bears the name of a run, and how to delete it.
type candidate struct {
	Leftover
	remove func() error
}

// clean handles candidates: it deletes up to limit of them at a time, and reports
// them in their order.
func (c *Cleaner) clean(limit int, candidates []candidate) {
	selected := slices.DeleteFunc(candidates, func(k candidate) bool { return c.Match != nil && !c.Match(k.Run) })
	results := make([]error, len(selected))
	var group errgroup.Group
	group.SetLimit(limit)
	for i := range selected {
		k := &selected[i]
		if k.KeptBecause == "" && c.Keep != nil {
			k.KeptBecause = c.Keep(k.Run)
		}
		if k.KeptBecause == "" && !c.DryRun {
			group.Go(func() error { results[i] = k.remove(); return nil })
		}
	}
	_ = group.Wait() // results holds the errors
	for i, k := range selected {
		switch {
		case k.KeptBecause != "":
			c.report(k.Leftover)
		default:
			c.finish(k.Leftover, results[i])
		}
	}
}

// finish records the result of a deletion and reports the leftover.
func (c *Cleaner) finish(l Leftover, err error) {
	switch {
	case c.DryRun:
		c.pending++
	case err != nil:
		l.KeptBecause = err.Error()
		c.failed = append(c.failed, fmt.Errorf("%s %s: %w", l.Kind, l.Name, err))
	default:
		l.Removed = true
		c.deleted++
	}
	c.report(l)
}

func (c *Cleaner) report(l Leftover) {
	if c.OnLeftover != nil {
		c.OnLeftover(l)
	}
}

// A Service is a running service whose projects are cleaned up.
type Service struct {
	Client   *client.Client
	Redactor *redact.Redactor
	// Prefixes are the beginnings of project names that provoke failures.
	Prefixes []string
}

// Projects deletes projects of runs. A project with the name of a run but a
// description that cvconform does not give is kept. The error is that of listing
// the projects.
func (c *Cleaner) Projects(ctx context.Context, s Service) error {
	var list []trainingapi.Project
	if err := trainingapi.Decode(s.Redactor.Exchange(s.Client.GetProjects(ctx)), &list); err != nil {
		return err
	}
	var found []candidate
	for _, p := range list {
		prefix, run, ok := naming.RunOfProject(p.Name)
		if !ok {
			continue
		}
		k := candidate{Leftover{Kind: "project", Name: p.Name, Run: run}, func() error { return s.DeleteProject(ctx, p.ID) }}
		switch {
		case !naming.IsKnownPrefix(prefix, s.Prefixes...):
			k.KeptBecause = fmt.Sprintf(
				"its name begins with %q, which is not a prefix of Config.Provoke", prefix)
		case !slices.Contains([]string{perform.Description, perform.UpdatedDescription}, p.Description):
			k.KeptBecause = fmt.Sprintf("its description is %q, which cvconform does not give", p.Description)
		}
		found = append(found, k)
	}
	c.clean(1, found)
	return nil
}

// DeleteProject deletes one project. A project that does not exist is no error.
func (s Service) DeleteProject(ctx context.Context, id string) error {
	return perform.DeleteError(s.Redactor.Exchange(s.Client.DeleteProject(ctx, id)))
}

// Storage deletes queues and containers of runs whose names begin with prefix.
// The error is that of listing them.
func (c *Cleaner) Storage(ctx context.Context, a *storage.Account, prefix string) error {
	queues, containers, err := a.Names(ctx, prefix)
	var found []candidate
	add := func(kind string, names []string, remove func(context.Context, string) error) {
		for _, name := range names {
			if run, ok := naming.RunOfResource(name); ok {
				found = append(found, candidate{Leftover{Kind: kind, Name: name, Run: run},
					func() error { return remove(ctx, name) }})
			}
		}
	}
	add("queue", queues, a.DeleteQueue)
	add("container", containers, a.DeleteContainer)
	c.clean(concurrentDeletions, found)
	return err
}

// Docker deletes containers, networks and images of runs whose process has ended.
// It ignores Keep: an ended process needs none of them. The error is that of
// listing them.
func (c *Cleaner) Docker(ctx context.Context) error {
	err := docker.Orphans(ctx, func(found docker.Leftover) error {
		if c.Match == nil || c.Match(found.Run) {
			c.removeOrphan(ctx, found)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("the Docker engine: %w", err)
	}
	return nil
}

func (c *Cleaner) removeOrphan(ctx context.Context, found docker.Leftover) {
	l := Leftover{Kind: "docker " + found.Kind, Name: found.Name, Run: found.Run}
	if c.DryRun {
		c.finish(l, nil)
		return
	}
	gone, err := found.Remove(ctx)
	if err == nil && !gone {
		return // another process deleted it, or uses it
	}
	c.finish(l, err)
}

// OfRun returns a Match function that selects the leftovers of one run, or of all
// runs if id is "".
func OfRun(id string) func(run string) bool {
	return func(run string) bool { return id == "" || run == id }
}

// TooRecent returns a Keep function that keeps the leftovers of runs that began
// less than minAge before now, because they may still be in progress.
func TooRecent(now time.Time, minAge time.Duration) func(run string) string {
	return func(run string) string {
		began, known := naming.StartTime(run)
		if age := now.Sub(began); known && age < minAge {
			return fmt.Sprintf("its run began %s ago and may still be in progress", age.Round(time.Second))
		}
		return ""
	}
}
