package steps

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

	"github.com/cvconform/cvconform/fakes/storageaccount"
)

// Whims have a service do what it does in storage at random times: at once or
// later, behind its own back, in two pieces, twice. They are of a seed: the n-th
// thing of its kind to a queue or a container has the same whim each time.
type randomDelayStorage struct {
	seed    uint64
	account *storageaccount.Account
	lag     time.Duration // of lists of blobs, at most

	mu      sync.Mutex
	counts  map[string]int
	pending sync.WaitGroup // what is still to be done behind the service's back
}

func newRandomDelayStorage(seed uint64) *randomDelayStorage {
	return &randomDelayStorage{seed: seed, counts: map[string]int{}}
}

// wait waits for what is still to be done.
func (w *randomDelayStorage) wait() {
	if w != nil {
		w.pending.Wait()
	}
}

// next is what is random about the next thing of that kind.
func (w *randomDelayStorage) next(kind string) *rand.Rand {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counts[kind]++
	h := fnv.New64a()
	fmt.Fprintf(h, "%s %d", kind, w.counts[kind])
	return rand.New(rand.NewPCG(w.seed, h.Sum64()))
}

// oneIn says that something happens once in so many times.
func oneIn(r *rand.Rand, in int) bool { return r.IntN(in) == 0 }

// randomBetween is a random duration, a short one as likely as one that is ten times as
// long.
func randomBetween(r *rand.Rand, least, most time.Duration) time.Duration {
	return time.Duration(float64(least) * math.Pow(float64(most)/float64(least), r.Float64()))
}

// sleep lets time pass.
func sleep(d time.Duration) { <-time.NewTimer(d).C }

// PutBlob implements customvision.Storage.
func (w *randomDelayStorage) PutBlob(_ context.Context, container, name string, data []byte) error {
	return w.perform("PutBlob", container, func(ctx context.Context, r *rand.Rand) error {
		if oneIn(r, 12) {
			if err := w.account.PutBlob(ctx, container, name, data[:r.IntN(len(data)+1)]); err != nil {
				return err
			}
			sleep(randomBetween(r, time.Millisecond, time.Minute))
		}
		return w.account.PutBlob(ctx, container, name, data)
	})
}

// DeleteBlob implements customvision.Storage.
func (w *randomDelayStorage) DeleteBlob(_ context.Context, container, name string) error {
	return w.perform("DeleteBlob", container, func(ctx context.Context, _ *rand.Rand) error {
		return w.account.DeleteBlob(ctx, container, name)
	})
}

// SendMessage implements customvision.Storage.
func (w *randomDelayStorage) SendMessage(_ context.Context, queue, text string) error {
	return w.perform("SendMessage", queue, func(ctx context.Context, _ *rand.Rand) error {
		return w.account.SendMessage(ctx, queue, text)
	})
}

// perform does one thing to the queue or container of that URI.
func (w *randomDelayStorage) perform(operation, uri string, act func(context.Context, *rand.Rand) error) error {
	parts := strings.Split(uri, "-")
	r := w.next(operation + strings.Join(parts[max(0, len(parts)-2):], "-")) // without the run's id
	ctx, before := context.Background(), randomBetween(r, time.Millisecond, 10*time.Second)
	if later := randomBetween(r, time.Millisecond, 90*time.Second); oneIn(r, 8) {
		w.pending.Go(func() {
			sleep(later)
			_ = act(ctx, r)
		})
		return nil
	}
	sleep(before)
	err := act(ctx, r)
	after := randomBetween(r, time.Millisecond, 10*time.Second)
	if pause := randomBetween(r, time.Millisecond, time.Minute); oneIn(r, 20) {
		another := rand.New(rand.NewPCG(r.Uint64(), 0))
		w.pending.Go(func() {
			sleep(pause)
			_ = act(ctx, another)
		})
	}
	sleep(after)
	return err
}

// delayResponses has answers to what changes something be on their way for a while.
func (w *randomDelayStorage) delayResponses(h http.Handler) http.Handler {
	if w == nil {
		return h
	}
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(rw, r)
		if isChange(r) {
			sleep(randomBetween(w.next(r.Method), time.Millisecond, 10*time.Second))
		}
	})
}
