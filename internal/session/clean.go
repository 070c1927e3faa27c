package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cvconform/cvconform/internal/cleanup"
	"github.com/cvconform/cvconform/internal/docker"
	"github.com/cvconform/cvconform/internal/naming"
	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/internal/trainingapi/client"
	"github.com/cvconform/cvconform/internal/userr"
)

// A CleanSelection selects the leftovers of runs to delete.
type CleanSelection struct {
	Run        string        // id of the only run; "" means all that are old enough
	MinAge     time.Duration // how long ago a run must have begun, unless Run is set
	DryRun     bool          // nothing is deleted
	OnLeftover func(cleanup.Leftover)
}

// Clean deletes the leftovers of interrupted runs: on the Docker engine, on a
// running service, and in storage that exists apart from a run. Without approval
// it deletes nothing on a service that is not on this machine.
func Clean(ctx context.Context, s Settings, which CleanSelection) error {
	notes := NewNotes(s)
	unapproved := !s.Approved && !s.Target.Local()
	c := &cleanup.Cleaner{
		Match:      cleanup.OfRun(which.Run),
		DryRun:     which.DryRun || unapproved,
		OnLeftover: which.OnLeftover,
	}
	if which.Run == "" {
		c.Keep = cleanup.TooRecent(notes.Now(), which.MinAge)
	}
	var unlisted []error
	for _, part := range []func(context.Context, Settings, *Notes, *cleanup.Cleaner) error{
		cleanDocker, cleanService, cleanStorage,
	} {
		if ctx.Err() == nil {
			unlisted = append(unlisted, part(ctx, s, notes, c))
		}
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	unlisted = slices.DeleteFunc(unlisted, func(err error) bool { return err == nil })
	if unapproved && !which.DryRun && c.Pending() > 0 {
		refused := fmt.Errorf("nothing was deleted: target %s is not on this machine", s.Target)
		return &userr.UsageError{
			Err:  errors.Join(append([]error{refused}, unlisted...)...),
			Hint: "set Config.Yes to delete the things listed",
		}
	}
	return cleanError(c.Failed(), unlisted)
}

// cleanDocker deletes leftovers of the Docker engine, if there is one.
func cleanDocker(ctx context.Context, _ Settings, _ *Notes, c *cleanup.Cleaner) error {
	if docker.Probe(ctx) != nil {
		return nil
	}
	return c.Docker(ctx)
}

// cleanService deletes projects of a running service.
func cleanService(ctx context.Context, s Settings, notes *Notes, c *cleanup.Cleaner) error {
	if s.Target.Kind != target.Endpoint {
		return nil
	}
	calls := s.NewClient(s.Target.Value, s.Target.TrainingKey, notes.Now)
	if err := c.Projects(ctx, cleanupService(s, calls, notes)); err != nil {
		return fmt.Errorf("target %s: cannot list the projects: %w", s.Target, err)
	}
	return nil
}

// cleanupService returns the service as a cleaner needs it.
func cleanupService(s Settings, c *client.Client, notes *Notes) cleanup.Service {
	out := cleanup.Service{Client: c, Redactor: notes.Redactor}
	for _, prefix := range s.Target.provokePrefixes() {
		out.Prefixes = append(out.Prefixes, prefix)
	}
	return out
}

// cleanStorage deletes queues and containers of an account that exists apart from
// a run.
func cleanStorage(ctx context.Context, s Settings, _ *Notes, c *cleanup.Cleaner) error {
	if !s.Storage.External() {
		return nil
	}
	account, err := s.OpenAccount(s.Storage.ConnectionString)
	if err != nil {
		return err
	}
	if err := c.Storage(ctx, account, naming.Prefix); err != nil {
		return s.storageError(err)
	}
	return nil
}

// cleanError returns the error for leftovers that could not be deleted, or not be
// listed.
func cleanError(failed, unlisted []error) error {
	switch {
	case len(failed) > 0:
		return &userr.LeftBehindError{
			Err:  fmt.Errorf("%d things could not be deleted: %w", len(failed), errors.Join(append(failed, unlisted...)...)),
			Hint: "run it again",
		}
	case len(unlisted) > 0:
		var hints []string
		for _, err := range unlisted {
			hints = append(hints, userr.Hint(err))
		}
		return &userr.EnvironmentError{
			Err:  errors.Join(unlisted...),
			Hint: cmp.Or(append(hints, "everything else has been handled")...),
		}
	}
	return nil
}
