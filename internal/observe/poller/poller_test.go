package poller_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/observe"
	"github.com/cvconform/cvconform/internal/observe/poller"
	"github.com/cvconform/cvconform/steps/report"
)

var (
	_ observe.Observer       = (*poller.Poller)(nil)
	_ poller.Account         = (*fakeAccount)(nil)
	_ poller.RetentionProber = (*fakeAccount)(nil)
)

// withPoller runs a test on a virtual clock, with a poller of a queue and a container of the account.
func withPoller(t *testing.T, s *fakeAccount, f func(t *testing.T, p *poller.Poller, w *observe.Subscription)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p, w := startPoller(t, s)
		defer func() { assert.NoError(t, p.Close(context.WithoutCancel(t.Context()))) }()
		f(t, p, w)
	})
}

// flushed returns the operations after a flush.
func flushed(t *testing.T, p *poller.Poller, w *observe.Subscription) []evidence.Operation {
	t.Helper()
	require.NoError(t, p.Flush(t.Context()))
	return w.Operations()
}

// names describes operations.
func names(ops []evidence.Operation) []string {
	var out []string
	for _, op := range ops {
		out = append(out, op.Name+" "+op.Object+op.MessageID+" by "+op.Inferred)
	}
	return out
}

// assertInterval asserts that the interval of an operation contains an instant and is not too long.
func assertInterval(t *testing.T, op evidence.Operation, at time.Time, atMost time.Duration) {
	t.Helper()
	assert.False(t, op.Began.After(at), "%s began %s too late", op.Name, op.Began.Sub(at))
	assert.False(t, op.Ended.Before(at), "%s ended %s too early", op.Name, at.Sub(op.Ended))
	assert.LessOrEqual(t, op.Ended.Sub(op.Began), atMost)
}

func TestMessageIsPutBetweenTwoPolls(t *testing.T) {
	s := newFakeAccount()
	withPoller(t, s, func(t *testing.T, p *poller.Poller, w *observe.Subscription) {
		pass(10*pace + pace/3)
		at := time.Now()
		s.send("m1", "text")
		op, err := w.Await(t.Context(), nil)
		require.NoError(t, err)
		assertInterval(t, op, at, pace+3*s.latency)
		assert.Equal(
			t,
			evidence.Operation{
				Service:   evidence.Queue,
				Name:      "PutMessage",
				Method:    "POST",
				Account:   "account",
				Resource:  "q",
				Status:    201,
				Length:    4,
				Text:      "text",
				MessageID: "m1",
				Inferred:  "listing",
				Began:     op.Began,
				Ended:     op.Ended,
			},
			op,
		)
		pass(5 * pace)
		assert.Len(t, w.Operations(), 1, "once")
	})
}

func TestIntervalBeginsWithTheRequestOfAPoll(t *testing.T) {
	s := newFakeAccount()
	withPoller(t, s, func(t *testing.T, p *poller.Poller, w *observe.Subscription) {
		p.StopPolling("q", "c")
		pass(pace)
		s.set(func() { s.latency = 400 * time.Millisecond })
		at := time.Now().Add(300 * time.Millisecond)
		time.AfterFunc(300*time.Millisecond, func() {
			s.send("m", "text")
			s.put("b", 1)
		})
		require.Empty(t, flushed(t, p, w))
		ops := flushed(t, p, w)
		require.Len(t, ops, 2)
		for _, op := range ops {
			assertInterval(t, op, at, 900*time.Millisecond)
		}
	})
}

func TestPresentContentIsAttributedToNoOperation(t *testing.T) {
	s := newFakeAccount()
	s.send("old", "text")
	s.put("old", 1)
	withPoller(t, s, func(t *testing.T, p *poller.Poller, w *observe.Subscription) {
		assert.Empty(t, flushed(t, p, w))
		s.put("old", 2)
		s.remove("old")
		s.put("old", 3)
		assert.Equal(t, []string{"PutBlob old by listing"}, names(flushed(t, p, w)), "a later content is recorded")
	})
}

func TestQueueShowsItsFirstMessagesOnly(t *testing.T) {
	s := newFakeAccount()
	withPoller(t, s, func(t *testing.T, p *poller.Poller, w *observe.Subscription) {
		for i := range 40 {
			s.send(fmt.Sprint("m", i), "text")
		}
		assert.Len(t, flushed(t, p, w), 32)
	})
}

