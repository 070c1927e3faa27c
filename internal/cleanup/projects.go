package cleanup

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cvconform/cvconform/internal/clock"
)

// Unconfirmed holds the names of projects whose creation or deletion was not
// confirmed, so they may still exist on the service. The zero value is empty. Its
// methods may be called concurrently.
type Unconfirmed struct {
	mu    sync.Mutex
	names []string
}

// Add adds a project.
func (u *Unconfirmed) Add(name string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.names = append(u.names, name)
}

// Confirm removes a project. The service may have appended to its name.
func (u *Unconfirmed) Confirm(name string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.names = slices.DeleteFunc(u.names, func(n string) bool { return strings.HasPrefix(name, n) })
}

// Any reports whether there is a project left.
func (u *Unconfirmed) Any() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return len(u.names) > 0
}

// minPause is the least pause between two attempts to delete the projects of a run.
const minPause = 100 * time.Millisecond

// RunProjects deletes the projects of one run when it ends.
type RunProjects struct {
	Service     Service
	Run         string // id of the run
	Unconfirmed *Unconfirmed
	Patience    time.Duration // how long an unconfirmed project may take to appear
	Pause       time.Duration // between two attempts; at least 100ms is used
	Now         func() time.Time
}

// A ProjectsUnlistedError reports that unconfirmed projects may still exist,
// because the service's projects could not be listed.
type ProjectsUnlistedError struct{ Err error }

// Error returns the message.
func (e *ProjectsUnlistedError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *ProjectsUnlistedError) Unwrap() error { return e.Err }

// Delete deletes the projects that bear the name of the run, including those the
// service created although it refused to. While projects are unconfirmed it waits
// for them to appear, up to Patience. It gives up after twice as long.
//
// A [*ProjectsUnlistedError] reports that nothing is known of unconfirmed
// projects; any other error lists the projects that could not be deleted.
func (p RunProjects) Delete(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*p.Patience)
	defer cancel()
	began := p.Now()
	var failed []error
	for {
		c := p.cleaner()
		listErr := c.Projects(ctx, p.Service)
		if ctx.Err() == nil || len(failed) == 0 {
			failed = c.Failed() // else keep the errors from before the timeout
		}
		waiting := p.Unconfirmed.Any() && p.Now().Sub(began) < p.Patience
		switch {
		case listErr == nil && len(failed) == 0 && !waiting:
			return nil
		case listErr != nil && len(failed) == 0 && !p.Unconfirmed.Any():
			return nil // no project is known to exist
		}
		if clock.Sleep(ctx, max(p.Pause, minPause)) != nil {
			return p.deleteError(failed, listErr)
		}
	}
}

// DeleteOnce deletes the projects of the run with one attempt that takes at most
// Patience. The error says which could not be listed or deleted.
func (p RunProjects) DeleteOnce(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, p.Patience)
	defer cancel()
	c := p.cleaner()
	c.OnLeftover = nil
	if err := c.Projects(ctx, p.Service); err != nil {
		return err
	}
	return errors.Join(c.Failed()...)
}

func (p RunProjects) cleaner() *Cleaner {
	return &Cleaner{Match: OfRun(p.Run), OnLeftover: func(l Leftover) { p.Unconfirmed.Confirm(l.Name) }}
}

func (p RunProjects) deleteError(failed []error, listErr error) error {
	if len(failed) > 0 {
		return fmt.Errorf("%d projects of the run could not be deleted: %w", len(failed), errors.Join(failed...))
	}
	if listErr != nil && p.Unconfirmed.Any() {
		return &ProjectsUnlistedError{listErr}
	}
	return nil
}
