package listing

import (
	"context"
	"net/url"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/sight"
	"github.com/cvconform/cvconform/internal/storage"
)

// leastPause is the pause between two looks while somebody is in a hurry, where the
// usual one is short; else it is a hundredth of that.
const leastPause = 5 * time.Millisecond

// roundsInAPause is how often Order looks at both in the time of the usual pause: in
// a cloud eight calls in a second, for as long as an export takes.
const roundsInAPause = 20

// together is how many queues and containers Settle looks at at a time.
const together = 8

// An Account is what the listing looks at: [storage.Account], or another of which
// as much can be asked.
type Account interface {
	Name() string
	Peek(ctx context.Context, queue string) ([]storage.Message, error)
	Traces(ctx context.Context, container string, former bool) ([]storage.Trace, error)
	Stands(ctx context.Context, container, blob string) (storage.Trace, error)
}

// Options say what to look at, and how often. All fields but Powers are needed.
type Options struct {
	Account Account
	// Now is the clock of the record.
	Now func() time.Time
	// Pace is the pause between two looks at one queue or container while nobody is
	// in a hurry.
	Pace time.Duration
	// Limit is how long a look may take, and how long Settle tries again after looks
	// that failed.
	Limit time.Duration
	// Powers are what the account is proven to keep; the zero value means nothing.
	Powers Powers
}

// A Listing implements [sight.Sight]. Make it with [Start].
type Listing struct {
	Options
	journal sight.Journal
	ctx     context.Context // ends with Close
	end     context.CancelFunc
	looking sync.WaitGroup

	mu      sync.Mutex
	objects map[string]*object // by name
}

// Start begins with nothing to look at.
func Start(o Options) *Listing {
	l := &Listing{Options: o, objects: map[string]*object{}}
	l.ctx, l.end = context.WithCancel(context.Background())
	return l
}

// Close ends all looks, and all watches. It may be called more than once.
func (l *Listing) Close(context.Context) error {
	l.end()
	l.looking.Wait()
	l.journal.Close()
	return nil
}

// Watch implements [sight.Sight].
func (l *Listing) Watch(match func(evidence.Operation) bool) *sight.Watch {
	return l.journal.Watch(match)
}

// BlobURL is nil: the service is given the account's own endpoint.
func (l *Listing) BlobURL() *url.URL { return nil }

// QueueURL is nil: the service is given the account's own endpoint.
func (l *Listing) QueueURL() *url.URL { return nil }

// Follow takes in what is there already, and looks at the queue or container from
// now on.
func (l *Listing) Follow(ctx context.Context, s evidence.Service, name string) error {
	o := newObject(l, s, name)
	o.baseline = true
	if err := o.settle(ctx); err != nil {
		return err
	}
	o.baseline = false
	l.mu.Lock()
	l.objects[name] = o
	l.mu.Unlock()
	l.looking.Go(o.watch)
	return nil
}

// Hurry implements [sight.Sight]. Names that are not followed are left out.
func (l *Listing) Hurry(names ...string) (relax func()) {
	chosen := l.chosen(names)
	for _, o := range chosen {
		o.hurry(1)
	}
	return sync.OnceFunc(func() {
		for _, o := range chosen {
			o.hurry(-1)
		}
	})
}

// Order implements [sight.Sight]. It looks at the second as soon as the look at the
// first has been answered, and then rests a little: what showed in the first was
// there before that look at the second was begun. With looks at each in its own time
// the one at the second might come a whole pause later.
func (l *Listing) Order(first, second string) (relax func()) {
	both := l.chosen([]string{first, second})
	relaxed, relax := context.WithCancel(l.ctx)
	l.looking.Go(func() {
		tick := time.NewTicker(max(l.Pace/roundsInAPause, leastPause))
		defer tick.Stop()
		for len(both) == 2 {
			for _, o := range both {
				_ = o.once(l.ctx) // a look that fails proves nothing
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

// Settle implements [sight.Sight].
func (l *Listing) Settle(ctx context.Context, names ...string) error {
	chosen := l.chosen(names)
	if len(names) == 0 {
		chosen = l.all()
	}
	looks, ctx := errgroup.WithContext(ctx)
	looks.SetLimit(together)
	for _, o := range chosen {
		looks.Go(func() error { return o.settle(ctx) })
	}
	return looks.Wait()
}

// Leave implements [sight.Sight].
func (l *Listing) Leave(names ...string) {
	for _, o := range l.chosen(names) {
		o.leave()
	}
}

func (l *Listing) chosen(names []string) []*object {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out []*object
	for _, name := range names {
		if o := l.objects[name]; o != nil {
			out = append(out, o)
		}
	}
	return out
}

func (l *Listing) all() []*object {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]*object, 0, len(l.objects))
	for _, o := range l.objects {
		out = append(out, o)
	}
	return out
}

// infer puts an operation on record.
func (l *Listing) infer(op evidence.Operation) {
	op.Account = l.Account.Name()
	op.Method = map[string]string{"PutMessage": "POST", "PutBlob": "PUT", "DeleteBlob": "DELETE"}[op.Name]
	op.Status = map[string]int{"PutMessage": 201, "PutBlob": 201, "DeleteBlob": 202}[op.Name]
	l.journal.Record(op)
}

func word(s evidence.Service) string {
	if s == evidence.Queue {
		return "queue"
	}
	return "container"
}
