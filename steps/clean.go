package steps

import (
	"context"
	"time"

	"github.com/cvconform/cvconform/internal/cleanup"
	"github.com/cvconform/cvconform/internal/naming"
	"github.com/cvconform/cvconform/internal/session"
	"github.com/cvconform/cvconform/internal/userr"
)

// DefaultAge is the age from which [Clean] considers a run interrupted.
const DefaultAge = 3 * time.Hour

// A CleanConfig says where [Clean] searches for leftovers of interrupted runs, and
// which of them it deletes. The zero value cleans only the Docker engine of this
// machine.
type CleanConfig struct {
	// Config says where to search: on an http(s) target, for projects (with the
	// prefixes of names in Provoke), and in storage "external" or "azure". Other
	// targets and storage end with their run. Without Yes, nothing is deleted on a
	// target that is not on this machine.
	Config
	// Run is the id of the only run whose leftovers are deleted, at any age. "" means
	// all runs that are OlderThan.
	Run string
	// OlderThan is the minimum age of a run: a younger one may still be in progress.
	// 0 means [DefaultAge].
	OlderThan time.Duration
	// DryRun lists leftovers without deleting them.
	DryRun bool
	// OnLeftover is called with each leftover after it has been handled. nil means no
	// notification.
	OnLeftover func(Leftover)
	// Tell is called like OnLeftover.
	//
	// Deprecated: use OnLeftover.
	Tell func(Leftover)
}

// A Leftover is a thing that a run created and did not delete. Kind is "project",
// "queue", "container", "docker container", "docker network" or "docker image";
// Name is its name, and Run the id of its run. Removed reports whether it has been
// deleted; if not, KeptBecause says why ("" for a dry run).
type Leftover = cleanup.Leftover

// Clean deletes leftovers of interrupted runs: projects, queues and containers,
// and containers, networks and images of a Docker engine. It recognises them by
// the names that only runs give, and projects also by their description. It
// accesses storage directly, never through the service, and continues if something
// cannot be deleted. The error is a [*UsageError], an [*EnvironmentError] that
// names the places that could not be searched, or a [*LeftBehindError] that names
// the things that could not be deleted.
func Clean(ctx context.Context, c CleanConfig) error {
	s, err := c.cleanSettings()
	if err == nil {
		err = c.checkSelection()
	}
	if err != nil {
		return err
	}
	which := session.CleanSelection{Run: c.Run, MinAge: c.OlderThan, DryRun: c.DryRun, OnLeftover: c.onLeftover}
	if which.MinAge == 0 {
		which.MinAge = DefaultAge
	}
	return session.Clean(ctx, s, which)
}

func (c CleanConfig) onLeftover(l Leftover) {
	for _, f := range []func(Leftover){c.OnLeftover, c.Tell} {
		if f != nil {
			f(l)
		}
	}
}

// checkSelection checks which runs are selected.
func (c CleanConfig) checkSelection() error {
	switch _, known := naming.StartTime(c.Run); {
	case c.OlderThan < 0:
		return userr.Usagef("", "invalid age %s: must not be negative", c.OlderThan)
	case c.Run != "" && c.OlderThan != 0:
		return userr.Usagef("set CleanConfig.Run or CleanConfig.OlderThan", "one run and a minimum age exclude each other")
	case c.Run != "" && !known:
		return userr.Usagef("an id looks like 20260301t081500-5f3a9c01: runs print theirs, and reports have it as run.id",
			"%q is not the id of a run", c.Run)
	}
	return nil
}
