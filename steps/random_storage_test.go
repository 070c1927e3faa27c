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

// A randomDelayStorage performs the operations of a service at random times: at once or late, in the foreground or in
// the background, in two parts, or twice. The seed determines the random choices: the n-th operation of a kind on a
// queue or container gets the same ones in each run.
type randomDelayStorage struct {
	seed    uint64
	account *storageaccount.Account
	lag     time.Duration // maximum delay of lists of blobs

	mu      sync.Mutex
	counts  map[string]int
	pending sync.WaitGroup // operations in the background
}

func newRandomDelayStorage(seed uint64) *randomDelayStorage {
	return &randomDelayStorage{seed: seed, counts: map[string]int{}}
}

// wait waits for the operations in the background.
func (w *randomDelayStorage) wait() {
	if w != nil {
		w.pending.Wait()
	}
}

// next returns the random numbers for the next operation of that kind.
func (w *randomDelayStorage) next(kind string) *rand.Rand {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.counts[kind]++
	h := fnv.New64a()
	fmt.Fprintf(h, "%s %d", kind, w.counts[kind])
	return rand.New(rand.NewPCG(w.seed, h.Sum64()))
}

// oneIn returns true with probability 1/n.
func oneIn(r *rand.Rand, n int) bool { return r.IntN(n) == 0 }

// randomBetween returns a random duration from a logarithmic distribution.
func randomBetween(r *rand.Rand, least, most time.Duration) time.Duration {
	return time.Duration(float64(least) * math.Pow(float64(most)/float64(least), r.Float64()))
}

// sleep waits for d, on the virtual clock of a synctest bubble.
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

// perform performs one operation on the queue or container with that URI: in the background, once, or twice.
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

// delayResponses delays the responses to requests that change something.
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