func TestBlobIsPutAndDeletedBetweenPolls(t *testing.T) {
	s := newFakeAccount()
	withPoller(t, s, func(t *testing.T, p *poller.Poller, w *observe.Subscription) {
		pass(pace / 2)
		put := time.Now()
		created := s.put("f/x", 7)
		pass(5 * pace)
		deletedAt := time.Now()
		s.remove("f/x")
		ops := flushed(t, p, w)
		require.Equal(t, []string{"PutBlob f/x by listing", "DeleteBlob f/x by listing"}, names(ops))
		assertInterval(t, ops[0], put, pace+3*s.latency)
		assertInterval(t, ops[1], deletedAt, pace+3*s.latency)
		assert.Equal(
			t,
			[]any{"c", int64(7), created.ETag, 201, 202},
			[]any{ops[0].Resource, ops[0].Length, ops[0].ETag, ops[0].Status, ops[1].Status},
		)
	})
}

func TestOverwrittenBlobHasAnotherETag(t *testing.T) {
	s := newFakeAccount()
	withPoller(t, s, func(t *testing.T, p *poller.Poller, w *observe.Subscription) {
		first := s.put("b", 1)
		flushed(t, p, w)
		second := s.put("b", 2)
		ops := flushed(t, p, w)
		require.Equal(t, []string{"PutBlob b by listing", "PutBlob b by listing"}, names(ops))
		assert.Equal(t, []string{first.ETag, second.ETag}, []string{ops[0].ETag, ops[1].ETag})
	})
}

func TestBlobBetweenTwoPollsIsInferredFromRetention(t *testing.T) {
	for name, c := range map[string]struct {
		retains report.Visibility
		want    []string
	}{
		"nothing":       {retaining(), nil},
		"deleted blobs": {retaining("deleted"), []string{"PutBlob b by deleted", "DeleteBlob b by deleted"}},
		"versions": {retaining("versions"),
			[]string{"PutBlob b by version", "PutBlob b by version", "DeleteBlob b by version"}},
		"deleted and overwritten blobs": {retaining("deleted", "overwritten"),
			[]string{"PutBlob b by deleted", "PutBlob b by deleted", "DeleteBlob b by deleted"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newFakeAccount()
			s.retains = c.retains
			withPoller(t, s, func(t *testing.T, p *poller.Poller, w *observe.Subscription) {
				pass(pace / 2)
				at := time.Now()
				s.put("b", 1)
				s.put("b", 2)
				s.remove("b")
				ops := flushed(t, p, w)
				assert.Equal(t, c.want, names(ops))
				for _, op := range ops {
					assertInterval(t, op, at, pace+3*s.latency)
				}
				pass(3 * pace)
				assert.Len(t, w.Operations(), len(c.want), "once")
			})
		})
	}
}

func TestBlobMissingFromAListingIsNotDeleted(t *testing.T) {
	s := newFakeAccount()
	withPoller(t, s, func(t *testing.T, p *poller.Poller, w *observe.Subscription) {
		s.put("b", 1)
		for range 5 {
			assert.Equal(t, []string{"PutBlob b by listing"}, names(flushed(t, p, w)))
			s.set(func() { s.hidden["b"] = !s.hidden["b"] })
		}
		s.set(func() { s.hidden["b"] = false })
		flushed(t, p, w)
		s.remove("b")
		assert.Equal(t, []string{"PutBlob b by listing", "DeleteBlob b by listing"}, names(flushed(t, p, w)))
	})
}

func TestStaleListingDoesNotRepeatOperations(t *testing.T) {
	s := newFakeAccount()
	withPoller(t, s, func(t *testing.T, p *poller.Poller, w *observe.Subscription) {
		before := s.put("b", 1)
		flushed(t, p, w)
		s.remove("b")
		want := names(flushed(t, p, w))
		s.set(func() { s.stale = append(s.stale, before) })
		flushed(t, p, w)
		s.set(func() { s.stale = nil })
		assert.Equal(t, want, names(flushed(t, p, w)))
	})
}

