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
	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/internal/training"
)

// suspects are names of projects that may be there although nobody knows of them.
type suspects struct {
	mu    sync.Mutex
	names []string
}

func (s *suspects) add(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.names = append(s.names, name)
}

// seen takes a project off the list. A service may have added to its name.
func (s *suspects) seen(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.names = slices.DeleteFunc(s.names, func(n string) bool { return strings.HasPrefix(name, n) })
}

func (s *suspects) any() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.names) > 0
}

// leastPause is between two looks at a service that has not removed everything.
const leastPause = 100 * time.Millisecond

// collect removes the projects of the run that are still on a service that goes on
// after it, by their names: also those that it made although it refused to, and
// those whose creation was never answered, for which it waits as long as a call
// may take. It gives up after twice as long.
func (h *house) collect(ctx context.Context) error {
	if h.target.Kind != target.Endpoint {
		return nil
	}
	patience := h.budgets[budget.Request]
	ctx, cancel := context.WithTimeout(ctx, 2*patience)
	defer cancel()
	began := h.now()
	b := &broom{house: h, run: h.id, tell: func(l Leftover) { h.suspects.seen(l.Name) }}
	for {
		before := b.remains
		b.remains = nil
		err := b.projects(ctx)
		if ctx.Err() != nil && len(before) > 0 {
			b.remains = before // what was said while there was time
		}
		waits := h.suspects.any() && h.now().Sub(began) < patience
		switch {
		case err == nil && len(b.remains) == 0 && !waits:
			return nil
		case err != nil && len(b.remains) == 0 && !h.suspects.any():
			return nil // nothing is known to be left, and nobody tells
		}
		if !training.Rest(ctx, max(h.poll, leastPause)) {
			return b.uncollected(err)
		}
	}
}

// removeNamed removes, once, the projects that bear the name of the run; it says what
// of them it could not remove.
func (h *house) removeNamed(ctx context.Context) string {
	ctx, cancel := context.WithTimeout(ctx, h.budgets[budget.Request])
	defer cancel()
	b := &broom{house: h, run: h.id, tell: func(Leftover) {}}
	if err := b.projects(ctx); err != nil {
		return err.Error()
	}
	if err := errors.Join(b.remains...); err != nil {
		return err.Error()
	}
	return ""
}

// abandon removes what a run has made that ends before it has judged anything:
// the project of its preflight.
func (h *house) abandon(ctx context.Context) error {
	if !h.suspects.any() {
		return nil
	}
	return h.collect(ctx)
}

// uncollected says what was not removed in time.
func (b *broom) uncollected(err error) error {
	if len(b.remains) > 0 {
		return b.leftBehind(fmt.Errorf("%d projects of the run could not be removed: %w", len(b.remains), errors.Join(b.remains...)))
	}
	if err != nil && b.suspects.any() {
		warning := fmt.Sprintf("projects of the run may be left, they could not be looked for: %v; %s finds them", err, b.cleaning())
		b.warnings = append(b.warnings, warning)
		b.say("%s", warning)
	}
	return nil
}

// leftBehind is the error for what the run made and did not remove.
func (h *house) leftBehind(err error) error {
	if err == nil {
		return nil
	}
	return &LeftBehindError{Err: err, Hint: h.cleaning()}
}

// cleaning is the command that finds what the run left.
func (h *house) cleaning() string {
	return strings.Replace(h.again(), "cvconform run", "cvconform clean --run "+h.id, 1)
}
