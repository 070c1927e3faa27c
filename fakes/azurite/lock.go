package azurite

import (
	"context"
	"fmt"

	"github.com/rogpeppe/go-internal/lockedfile"
)

// acquireLock waits until this process holds the lock file, or ctx ends. The operating system releases the lock when
// its holder exits.
func acquireLock(ctx context.Context, path string) (unlock func(), err error) {
	type result struct {
		unlock func()
		err    error
	}
	locked := make(chan result, 1)
	go func() {
		unlock, err := lockedfile.MutexAt(path).Lock()
		locked <- result{unlock, err}
	}()
	select {
	case r := <-locked:
		return r.unlock, r.err
	case <-ctx.Done():
		go func() {
			if r := <-locked; r.err == nil {
				r.unlock()
			}
		}()
		return nil, fmt.Errorf("wait for another process that installs Azurite: %w", ctx.Err())
	}
}
