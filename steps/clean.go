package steps

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cvconform/cvconform/internal/naming"
)

// DefaultAge is how long ago a run has to have begun for [Clean] to take it for
// interrupted.
const DefaultAge = 3 * time.Hour

// A CleanConfig says where to look for what interrupted runs left, and what of it
// to remove. The zero value looks at the Docker engine of this machine alone.
type CleanConfig struct {
	// Config says where to look: in the projects of an http(s) target, with the
	// beginnings of names in Provoke, and in storage "external" or "azure". Other
	// targets and storage end with their run. A target that is not on this machine
	// needs Yes: without it nothing is removed.
	Config
	// Run is the id of the one run whose things are removed, however long ago it
	// began. "" means all that began OlderThan ago.
	Run string
	// OlderThan is how long ago a run has to have begun: one of since then may still
	// go on. 0 means [DefaultAge].
	OlderThan time.Duration
	// DryRun removes nothing.
	DryRun bool
	// OnLeftover is told of everything that is found, once it has been dealt with. nil
	// means nobody is.
	OnLeftover func(Leftover)
}

// A Leftover is something that a run made and did not remove.
type Leftover struct {
	Kind        string // "project", "queue", "container", "docker container", "docker network", "docker image"
	Name        string
	Run         string // id of the run that made it
	Removed     bool
	KeptBecause string // why it was left; "" where it was removed, or where nothing is
}

// Clean removes what interrupted runs left: projects, queues and containers, and
// what a Docker engine runs. It takes nothing for a run's that does not bear such
// a name, and no project that has another description. It reaches storage by the
// harness's own access, never through the service, and goes on where something
// cannot be removed. The error is a [*UsageError], or an [*EnvironmentError] that
// names what could not be looked for, or a [*LeftBehindError] that names what is
// left.
func Clean(ctx context.Context, c CleanConfig) error {
	s, err := c.Config.settingsFor(true)
	if err != nil {
		return err
	}
	b, err := c.broom(New(s, nil))
	if err != nil {
		return err
	}
	b.cleanDocker(ctx)
	b.cleanService(ctx)
	b.cleanStorage(ctx)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return b.result()
}

func (c CleanConfig) broom(h *Session) (*Cleaner, error) {
	unapproved := !c.Yes && !h.target.Local()
	b := &Cleaner{
		Session:       h,
		run:           c.Run,
		minAge:        c.OlderThan,
		onLeftover:    c.OnLeftover,
		dryRun:        c.DryRun || unapproved,
		needsApproval: unapproved && !c.DryRun,
	}
	if b.onLeftover == nil {
		b.onLeftover = func(Leftover) {}
	}
	if b.minAge == 0 {
		b.minAge = DefaultAge
	}
	switch _, known := naming.StartTime(c.Run); {
	case c.OlderThan < 0:
		return nil, &UsageError{Err: fmt.Errorf("older than %s: give a duration that is not negative", c.OlderThan)}
	case c.Run != "" && c.OlderThan != 0:
		return nil, &UsageError{
			Err:  errors.New("one run, and all runs older than a time, are two things"),
			Hint: "give --run or --older-than",
		}
	case c.Run != "" && !known:
		return nil, &UsageError{
			Err:  fmt.Errorf("%q is no run's id", c.Run),
			Hint: "an id looks like 20260301t081500-5f3a9c01: runs print theirs, and reports have it as run.id",
		}
	}
	return b, nil
}

// result says what is left to do.
func (b *Cleaner) result() error {
	switch {
	case len(b.removeErrors) > 0:
		return &LeftBehindError{
			Err: fmt.Errorf(
				"%d things could not be removed: %w",
				len(b.removeErrors),
				errors.Join(append(b.removeErrors, b.listErrors...)...),
			),
			Hint: "run it again",
		}
	case b.needsApproval && b.wouldRemove > 0:
		nothing := fmt.Errorf("nothing was removed: target %s is not on this machine", b.target)
		return &UsageError{
			Err:  errors.Join(append([]error{nothing}, b.listErrors...)...),
			Hint: "--yes removes what is listed",
		}
	case len(b.listErrors) > 0:
		return &EnvironmentError{
			Err:  errors.Join(b.listErrors...),
			Hint: cmp.Or(append(hints(b.listErrors), "what could be reached has been dealt with")...),
		}
	}
	return nil
}

// hints are the ways out of errors.
func hints(errs []error) (list []string) {
	for _, err := range errs {
		list = append(list, Hint(err))
	}
	return list
}
