package poller

import (
	"context"
	"net/url"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/observe"
	"github.com/cvconform/cvconform/internal/storage"
)

// minPollInterval is the pause between two looks while somebody is in a hurry, where the
// usual one is short; else it is a hundredth of that.
const minPollInterval = 5 * time.Millisecond

// pollRoundsPerPause is how often Order looks at both in the time of the usual pause: in
// a cloud eight calls in a second, for as long as an export takes.
const pollRoundsPerPause = 20

// maxConcurrentPolls is how many queues and containers Settle looks at at a time.
const maxConcurrentPolls = 8

// An Account is what the listing looks at: [storage.Account], or another of which
// as much can be asked.
type Account interface {
	Name() string
	Peek(ctx context.Context, queue string) ([]storage.Message, error)
	ListVersions(ctx context.Context, container string, former bool) ([]storage.BlobVersion, error)
	StatBlob(ctx context.Context, container, blob string) (storage.BlobVersion, error)
}

// Options say what to look at, and how often. All fields but Powers are needed.
type Options struct {
	Account Account
	// Now is the clock of the record.
	Now func() time.Time
	// PollInterval is the pause between two looks at one queue or container while nobody is
	// in a hurry.
	PollInterval time.Duration
	// Limit is how long a look may take, and how long Settle tries again after looks
	// that failed.
	Limit time.Duration
	// Powers are what the account is proven to keep; the zero value means nothing.
	Powers Retention
}

// A Poller implements [sight.Sight]. Make it with [Start].
type Poller struct {
	Options
	journal observe.OperationLog
	ctx     context.Context // ends with Close
	end     context.CancelFunc
	looking sync.WaitGroup

	mu      sync.Mutex
	objects map[string]*resourcePoller // by name
}

// Start begins with nothing to look at.
func Start(o Options) *Poller {
	l := &Poller{Options: o, objects: map[string]*resourcePoller{}}
	l.ctx, l.end = context.WithCancel(context.Background())
	return l
}

// Close ends all looks, and all watches. It may be called more than once.
func (l *Poller) Close(context.Context) error {
	l.end()
	l.looking.Wait()
	l.journal.Close()
	return nil
}

// Subscribe implements [sight.Sight].
func (l *Poller) Subscribe(match func(evidence.Operation) bool) *observe.Subscription {
	return l.journal.Subscribe(match)
}

// BlobURL is nil: the service is given the account's own endpoint.
func (l *Poller) BlobURL() *url.URL { return nil }

// QueueURL is nil: the service is given the account's own endpoint.
func (l *Poller) QueueURL() *url.URL { return nil }

// Track takes in what is there already, and looks at the queue or container from
// now on.
func (l *Poller) Track(ctx context.Context, s evidence.Service, name string) error {
	o := newObject(l, s, name)
	o.baseline = true
	if err := o.flush(ctx); err != nil {
		return err
	}
	o.baseline = false
	l.mu.Lock()
	l.objects[name] = o
	l.mu.Unlock()
	l.looking.Go(o.watch)
	return nil
}

// PollFaster implements [sight.Sight]. Names that are not followed are left out.
func (l *Poller) PollFaster(names ...string) (relax func()) {
	chosen := l.resourcesNamed(names)
	for _, o := range chosen {
		o.hurry(1)
	}
	return sync.OnceFunc(func() {
		for _, o := range chosen {
			o.hurry(-1)
		}
	})
}

// PollInOrder implements [sight.Sight]. It looks at the second as soon as the look at the
// first has been answered, and then rests a little: what showed in the first was
// there before that look at the second was begun. With looks at each in its own time
// the one at the second might come a whole pause later.
func (l *Poller) PollInOrder(first, second string) (relax func()) {
	both := l.resourcesNamed([]string{first, second})
	relaxed, relax := context.WithCancel(l.ctx)
	l.looking.Go(func() {
		tick := time.NewTicker(max(l.PollInterval/pollRoundsPerPause, minPollInterval))
		defer tick.Stop()
		for len(both) == 2 {
			for _, o := range both {
				_ = o.poll(l.ctx) // a look that fails proves nothing
			}
			select {
			case <-tick.C:
			case <-relaxed.Done():
				return
			}
		}
	})
	return relax
}

// Flush implements [sight.Sight].
func (l *Poller) Flush(ctx context.Context, names ...string) error {
	chosen := l.resourcesNamed(names)
	if len(names) == 0 {
		chosen = l.all()
	}
	looks, ctx := errgroup.WithContext(ctx)
	looks.SetLimit(maxConcurrentPolls)
	for _, o := range chosen {
		looks.Go(func() error { return o.flush(ctx) })
	}
	return looks.Wait()
}

// StopPolling implements [sight.Sight].
func (l *Poller) StopPolling(names ...string) {
	for _, o := range l.resourcesNamed(names) {
		o.stop()
	}
}

func (l *Poller) resourcesNamed(names []string) []*resourcePoller {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []*resourcePoller
	for _, name := range names {
		if o := l.objects[name]; o != nil {
			out = append(out, o)
		}
	}
	return out
}

func (l *Poller) all() []*resourcePoller {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]*resourcePoller, 0, len(l.objects))
	for _, o := range l.objects {
		out = append(out, o)
	}
	return out
}

// record puts an operation on record.
func (l *Poller) record(op evidence.Operation) {
	op.Account = l.Account.Name()
	op.Method = map[string]string{"PutMessage": "POST", "PutBlob": "PUT", "DeleteBlob": "DELETE"}[op.Name]
	op.Status = map[string]int{"PutMessage": 201, "PutBlob": 201, "DeleteBlob": 202}[op.Name]
	l.journal.Record(op)
}

func resourceKind(s evidence.Service) string {
	if s == evidence.Queue {
		return "queue"
	}
	return "container"
}
