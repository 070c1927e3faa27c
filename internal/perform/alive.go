package perform

import "context"

// living is ctx until the service under test has ended: nothing is waited for
// that nobody is there to do.
func (w *World) living(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	if w.Alive == nil {
		return ctx, cancel
	}
	stop := context.AfterFunc(w.Alive, cancel)
	return ctx, func() {
		stop()
		cancel()
	}
}

// dead says whether the service under test has ended.
func (w *World) dead() bool { return w.Alive != nil && w.Alive.Err() != nil }
