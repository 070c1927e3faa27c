package perform

import "context"

// whileAlive is ctx until the service under test has ended: nothing is waited for
// that nobody is there to do.
func (w *Performer) whileAlive(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	if w.ServiceContext == nil {
		return ctx, cancel
	}
	stop := context.AfterFunc(w.ServiceContext, cancel)
	return ctx, func() {
		stop()
		cancel()
	}
}

// serviceEnded says whether the service under test has ended.
func (w *Performer) serviceEnded() bool {
	return w.ServiceContext != nil && w.ServiceContext.Err() != nil
}
