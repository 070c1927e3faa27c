package steps

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/clock"
	"github.com/cvconform/cvconform/internal/target"
)

// unconfirmedProjects are names of projects that may be there although nobody knows of them.
type unconfirmedProjects struct {
	mu    sync.Mutex
	names []string
}

func (s *unconfirmedProjects) add(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.names = append(s.names, name)
}

// confirm takes a project off the list. A service may have added to its name.
func (s *unconfirmedProjects) confirm(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.names = slices.DeleteFunc(s.names, func(n string) bool { return strings.HasPrefix(name, n) })
}

func (s *unconfirmedProjects) any() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.names) > 0
}

// minDeleteInterval is between two looks at a service that has not removed everything.
const minDeleteInterval = 100 * time.Millisecond

// deleteProjects removes the projects of the run that are still on a service that goes on
// after it, by their names: also those that it made although it refused to, and
// those whose creation was never answered, for which it waits as long as a call
// may take. It gives up after twice as long.
func (h *Session) deleteProjects(ctx context.Context) error {
	if h.target.Kind != target.Endpoint {
		return nil
	}
	patience := h.budgets[budget.Request]
	ctx, cancel := context.WithTimeout(ctx, 2*patience)
	defer cancel()
	began := h.now()
	b := &Cleaner{Session: h, run: h.id, onLeftover: func(l Leftover) { h.unconfirmed.confirm(l.Name) }}
	for {
		before := b.removeErrors
		b.removeErrors = nil
		err := b.projects(ctx)
		if ctx.Err() != nil && len(before) > 0 {
			b.removeErrors = before // what was said while there was time
		}
		waits := h.unconfirmed.any() && h.now().Sub(began) < patience
		switch {
		case err == nil && len(b.removeErrors) == 0 && !waits:
			return nil
		case err != nil && len(b.removeErrors) == 0 && !h.unconfirmed.any():
			return nil // nothing is known to be left, and nobody tells
		}
		if clock.Sleep(ctx, max(h.poll, minDeleteInterval)) != nil {
			return b.deleteError(err)
		}
	}
}

// deleteProjectsByName removes, once, the projects that bear the name of the run; it says what
// of them it could not remove.
func (h *Session) deleteProjectsByName(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, h.budgets[budget.Request])
	defer cancel()
	b := &Cleaner{Session: h, run: h.id, onLeftover: func(Leftover) {}}
	if err := b.projects(ctx); err != nil {
		return err.Error()
	}
	if err := errors.Join(b.removeErrors...); err != nil {
		return err.Error()
	}
	return ""
}

// cleanUpAfterFailedStart removes what a run has made that ends before it has judged anything:
// the project of its preflight.
func (h *Session) cleanUpAfterFailedStart(ctx context.Context) error {
	if !h.unconfirmed.any() {
		return nil
	}
	return h.deleteProjects(ctx)
}

// deleteError says what was not removed in time.
func (b *Cleaner) deleteError(err error) error {
	if len(b.removeErrors) > 0 {
		return b.leftBehindError(
			fmt.Errorf("%d projects of the run could not be removed: %w", len(b.removeErrors), errors.Join(b.removeErrors...)),
		)
	}
	if err != nil && b.unconfirmed.any() {
		warning := fmt.Sprintf(
			"projects of run %s may still exist, because they could not be listed: %v; steps.Clean deletes them",
			b.id,
			err,
		)
		b.warnings = append(b.warnings, warning)
		b.progressf("%s", warning)
	}
	return nil
}

// leftBehindError is the error for what the run made and did not remove.
func (h *Session) leftBehindError(err error) error {
	if err == nil {
		return nil
	}
	return &LeftBehindError{Err: err, RunID: h.id, Hint: "steps.Clean with CleanConfig.Run " + h.id + " deletes them"}
}
