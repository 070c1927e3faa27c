package replay

import (
	"context"
	"fmt"
	"slices"
	"sync"
)

// background runs functions in goroutines until it is closed.
type background struct {
	ctx    context.Context // canceled by close
	cancel context.CancelFunc

	mu      sync.Mutex // prevents that a function starts while close waits
	running sync.WaitGroup
}

func newBackground() *background {
	b := &background{}
	b.ctx, b.cancel = context.WithCancel(context.Background())
	return b
}

// run runs f in a goroutine for which close waits, unless b was closed.
func (b *background) run(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ctx.Err() == nil {
		b.running.Go(f)
	}
}

// close cancels the functions and waits for their end. It returns the cause of ctx if ctx ends before.
func (b *background) close(ctx context.Context) error {
	b.mu.Lock()
	b.cancel()
	b.mu.Unlock()
	done := make(chan struct{})
	go func() {
		defer close(done)
		b.running.Wait()
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// notes are sentences about the recorded behaviour that could not be reproduced, each of them once.
type notes struct {
	mu    sync.Mutex
	lines []string
}

func (n *notes) add(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	n.mu.Lock()
	defer n.mu.Unlock()
	if !slices.Contains(n.lines, line) {
		n.lines = append(n.lines, line)
	}
}

func (n *notes) list() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.lines)
}
