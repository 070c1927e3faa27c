package steps_test

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/cloudtest"
	"github.com/cvconform/cvconform/steps"
)

// points are how many times a run is interrupted, each time later.
const points = 20

// An ending is what becomes of a run at a point of it.
type ending struct {
	killed  bool // it does nothing more, as after SIGKILL; else it is told to end
	changes bool // the point is counted by calls that change something, else by all
}

// counts says whether the point is counted by that call.
func (e ending) counts(r *http.Request) bool {
	return !e.changes || r.Method != http.MethodGet && r.Method != http.MethodHead
}

// likeOurs is a project of somebody else that has the name of a run's, and a
// description of its own.
const likeOurs = "cvconform-19991231t081500-5f3a9c01-03"

// populated is a cloud in which somebody else has something too. It is so slow
// that a run makes fewer calls.
func populated() sky {
	return sky{account: cloudtest.AccountOptions{Latency: 400 * time.Millisecond}, foreign: append(foreign(), likeOurs)}
}

// tally counts the calls of a run that goes to its end.
func tally(t *testing.T) (all, changing int64) {
	t.Helper()
	inCloud(t, populated(), func(t *testing.T, c *cloud) {
		var calls, changes atomic.Int64
		c.called = func(r *http.Request) {
			calls.Add(1)
			if (ending{changes: true}).counts(r) {
				changes.Add(1)
			}
		}
		judgedInCloud(t, c)
		all, changing = calls.Load(), changes.Load()
	})
	return all, changing
}

// Wherever a run is interrupted, nothing of it is there after clean, even where it
// could not do anything any more; and whatever it did not make is there as it was.
func TestNothingOfAnInterruptedRunIsLeft(t *testing.T) {
	t.Setenv("DOCKER_HOST", "tcp://127.0.0.1:1") // clean looks at an engine, too, and none is in the bubble
	all, changing := tally(t)
	for i := range int64(points) {
		e, at := ending{killed: i%4 >= 2, changes: i%2 == 1}, all
		if e.changes {
			at = changing
		}
		at = at * (i + 1) / (points + 1)
		t.Run(fmt.Sprintf("call %d, %+v", at, e), func(t *testing.T) {
			inCloud(t, populated(), func(t *testing.T, c *cloud) { c.isLeftClean(t, e, at) })
		})
	}
}

// isLeftClean interrupts a run at a call, cleans, and looks what is there.
func (c *cloud) isLeftClean(t *testing.T, e ending, at int64) {
	t.Helper()
	before := c.contents()
	c.interrupt(t, e, at)
	if !e.killed {
		assert.Equal(t, before, c.contents(), "a run that is told to end cleans up")
	}
	<-time.NewTimer(steps.DefaultAge).C // until then it might still go on
	removed, left := 0, []string{}
	require.NoError(t, steps.Clean(t.Context(), steps.CleanConfig{Config: c.config(), Tell: func(l steps.Leftover) {
		if l.Removed {
			removed++
			return
		}
		left = append(left, l.Name)
	}}))
	assert.Equal(t, e.killed, removed > 0, "a run that is killed leaves something")
	assert.Equal(t, []string{likeOurs}, left)
	assert.Equal(t, before, c.contents())
}

// interrupt runs until that call, and then as the ending says.
func (c *cloud) interrupt(t *testing.T, e ending, at int64) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var calls atomic.Int64
	c.called = func(r *http.Request) {
		if !e.counts(r) || calls.Add(1) != at {
			return
		}
		t.Logf("interrupted at %s %s", r.Method, r.URL.Path)
		if e.killed {
			c.network.Sever()
		}
		cancel()
	}
	_, _ = steps.Run(ctx, c.config())
	require.ErrorIs(t, ctx.Err(), context.Canceled, "it was interrupted")
	c.called = nil
	c.network.Restore()
}
