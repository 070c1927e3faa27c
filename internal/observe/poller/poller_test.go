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
)

var (
	_ observe.Observer       = (*poller.Poller)(nil)
	_ poller.Account         = (*fakeAccount)(nil)
	_ poller.RetentionProber = (*fakeAccount)(nil)
)

// during runs a test on a virtual clock, while the queue and the container of a
// stage are looked at.
func during(t *testing.T, s *fakeAccount, f func(t *testing.T, l *poller.Poller, w *observe.Subscription)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l, w := looking(t, s)
		defer func() { assert.NoError(t, l.Close(context.WithoutCancel(t.Context()))) }()
		f(t, l, w)
	})
}

// settled are the operations once all that shows now is on record.
func settled(t *testing.T, l *poller.Poller, w *observe.Subscription) []evidence.Operation {
	t.Helper()
	require.NoError(t, l.Flush(t.Context()))
	return w.Operations()
}

// names are operations in short.
func names(ops []evidence.Operation) []string {
	var out []string
	for _, op := range ops {
		out = append(out, op.Name+" "+op.Object+op.MessageID+" by "+op.Inferred)
	}
	return out
}

// within makes sure that an operation is inferred to have been around an instant.
func within(t *testing.T, op evidence.Operation, at time.Time, atMost time.Duration) {
	t.Helper()
	assert.False(t, op.Began.After(at), "%s began %s too late", op.Name, op.Began.Sub(at))
	assert.False(t, op.Ended.Before(at), "%s ended %s too early", op.Name, at.Sub(op.Ended))
	assert.LessOrEqual(t, op.Ended.Sub(op.Began), atMost)
}