func TestBlobMissingFromAListingIsRequestedByName(t *testing.T) {
	s := newFakeAccount()
	withPoller(t, s, func(t *testing.T, p *poller.Poller, w *observe.Subscription) {
		s.put("b", 1)
		flushed(t, p, w)
		s.set(func() { s.hidden["b"] = true })
		s.put("b", 2)
		assert.Equal(t, []string{"PutBlob b by listing", "PutBlob b by listing"}, names(flushed(t, p, w)))
	})
}

func TestFailedPollsExtendTheInterval(t *testing.T) {
	s := newFakeAccount()
	withPoller(t, s, func(t *testing.T, p *poller.Poller, w *observe.Subscription) {
		s.put("b", 1)
		require.Len(t, flushed(t, p, w), 1)
		last := time.Now()
		s.set(func() { s.failing = true })
		pass(20 * pace)
		s.send("m", "text")
		s.remove("b")
		assert.Len(t, w.Operations(), 1, "a failed poll records nothing")
		s.set(func() { s.failing = false })
		ops := flushed(t, p, w)
		require.Len(t, ops, 3)
		for _, op := range ops[1:] {
			assert.False(t, op.Began.After(last), op.Name)
			assert.GreaterOrEqual(t, op.Ended.Sub(op.Began), 20*pace, op.Name)
		}
	})
}

func TestFlushRetriesUntilItsTimeout(t *testing.T) {
	s := newFakeAccount()
	withPoller(t, s, func(t *testing.T, p *poller.Poller, w *observe.Subscription) {
		s.set(func() { s.failing = true })
		time.AfterFunc(10*pace, func() { s.set(func() { s.failing = false }) })
		require.NoError(t, p.Flush(t.Context(), "q", "c"))
		s.set(func() { s.failing = true })
		err := p.Flush(t.Context(), "c")
		require.ErrorIs(t, err, errBusy)
		require.ErrorContains(t, err, `cannot read container "c": `)
		require.ErrorContains(t, err, "polls failed within 30.")
		require.ErrorContains(t, p.Track(t.Context(), evidence.Queue, "q2"), `cannot read queue "q2": `)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		require.Error(t, p.Flush(ctx, "q"))
		assert.Equal(t, time.Second, time.Since(began), "it ends with its context")
	})
}

func TestPollFaster(t *testing.T) {
	s := newFakeAccount()
	withPoller(t, s, func(t *testing.T, p *poller.Poller, w *observe.Subscription) {
		count := func() int {
			before := s.callCount()
			pass(10 * pace)
			return s.callCount() - before
		}
		slow := count()
		assert.InDelta(t, 20, slow, 2, "a queue and a container")
		one, two := p.PollFaster("q", "untracked"), p.PollFaster("q")
		assert.Greater(t, count(), 800, "a hundred times as often")
		one()
		one()
		assert.Greater(t, count(), 800, "another caller remains")
		at := time.Now()
		s.send("m", "text")
		two()
		op, err := w.Await(t.Context(), nil)
		require.NoError(t, err)
		assertInterval(t, op, at, 20*time.Millisecond)
		assert.InDelta(t, slow, count(), 3)
	})
}

// An account that retains deleted blobs is polled less often, because no blob can be missed.
func TestPollFasterWithRetention(t *testing.T) {
	calls := map[report.Visibility]int{retaining(): 800, retaining("deleted"): 90, retaining("versions"): 90}
	for retains, want := range calls {
		s := newFakeAccount()
		s.retains = retains
		withPoller(t, s, func(t *testing.T, p *poller.Poller, _ *observe.Subscription) {
			defer p.PollFaster("c")()
			before := s.callCount()
			pass(10 * pace)
			assert.InDelta(t, want, s.callCount()-before, float64(want)/4, "%+v", retains)
		})
	}
}

// If a blob and a message are stored far enough apart for a poll of each and the pause before it, their intervals do
// not overlap, whatever the phase of the polls is.
func TestPollInOrder(t *testing.T) {
	const round = pace / 20
	for phase := range 10 {
		s := newFakeAccount()
		s.latency = 10 * time.Millisecond
		withPoller(t, s, func(t *testing.T, p *poller.Poller, w *observe.Subscription) {
			defer p.PollInOrder("c", "q")()
			pass(3*pace + time.Duration(phase)*round/10)
			s.put("b", 1)
			pass(round + 2*s.latency)
			s.send("m", "text")
			ops := flushed(t, p, w)
			require.Equal(t, []string{"PutBlob b by listing", "PutMessage m by listing"}, names(ops))
			assert.False(t, ops[0].Ended.After(ops[1].Began), "put %s after a poll", time.Duration(phase)*round/10)
		})
	}
}

