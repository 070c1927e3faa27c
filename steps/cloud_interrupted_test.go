package steps

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/storageaccount"
)

// interruptions are how many times a run is interrupted, each time later.
const interruptions = 20

// isChange says whether a call changes something.
func isChange(r *http.Request) bool { return r.Method != http.MethodGet && r.Method != http.MethodHead }

// anyCall counts every call.
func anyCall(*http.Request) bool { return true }

// A point is where a run is interrupted, and how.
type point struct {
	matches func(*http.Request) bool // the calls that are counted
	at      int64                    // the call at which it is, from 1
	killed  bool                     // it does nothing more, as after SIGKILL; else it is told to end
}

// similarProject is a project of somebody else that has the name of a run's, and a
// description of its own.
const similarProject = "cvconform-19991231t081500-5f3a9c01-03"

// populatedOptions is a cloud in which somebody else has something too. It is so slow
// that a run makes fewer calls.
func populatedOptions() cloudOptions {
	return cloudOptions{
		account: storageaccount.Options{Latency: 400 * time.Millisecond},
		foreign: append(foreign(), similarProject),
	}
}

// countCalls counts the calls of a run that goes to its end.
func countCalls(t *testing.T) (calls, changing int64) {
	t.Helper()
	inCloud(t, populatedOptions(), func(t *testing.T, c *cloud) {
		var every, some atomic.Int64
		called := func(r *http.Request) {
			every.Add(1)
			if isChange(r) {
				some.Add(1)
			}
		}
		c.onCall.Store(&called)
		runInCloudWith(t, c, c.configForEveryAct())
		calls, changing = every.Load(), some.Load()
	})
	return calls, changing
}

// configForEveryAct judges a part of the contract that needs every kind of act: projects by
// creation and by update, a pair, trainings, exports, provoked failures, attempts.
func (c *cloud) configForEveryAct() Config {
	config := c.config()
	config.Only = []string{
		"CVSI-UPDATE-0[36]",
		"CVSI-TRAIN-0[1457]",
		"CVSI-EXPORT-0[14]",
		"CVSI-MESSAGE-04",
		"CVSI-ACCESS-0[12]",
	}
	return config
}

// interruptionPoints are the points: half of them by all calls, half by those that change
// something; half of each kill the run.
func interruptionPoints(calls, changing int64) (list []point) {
	for i := range int64(interruptions) {
		p := point{matches: anyCall, at: calls, killed: i%4 >= 2}
		if i%2 == 1 {
			p.matches, p.at = isChange, changing
		}
		p.at = p.at * (i + 1) / (interruptions + 1)
		list = append(list, p)
	}
	return list
}

// Wherever a run is interrupted, nothing of it is there after clean, even where it
// could not do anything any more; and whatever it did not make is there as it was.
func TestInterruptedCloudRunLeavesNothing(t *testing.T) {
	withoutDocker(t)
	for _, p := range sample(interruptionPoints(countCalls(t))) {
		t.Run(fmt.Sprintf("call %d, killed %t", p.at, p.killed), func(t *testing.T) {
			inCloud(t, populatedOptions(), func(t *testing.T, c *cloud) { c.assertCleanLeavesNothing(t, p) })
		})
	}
}

// Before a run judges anything it makes a project, to see whether the service
// reaches storage.
func TestInterruptedCloudPreflightLeavesNothing(t *testing.T) {
	withoutDocker(t)
	creates := func(r *http.Request) bool {
		return r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/projects")
	}
	for _, killed := range []bool{false, true} {
		inCloud(t, populatedOptions(), func(t *testing.T, c *cloud) { c.assertCleanLeavesNothing(t, point{creates, 1, killed}) })
	}
}

// withoutDocker keeps clean from looking at a Docker engine, which is not in the
// bubble.
func withoutDocker(t *testing.T) { t.Setenv("DOCKER_HOST", "tcp://127.0.0.1:1") }

// assertCleanLeavesNothing interrupts a run, cleans, and looks what is there.
func (c *cloud) assertCleanLeavesNothing(t *testing.T, p point) {
	t.Helper()
	before := c.contents()
	c.interrupt(t, p)
	if !p.killed {
		assert.Empty(t, c.changed(before), "a run that is told to end cleans up")
	}
	<-time.NewTimer(DefaultAge).C // until then it might still go on
	removed, left := 0, []string{}
	require.NoError(t, Clean(t.Context(), CleanConfig{Config: c.config(), OnLeftover: func(l Leftover) {
		if l.Removed {
			removed++
			return
		}
		left = append(left, l.Name)
	}}))
	assert.Equal(t, p.killed, removed > 0, "a run that is killed leaves something")
	assert.Equal(t, []string{similarProject}, left)
	assert.Empty(t, c.changed(before))
}

// interrupt runs as far as the point.
func (c *cloud) interrupt(t *testing.T, p point) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var calls atomic.Int64
	called := func(r *http.Request) {
		if !p.matches(r) || calls.Add(1) != p.at {
			return
		}
		t.Logf("interrupted at %s %s", r.Method, r.URL.Path)
		if p.killed {
			c.network.Disconnect()
		}
		cancel()
	}
	c.onCall.Store(&called)
	_, _ = Run(ctx, c.configForEveryAct())
	require.ErrorIs(t, ctx.Err(), context.Canceled, "it was interrupted")
	c.onCall.Store(nil)
	c.network.Reconnect()
}