func TestAMessageIsPutBetweenTwoLooks(t *testing.T) {
	s := newStage()
	during(t, s, func(t *testing.T, l *poller.Poller, w *observe.Subscription) {
		pass(10*pace + pace/3)
		at := time.Now()
		s.send("m1", "text")
		op, err := w.Await(t.Context(), nil)
		require.NoError(t, err)
		within(t, op, at, pace+3*s.latency)
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

// What comes while a look is being answered may have missed it.
func TestALookDoesNotShowWhatComesMeanwhile(t *testing.T) {
	s := newStage()
	during(t, s, func(t *testing.T, l *poller.Poller, w *observe.Subscription) {
		l.StopPolling("q", "c")
		pass(pace)
		s.set(func() { s.latency = 400 * time.Millisecond })
		at := time.Now().Add(300 * time.Millisecond)
		time.AfterFunc(300*time.Millisecond, func() {
			s.send("m", "text")
			s.put("b", 1)
		})
		require.Empty(t, settled(t, l, w))
		ops := settled(t, l, w)
		require.Len(t, ops, 2)
		for _, op := range ops {
			within(t, op, at, 900*time.Millisecond)
		}
	})
}

func TestWhatWasThereBeforeIsNobodysOperation(t *testing.T) {
	s := newStage()
	s.send("old", "text")
	s.put("old", 1)
	during(t, s, func(t *testing.T, l *poller.Poller, w *observe.Subscription) {
		assert.Empty(t, settled(t, l, w))
		s.put("old", 2)
		s.remove("old")
		s.put("old", 3)
		assert.Equal(t, []string{"PutBlob old by listing"}, names(settled(t, l, w)), "what is written over it is")
	})
}

// A queue shows its first messages only: those behind are not seen.
func TestAQueueShowsItsFirstMessages(t *testing.T) {
	s := newStage()
	during(t, s, func(t *testing.T, l *poller.Poller, w *observe.Subscription) {
		for i := range 40 {
			s.send(fmt.Sprint("m", i), "text")
		}
		assert.Len(t, settled(t, l, w), 32)
	})
}

func TestABlobIsPutAndDeletedBetweenLooks(t *testing.T) {
	s := newStage()
	during(t, s, func(t *testing.T, l *poller.Poller, w *observe.Subscription) {
		pass(pace / 2)
		put := time.Now()
		made := s.put("f/x", 7)
		pass(5 * pace)
		gone := time.Now()
		s.remove("f/x")
		ops := settled(t, l, w)
		require.Equal(t, []string{"PutBlob f/x by listing", "DeleteBlob f/x by listing"}, names(ops))
		within(t, ops[0], put, pace+3*s.latency)
		within(t, ops[1], gone, pace+3*s.latency)
		assert.Equal(
			t,
			[]any{"c", int64(7), made.ETag, 201, 202},
			[]any{ops[0].Resource, ops[0].Length, ops[0].ETag, ops[0].Status, ops[1].Status},
		)
	})
}

func TestABlobThatIsOverwrittenHasAnotherETag(t *testing.T) {
	s := newStage()
	during(t, s, func(t *testing.T, l *poller.Poller, w *observe.Subscription) {
		first := s.put("b", 1)
		settled(t, l, w)
		second := s.put("b", 2)
		ops := settled(t, l, w)
		require.Equal(t, []string{"PutBlob b by listing", "PutBlob b by listing"}, names(ops))
		assert.Equal(t, []string{first.ETag, second.ETag}, []string{ops[0].ETag, ops[1].ETag})
	})
}

// A blob that no look sees alive is proven by what the account keeps of it.
func TestABlobThatNoLookSawAlive(t *testing.T) {
	for name, c := range map[string]struct {
		keeps poller.Retention
		want  []string
	}{
		"nothing kept":  {poller.Retention{}, nil},
		"deleted blobs": {poller.Retention{Deleted: true}, []string{"PutBlob b by deleted", "DeleteBlob b by deleted"}},
		"versions":      {poller.Retention{Versions: true}, []string{"PutBlob b by version", "PutBlob b by version", "DeleteBlob b by version"}},
		"snapshots of what is overwritten": {poller.Retention{Deleted: true, Overwritten: true},
			[]string{"PutBlob b by deleted", "PutBlob b by deleted", "DeleteBlob b by deleted"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStage()
			s.keeps = c.keeps
			during(t, s, func(t *testing.T, l *poller.Poller, w *observe.Subscription) {
				pass(pace / 2)
				at := time.Now()
				s.put("b", 1)
				s.put("b", 2)
				s.remove("b")
				ops := settled(t, l, w)
				assert.Equal(t, c.want, names(ops))
				for _, op := range ops {
					within(t, op, at, pace+3*s.latency)
				}
				pass(3 * pace)
				assert.Len(t, w.Operations(), len(c.want), "once")
			})
		})
	}
}

// A list that leaves out a blob for a while does not delete it.
func TestAListThatFlickers(t *testing.T) {
	s := newStage()
	during(t, s, func(t *testing.T, l *poller.Poller, w *observe.Subscription) {
		s.put("b", 1)
		for range 5 {
			assert.Equal(t, []string{"PutBlob b by listing"}, names(settled(t, l, w)))
			s.set(func() { s.hidden["b"] = !s.hidden["b"] })
		}
		s.set(func() { s.hidden["b"] = false })
		settled(t, l, w)
		s.remove("b")
		assert.Equal(t, []string{"PutBlob b by listing", "DeleteBlob b by listing"}, names(settled(t, l, w)))
	})
}

// An old list that still shows a deleted blob neither puts it again nor deletes
// it twice.
func TestAListThatIsOld(t *testing.T) {
	s := newStage()
	during(t, s, func(t *testing.T, l *poller.Poller, w *observe.Subscription) {
		before := s.put("b", 1)
		settled(t, l, w)
		s.remove("b")
		want := names(settled(t, l, w))
		s.set(func() { s.stale = append(s.stale, before) })
		settled(t, l, w)
		s.set(func() { s.stale = nil })
		assert.Equal(t, want, names(settled(t, l, w)))
	})
}

// A blob that stands behind its own listing is not gone, and what was written over
// it meanwhile is on record.
func TestAHiddenBlobIsAskedForByName(t *testing.T) {
	s := newStage()
	during(t, s, func(t *testing.T, l *poller.Poller, w *observe.Subscription) {
		s.put("b", 1)
		settled(t, l, w)
		s.set(func() { s.hidden["b"] = true })
		s.put("b", 2)
		assert.Equal(t, []string{"PutBlob b by listing", "PutBlob b by listing"}, names(settled(t, l, w)))
	})
}

// A look that fails is no absence: what the next one shows may be as old as the
// last that did not fail.
func TestLooksThatFailWidenTheInterval(t *testing.T) {
	s := newStage()
	during(t, s, func(t *testing.T, l *poller.Poller, w *observe.Subscription) {
		s.put("b", 1)
		require.Len(t, settled(t, l, w), 1)
		last := time.Now()
		s.set(func() { s.failing = true })
		pass(20 * pace)
		s.send("m", "text")
		s.remove("b")
		assert.Len(t, w.Operations(), 1, "nothing is inferred from nothing")
		s.set(func() { s.failing = false })
		ops := settled(t, l, w)
		require.Len(t, ops, 3)
		for _, op := range ops[1:] {
			assert.False(t, op.Began.After(last), op.Name)
			assert.GreaterOrEqual(t, op.Ended.Sub(op.Began), 20*pace, op.Name)
		}
	})
}

func TestSettleTriesAgainAndThenSaysWhy(t *testing.T) {
	s := newStage()
	during(t, s, func(t *testing.T, l *poller.Poller, w *observe.Subscription) {
		s.set(func() { s.failing = true })
		time.AfterFunc(10*pace, func() { s.set(func() { s.failing = false }) })
		require.NoError(t, l.Flush(t.Context(), "q", "c"))
		s.set(func() { s.failing = true })
		err := l.Flush(t.Context(), "c")
		require.ErrorIs(t, err, errBusy)
		require.ErrorContains(t, err, `nobody could see what is in container "c": `)
		require.ErrorContains(t, err, "looks failed within 30.")
		require.ErrorContains(t, l.Track(t.Context(), evidence.Queue, "q2"), `nobody could see what is in queue "q2": `)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		require.Error(t, l.Flush(ctx, "q"))
		assert.Equal(t, time.Second, time.Since(began), "it ends with its context")
	})
}

func TestHurry(t *testing.T) {
	s := newStage()
	during(t, s, func(t *testing.T, l *poller.Poller, w *observe.Subscription) {
		count := func() int {
			before := s.counted()
			pass(10 * pace)
			return s.counted() - before
		}
		slow := count()
		assert.InDelta(t, 20, slow, 2, "a queue and a container")
		one, two := l.PollFaster("q", "nobody's"), l.PollFaster("q")
		assert.Greater(t, count(), 800, "a hundred times as often")
		one()
		one()
		assert.Greater(t, count(), 800, "two were in a hurry")
		at := time.Now()
		s.send("m", "text")
		two()
		op, err := w.Await(t.Context(), nil)
		require.NoError(t, err)
		within(t, op, at, 20*time.Millisecond)
		assert.InDelta(t, slow, count(), 3)
	})
}

// Where the account keeps what is gone there is less of a hurry.
func TestHurryWhereNothingEscapes(t *testing.T) {
	for keeps, want := range map[poller.Retention]int{{}: 800, {Deleted: true}: 90, {Versions: true}: 90} {
		s := newStage()
		s.keeps = keeps
		during(t, s, func(t *testing.T, l *poller.Poller, _ *observe.Subscription) {
			defer l.PollFaster("c")()
			before := s.counted()
			pass(10 * pace)
			assert.InDelta(t, want, s.counted()-before, float64(want)/4, "%+v", keeps)
		})
	}
}

// Whenever a blob is put, and a message after it: where there is time for a look at
// each and the pause before, the looks show which came first.
func TestOrderIsSeen(t *testing.T) {
	const round = pace / 20
	for phase := range 10 {
		s := newStage()
		s.latency = 10 * time.Millisecond
		during(t, s, func(t *testing.T, l *poller.Poller, w *observe.Subscription) {
			defer l.PollInOrder("c", "q")()
			pass(3*pace + time.Duration(phase)*round/10)
			s.put("b", 1)
			pass(round + 2*s.latency)
			s.send("m", "text")
			ops := settled(t, l, w)
			require.Equal(t, []string{"PutBlob b by listing", "PutMessage m by listing"}, names(ops))
			assert.False(t, ops[0].Ended.After(ops[1].Began), "put %s after a look", time.Duration(phase)*round/10)
		})
	}
}

func TestOrderIsNoHurry(t *testing.T) {
	s := newStage()
	during(t, s, func(t *testing.T, l *poller.Poller, _ *observe.Subscription) {
		count := func() int {
			before := s.counted()
			pass(10 * pace)
			return s.counted() - before
		}
		slow := count()
		relax := l.PollInOrder("c", "q")
		assert.InDelta(t, slow+400, count(), 10, "twenty times a pause, at each of the two")
		relax()
		relax()
		assert.InDelta(t, slow, count(), 5)
		for _, names := range [][2]string{{"", "q"}, {"c", ""}, {"c", "nobody's"}} {
			defer l.PollInOrder(names[0], names[1])()
		}
		assert.InDelta(t, slow, count(), 5, "there is no order of one thing")
	})
}

// Where the looks fail, or take longer than the pause, there are no more of them.
func TestOrderIsSlowWhereStorageIs(t *testing.T) {
	s := newStage()
	during(t, s, func(t *testing.T, l *poller.Poller, w *observe.Subscription) {
		defer l.PollInOrder("c", "q")()
		s.set(func() { s.failing, s.latency = true, pace })
		before := s.counted()
		pass(20 * pace)
		assert.LessOrEqual(t, s.counted()-before, 60)
		s.set(func() { s.failing, s.latency = false, time.Millisecond })
		s.send("m", "text")
		_, err := w.Await(t.Context(), nil)
		require.NoError(t, err)
	})
}

// What is left is looked at where somebody asks, and only there.
func TestLeave(t *testing.T) {
	s := newStage()
	during(t, s, func(t *testing.T, l *poller.Poller, w *observe.Subscription) {
		l.StopPolling("q", "c", "nobody's")
		pass(pace)
		looks := s.counted()
		s.send("m", "text")
		pass(100 * pace)
		assert.Equal(t, looks, s.counted())
		assert.Len(t, settled(t, l, w), 1)
	})
}

func TestCloseEndsLooksAndWatches(t *testing.T) {
	s := newStage()
	during(t, s, func(t *testing.T, l *poller.Poller, w *observe.Subscription) {
		require.NoError(t, l.Close(t.Context()))
		_, err := w.Await(t.Context(), nil)
		require.ErrorIs(t, err, observe.ErrClosed)
		looks := s.counted()
		pass(100 * pace)
		assert.Equal(t, looks, s.counted())
		assert.Nil(t, l.BlobURL())
		assert.Nil(t, l.QueueURL())
	})
}

// What an account keeps is tried out: a claim alone is worth nothing.
func TestProve(t *testing.T) {
	for name, c := range map[string]struct {
		keeps  poller.Retention
		claims bool
		takes  time.Duration // at most
	}{
		"nothing":                {poller.Retention{}, false, time.Second},
		"nothing, but it claims": {poller.Retention{}, true, 11 * time.Second},
		"deleted blobs":          {poller.Retention{Deleted: true}, true, time.Second},
		"overwritten ones too":   {poller.Retention{Deleted: true, Overwritten: true}, true, time.Second},
		"versions":               {poller.Retention{Versions: true, Overwritten: true}, false, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage()
				s.keeps, s.claims = c.keeps, c.claims
				began := time.Now()
				got, err := poller.DetectRetention(t.Context(), s, "c")
				require.NoError(t, err)
				assert.Equal(t, c.keeps, got)
				assert.LessOrEqual(t, time.Since(began), c.takes)
				assert.Empty(t, s.blobs)
			})
		})
	}
}

// A list that lags shows the canary late.
func TestProveHasPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage()
		s.keeps, s.claims = poller.Retention{Deleted: true}, true
		s.stale = append(s.stale, s.put("other", 1))
		time.AfterFunc(5*time.Second, func() { s.set(func() { s.stale = nil }) })
		got, err := poller.DetectRetention(t.Context(), s, "c")
		require.NoError(t, err)
		assert.Equal(t, poller.Retention{Deleted: true}, got)
	})
}

func TestProveSaysWhatItCannotTryOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage()
		s.claims, s.failing = true, true
		_, err := poller.DetectRetention(t.Context(), s, "c")
		require.ErrorIs(t, err, errBusy)
	})
}
