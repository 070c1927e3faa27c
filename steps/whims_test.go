package steps_test

import (
	"context"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/cvconform/cvconform/internal/cloudtest"
)

// Whims have a service do what it does in storage at random times: at once or
// later, behind its own back, in two pieces, twice. They are of a seed: the n-th
// thing of its kind to a queue or a container has the same whim each time.
type whims struct {
	seed    uint64
	account *cloudtest.Account
	lag     time.Duration // of lists of blobs, at most

	mu   sync.Mutex
	nth  map[string]int
	late sync.WaitGroup // what is still to be done behind the service's back
}

func newWhims(seed uint64) *whims { return &whims{seed: seed, nth: map[string]int{}} }

// end waits for what is still to be done.
func (w *whims) end() {
	if w != nil {
		w.late.Wait()
	}
}

// of is what is random about the next thing of that kind.
func (w *whims) of(kind string) *rand.Rand {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.nth[kind]++
	h := fnv.New64a()
	fmt.Fprintf(h, "%s %d", kind, w.nth[kind])
	return rand.New(rand.NewPCG(w.seed, h.Sum64()))
}

// onceIn says that something happens once in so many times.
func onceIn(r *rand.Rand, in int) bool { return r.IntN(in) == 0 }

// between is a random duration, a short one as likely as one that is ten times as
// long.
func between(r *rand.Rand, least, most time.Duration) time.Duration {
	return time.Duration(float64(least) * math.Pow(float64(most)/float64(least), r.Float64()))
}

// lapse lets time pass.
func lapse(d time.Duration) { <-time.NewTimer(d).C }

// PutBlob implements customvision.Storage.
func (w *whims) PutBlob(_ context.Context, container, name string, data []byte) error {
	return w.do("PutBlob", container, func(ctx context.Context, r *rand.Rand) error {
		if onceIn(r, 12) {
			if err := w.account.PutBlob(ctx, container, name, data[:r.IntN(len(data)+1)]); err != nil {
				return err
			}
			lapse(between(r, time.Millisecond, time.Minute))
		}
		return w.account.PutBlob(ctx, container, name, data)
	})
}

// DeleteBlob implements customvision.Storage.
func (w *whims) DeleteBlob(_ context.Context, container, name string) error {
	return w.do("DeleteBlob", container, func(ctx context.Context, _ *rand.Rand) error {
		return w.account.DeleteBlob(ctx, container, name)
	})
}

// SendMessage implements customvision.Storage.
func (w *whims) SendMessage(_ context.Context, queue, text string) error {
	return w.do("SendMessage", queue, func(ctx context.Context, _ *rand.Rand) error {
		return w.account.SendMessage(ctx, queue, text)
	})
}

// do does one thing to the queue or container of that URI.
func (w *whims) do(operation, uri string, act func(context.Context, *rand.Rand) error) error {
	parts := strings.Split(uri, "-")
	r := w.of(operation + strings.Join(parts[max(0, len(parts)-2):], "-")) // without the run's id
	ctx, before := context.Background(), between(r, time.Millisecond, 10*time.Second)
	if later := between(r, time.Millisecond, 90*time.Second); onceIn(r, 8) {
		w.late.Go(func() {
			lapse(later)
			_ = act(ctx, r)
		})
		return nil
	}
	lapse(before)
	err := act(ctx, r)
	after := between(r, time.Millisecond, 10*time.Second)
	if pause := between(r, time.Millisecond, time.Minute); onceIn(r, 20) {
		another := rand.New(rand.NewPCG(r.Uint64(), 0))
		w.late.Go(func() {
			lapse(pause)
			_ = act(ctx, another)
		})
	}
	lapse(after)
	return err
}

// dawdling has answers to what changes something be on their way for a while.
func (w *whims) dawdling(h http.Handler) http.Handler {
	if w == nil {
		return h
	}
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(rw, r)
		if changes(r) {
			lapse(between(w.of(r.Method), time.Millisecond, 10*time.Second))
		}
	})
}
