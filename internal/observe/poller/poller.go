package poller

import (
	"context"
	"net/url"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/observe"
)

const (
	// pollRoundsPerPause is how often PollInOrder polls both resources during the usual pause. For a cloud account that
	// is eight requests per second while an export runs.
	pollRoundsPerPause = 20
	// maxConcurrentPolls is how many resources Flush polls at a time.
	maxConcurrentPolls = 8
)

// A Poller implements [observe.Observer]. Make it with [Start].
type Poller struct {
	options Options
	log     observe.OperationLog
	ctx     context.Context // ends with Close
	cancel  context.CancelFunc
	polls   sync.WaitGroup

	mu        sync.Mutex
	resources map[string]*resourcePoller // by name
}

// Start returns a poller without resources.
func Start(o Options) *Poller {
	p := &Poller{options: o, resources: map[string]*resourcePoller{}}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	return p
}

// Close ends all polls and all subscriptions. It may be called more than once.
func (p *Poller) Close(context.Context) error {
	p.cancel()
	p.polls.Wait()
	p.log.Close()
	return nil
}

// Subscribe implements [observe.Observer].
func (p *Poller) Subscribe(match func(evidence.Operation) bool) *observe.Subscription {
	return p.log.Subscribe(match)
}

// BlobURL returns nil: the service uses the endpoint of the account.
func (p *Poller) BlobURL() *url.URL { return nil }

// QueueURL returns nil: the service uses the endpoint of the account.
func (p *Poller) QueueURL() *url.URL { return nil }

// Track implements [observe.Observer]. It polls the queue or container from now on.
func (p *Poller) Track(ctx context.Context, s evidence.Service, name string) error {
	r := newResourcePoller(p.options, s, name, p.record)
	if err := r.readBaseline(ctx); err != nil {
		return err
	}
	p.mu.Lock()
	p.resources[name] = r
	p.mu.Unlock()
	p.polls.Go(func() { r.run(p.ctx) })
	return nil
}

// PollFaster implements [observe.Observer]. It ignores names that are not tracked.
func (p *Poller) PollFaster(names ...string) (relax func()) {
	chosen := p.resourcesNamed(names)
	for _, r := range chosen {
		r.addUrgency(1)
	}
	return sync.OnceFunc(func() {
		for _, r := range chosen {
			r.addUrgency(-1)
		}
	})
}

// PollInOrder implements [observe.Observer]. It polls the second resource as soon as the first has been polled, and
// then pauses shortly: content of the first one was there before the poll of the second one began. With independent
// polls, that of the second one might begin a whole pause later.
func (p *Poller) PollInOrder(first, second string) (relax func()) {
	both := p.resourcesNamed([]string{first, second})
	relaxed, relax := context.WithCancel(p.ctx)
	p.polls.Go(func() {
		tick := time.NewTicker(max(p.options.PollInterval/pollRoundsPerPause, minPollInterval))
		defer tick.Stop()
		for len(both) == 2 {
			for _, r := range both {
				_ = r.poll(p.ctx) // a failed poll proves nothing
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

// Flush implements [observe.Observer].
func (p *Poller) Flush(ctx context.Context, names ...string) error {
	chosen := p.resourcesNamed(names)
	if len(names) == 0 {
		chosen = p.allResources()
	}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(maxConcurrentPolls)
	for _, r := range chosen {
		group.Go(func() error { return r.flush(ctx) })
	}
	return group.Wait()
}

// StopPolling implements [observe.Observer].
func (p *Poller) StopPolling(names ...string) {
	for _, r := range p.resourcesNamed(names) {
		r.stop()
	}
}

func (p *Poller) resourcesNamed(names []string) []*resourcePoller {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []*resourcePoller
	for _, name := range names {
		if r := p.resources[name]; r != nil {
			out = append(out, r)
		}
	}
	return out
}

func (p *Poller) allResources() []*resourcePoller {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make([]*resourcePoller, 0, len(p.resources))
	for _, r := range p.resources {
		out = append(out, r)
	}
	return out
}

// record completes and records an inferred operation.
func (p *Poller) record(op evidence.Operation) {
	op.Account = p.options.Account.Name()
	op.Method = map[string]string{"PutMessage": "POST", "PutBlob": "PUT", "DeleteBlob": "DELETE"}[op.Name]
	op.Status = map[string]int{"PutMessage": 201, "PutBlob": 201, "DeleteBlob": 202}[op.Name]
	p.log.Record(op)
}