func TestRateOfPollInOrder(t *testing.T) {
	s := newFakeAccount()
	withPoller(t, s, func(t *testing.T, p *poller.Poller, _ *observe.Subscription) {
		count := func() int {
			before := s.callCount()
			pass(10 * pace)
			return s.callCount() - before
		}
		slow := count()
		relax := p.PollInOrder("c", "q")
		assert.InDelta(t, slow+400, count(), 10, "twenty times a pause, at each of the two")
		relax()
		relax()
		assert.InDelta(t, slow, count(), 5)
		for _, names := range [][2]string{{"", "q"}, {"c", ""}, {"c", "untracked"}} {
			defer p.PollInOrder(names[0], names[1])()
		}
		assert.InDelta(t, slow, count(), 5, "one resource has no order")
	})
}

// Polls that fail, or take longer than the pause, are not made more often.
func TestPollInOrderOfSlowStorage(t *testing.T) {
	s := newFakeAccount()
	withPoller(t, s, func(t *testing.T, p *poller.Poller, w *observe.Subscription) {
		defer p.PollInOrder("c", "q")()
		s.set(func() { s.failing, s.latency = true, pace })
		before := s.callCount()
		pass(20 * pace)
		assert.LessOrEqual(t, s.callCount()-before, 60)
		s.set(func() { s.failing, s.latency = false, time.Millisecond })
		s.send("m", "text")
		_, err := w.Await(t.Context(), nil)
		require.NoError(t, err)
	})
}

func TestStopPolling(t *testing.T) {
	s := newFakeAccount()
	withPoller(t, s, func(t *testing.T, p *poller.Poller, w *observe.Subscription) {
		p.StopPolling("q", "c", "untracked")
		pass(pace)
		calls := s.callCount()
		s.send("m", "text")
		pass(100 * pace)
		assert.Equal(t, calls, s.callCount())
		assert.Len(t, flushed(t, p, w), 1)
	})
}

func TestCloseEndsPollsAndSubscriptions(t *testing.T) {
	s := newFakeAccount()
	withPoller(t, s, func(t *testing.T, p *poller.Poller, w *observe.Subscription) {
		require.NoError(t, p.Close(t.Context()))
		_, err := w.Await(t.Context(), nil)
		require.ErrorIs(t, err, observe.ErrClosed)
		calls := s.callCount()
		pass(100 * pace)
		assert.Equal(t, calls, s.callCount())
		assert.Nil(t, p.BlobURL())
		assert.Nil(t, p.QueueURL())
	})
}

func TestDetectRetention(t *testing.T) {
	for name, c := range map[string]struct {
		retains    report.Visibility
		softDelete bool
		takes      time.Duration // at most
	}{
		"nothing":                             {retaining(), false, time.Second},
		"nothing, but it reports soft delete": {retaining(), true, 11 * time.Second},
		"deleted blobs":                       {retaining("deleted"), true, time.Second},
		"deleted and overwritten blobs":       {retaining("deleted", "overwritten"), true, time.Second},
		"versions":                            {retaining("versions", "overwritten"), false, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newFakeAccount()
				s.retains, s.softDelete = c.retains, c.softDelete
				began := time.Now()
				got, err := poller.DetectRetention(t.Context(), s, "c")
				require.NoError(t, err)
				assert.Equal(t, c.retains, got)
				assert.LessOrEqual(t, time.Since(began), c.takes)
				assert.Empty(t, s.blobs)
			})
		})
	}
}

func TestDetectRetentionWithAStaleListing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newFakeAccount()
		s.retains, s.softDelete = retaining("deleted"), true
		s.stale = append(s.stale, s.put("other", 1))
		time.AfterFunc(5*time.Second, func() { s.set(func() { s.stale = nil }) })
		got, err := poller.DetectRetention(t.Context(), s, "c")
		require.NoError(t, err)
		assert.Equal(t, retaining("deleted"), got)
	})
}

func TestDetectRetentionError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newFakeAccount()
		s.softDelete, s.failing = true, true
		_, err := poller.DetectRetention(t.Context(), s, "c")
		require.ErrorIs(t, err, errBusy)
	})
}
