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
	"github.com/cvconform/cvconform/steps/report"
)

// errBusy is the error of a failing account.
var errBusy = errors.New("server busy")

// A fakeAccount is a storage account in memory.
type fakeAccount struct {
	mu         sync.Mutex
	latency    time.Duration
	messages   []storage.Message
	blobs      map[string]storage.BlobVersion // current ones, by name
	kept       []storage.BlobVersion          // deleted and overwritten ones
	retains    report.Visibility              // which of them are retained
	hidden     map[string]bool                // names that listings omit
	stale      []storage.BlobVersion          // a stale listing; nil for a current one
	failing    bool
	softDelete bool // reports that it retains deleted blobs
	calls      int
	contents   int // stored so far
}

func newFakeAccount() *fakeAccount {
	return &fakeAccount{blobs: map[string]storage.BlobVersion{}, hidden: map[string]bool{}, latency: time.Millisecond}
}

// half returns half of the latency: of the request, or of the response.
func (s *fakeAccount) half() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.latency / 2
}

// call delays a call by half of the latency, and fails if the account is failing.
func (s *fakeAccount) call(ctx context.Context) error {
	select {
	case <-time.After(s.half()):
	case <-ctx.Done():
		return ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
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
	listed := slices.Clone(s.messages[:min(len(s.messages), storage.PeekLimit)])
	s.mu.Unlock()
	pass(s.half())
	return listed, nil
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
	var listed []storage.BlobVersion
	for name, t := range s.blobs {
		if !s.hidden[name] {
			listed = append(listed, t)
		}
	}
	if former {
		listed = append(listed, s.kept...)
	}
	return listed, nil
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

// put stores a blob, like the service under test or [poller.DetectRetention].
func (s *fakeAccount) put(name string, length int64) storage.BlobVersion {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.retire(name, true)
	s.contents++
	t := storage.BlobVersion{
		Name:     name,
		ETag:     fmt.Sprint("0x", s.contents),
		Length:   length,
		Current:  true,
		Modified: time.Now(),
	}
	if s.retains.Versions {
		t.Version = fmt.Sprintf("v%04d", s.contents)
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

// retire retains the current content of a name, if the account does.
func (s *fakeAccount) retire(name string, overwritten bool) {
	t, ok := s.blobs[name]
	t.Current, t.Deleted = false, !s.retains.Versions
	if ok && (s.retains.Versions || s.retains.DeletedBlobs && (!overwritten || s.retains.OverwrittenBlobs)) {
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

// callCount returns the number of calls so far.
func (s *fakeAccount) callCount() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls
}

// pass waits for that much virtual time.
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
func (s *fakeAccount) SoftDeleteEnabled(context.Context) (bool, error) { return s.softDelete, nil }

// pace is the poll interval.
const pace = time.Second

// startPoller starts a poller of the queue q and the container c, and subscribes to its operations.
func startPoller(t *testing.T, s *fakeAccount) (*poller.Poller, *observe.Subscription) {
	t.Helper()
	p := poller.Start(
		poller.Options{Account: s, Now: time.Now, PollInterval: pace, Timeout: 30 * time.Second, Visibility: s.retains},
	)
	w := p.Subscribe(nil)
	require.NoError(t, p.Track(t.Context(), evidence.Queue, "q"))
	require.NoError(t, p.Track(t.Context(), evidence.Blob, "c"))
	return p, w
}

// retaining returns the visibility of an account that retains "deleted" and "overwritten" blobs, or "versions".
func retaining(kinds ...string) report.Visibility {
	return report.Visibility{
		Observer:         report.Poller,
		DeletedBlobs:     slices.Contains(kinds, "deleted"),
		Versions:         slices.Contains(kinds, "versions"),
		OverwrittenBlobs: slices.Contains(kinds, "overwritten"),
	}
}
