package cli

import (
	"context"
	"os"
	"time"
)

// sameInterrupt is the time after the first signal within which further ones belong to
// the same interrupt. The command timeout of coreutils sends one signal to its child and
// one to the process group of the child.
const sameInterrupt = time.Second

// UntilInterrupted returns a context that the first signal cancels. The first signal
// that comes at least a second later calls endAtOnce.
func UntilInterrupted(signals <-chan os.Signal, now func() time.Time, endAtOnce func()) context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		<-signals
		first := now()
		cancel()
		for range signals {
			if now().Sub(first) >= sameInterrupt {
				endAtOnce()
				return
			}
		}
	}()
	return ctx
}
