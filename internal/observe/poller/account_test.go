package poller_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/observe"
	"github.com/cvconform/cvconform/internal/observe/poller"
	"github.com/cvconform/cvconform/internal/storage"
)

// errBusy is what a call fails with that is told to.
var errBusy = errors.New("server busy")

// A fakeAccount is a storage account that does what it is told.
type fakeAccount struct {
	mu       sync.Mutex
	latency  time.Duration
	messages []storage.Message
	blobs    map[string]storage.BlobVersion // that stand, by name
	kept     []storage.BlobVersion          // former contents
	keeps    poller.Retention               // what of them is kept
	hidden   map[string]bool                // names that lists leave out
	stale    []storage.BlobVersion          // what lists show instead of all that is; nil means the truth
	failing  bool
	claims   bool // to keep deleted blobs
	looks    int
	written  int
}

func newStage() *fakeAccount {
	return &fakeAccount{blobs: map[string]storage.BlobVersion{}, hidden: map[string]bool{}, latency: time.Millisecond}
}

// half of the latency is the way there, half the way back.
func (s *fakeAccount) half() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.latency / 2
}

// call takes its time, and fails where it is told to.
func (s *fakeAccount) call(ctx context.Context) error {
	select {
	case <-time.After(s.half()):
	case <-ctx.Done():
		return ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.looks++
	if s.failing {
		return errBusy
	}
	return nil
}

func (s *fakeAccount) Name() string { return "account" }

func (s *fakeAccount) Peek(ctx context.Context, _ string) ([]storage.Message, error) {
	if err := s.call(ctx); err != nil {
		return nil, err
	}
	s.mu.Lock()
	shown := slices.Clone(s.messages[:min(len(s.messages), storage.PeekLimit)])
	s.mu.Unlock()
	pass(s.half())
	return shown, nil
}

func (s *fakeAccount) ListVersions(ctx context.Context, _ string, former bool) ([]storage.BlobVersion, error) {
	if err := s.call(ctx); err != nil {
		return nil, err
	}
	defer pass(s.half())
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stale != nil {
		return slices.Clone(s.stale), nil
	}
	var shown []storage.BlobVersion
	for name, t := range s.blobs {
		if !s.hidden[name] {
			shown = append(shown, t)
		}
	}
	if former {
		shown = append(shown, s.kept...)
	}
	return shown, nil
}

func (s *fakeAccount) StatBlob(ctx context.Context, _, name string) (storage.BlobVersion, error) {
	if err := s.call(ctx); err != nil {
		return storage.BlobVersion{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if t, ok := s.blobs[name]; ok {
		return t, nil
	}
	return storage.BlobVersion{}, fmt.Errorf("blob %s: %w", name, storage.ErrNotFound)
}

// put is what the service under test does, and what a [listing.Canary] does.
func (s *fakeAccount) put(name string, length int64) storage.BlobVersion {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.retire(name, true)
	s.written++
	t := storage.BlobVersion{
		Name:     name,
		ETag:     fmt.Sprint("0x", s.written),
		Length:   length,
		Current:  true,
		Modified: time.Now(),
	}
	if s.keeps.Versions {
		t.Version = fmt.Sprintf("v%04d", s.written)
	}
	s.blobs[name] = t
	return t
}

func (s *fakeAccount) remove(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.retire(name, false)
	delete(s.blobs, name)
}

// retire keeps what stood under a name, where the account does.
func (s *fakeAccount) retire(name string, overwritten bool) {
	t, ok := s.blobs[name]
	t.Current, t.Deleted = false, !s.keeps.Versions
	if ok && (s.keeps.Versions || s.keeps.Deleted && (!overwritten || s.keeps.Overwritten)) {
		s.kept = append(s.kept, t)
	}
}

func (s *fakeAccount) send(id, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages = append(s.messages, storage.Message{ID: id, Text: text})
}

func (s *fakeAccount) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

// counted is how many calls have come.
func (s *fakeAccount) counted() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.looks
}

// pass lets that much virtual time pass.
func pass(d time.Duration) { <-time.After(d) }

func (s *fakeAccount) CreateContainer(context.Context, string) error { return nil }
func (s *fakeAccount) DeleteContainer(context.Context, string) error { return nil }
func (s *fakeAccount) PutBlob(_ context.Context, _, name string, content []byte) (storage.BlobVersion, error) {
	return s.put(name, int64(len(content))), nil
}
func (s *fakeAccount) DeleteBlob(_ context.Context, _, name string) error {
	s.remove(name)
	return nil
}
func (s *fakeAccount) SoftDeleteEnabled(context.Context) (bool, error) { return s.claims, nil }

// pace is the pause between two looks here.
const pace = time.Second

// looking follows the queue q and the container c, and watches what is inferred.
func looking(t *testing.T, s *fakeAccount) (*poller.Poller, *observe.Subscription) {
	t.Helper()
	l := poller.Start(
		poller.Options{Account: s, Now: time.Now, PollInterval: pace, Limit: 30 * time.Second, Powers: s.keeps},
	)
	w := l.Subscribe(nil)
	require.NoError(t, l.Track(t.Context(), evidence.Queue, "q"))
	require.NoError(t, l.Track(t.Context(), evidence.Blob, "c"))
	return l, w
}
