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

// interruptions is the number of runs that are interrupted, each at a later call.
const interruptions = 20

// isChange reports whether a request changes something.
func isChange(r *http.Request) bool { return r.Method != http.MethodGet && r.Method != http.MethodHead }

// anyCall matches every request.
func anyCall(*http.Request) bool { return true }

// point is the call at which a run is interrupted.
type point struct {
	matches func(*http.Request) bool // selects the requests that are counted
	at      int64                    // number of the request, from 1
	killed  bool                     // the run is disconnected, as after SIGKILL; otherwise its context is canceled
}

// similarProject is a project of another owner. Its name has the form of a project of a run, but
// its description does not.
const similarProject = "cvconform-19991231t081500-5f3a9c01-03"

// populatedOptions returns the options of a cloud with resources of other owners. Its latency
// reduces the number of calls of a run.
func populatedOptions() cloudOptions {
	return cloudOptions{
		account: storageaccount.Options{Latency: 400 * time.Millisecond},
		foreign: append(foreign(), similarProject),
	}
}

// countCalls counts the requests of an uninterrupted run, and those that change something.
func countCalls(t *testing.T) (calls, changing int64) {
	t.Helper()
	inCloud(t, populatedOptions(), func(t *testing.T, c *cloud) {
		var all, changes atomic.Int64
		called := func(r *http.Request) {
			all.Add(1)
			if isChange(r) {
				changes.Add(1)
			}
		}
		c.onCall.Store(&called)
		runInCloudWith(t, c, c.configForEveryAct())
		calls, changing = all.Load(), changes.Load()
	})
	return calls, changing
}

// configForEveryAct selects requirements that need every kind of act: projects by creation and by
// update, a pair, trainings, exports, provoked failures, attempts.
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

// interruptionPoints returns points that are distributed over the run. Half of them count all
// requests, half only changes; half of each kill the run.
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

// After a run that is interrupted at any point, clean deletes everything that the run created and
// nothing else.
func TestInterruptedCloudRunLeavesNothing(t *testing.T) {
	withoutDocker(t)
	removed := 0
	for _, p := range interruptionPoints(countCalls(t)) {
		t.Run(fmt.Sprintf("call %d, killed %t", p.at, p.killed), func(t *testing.T) {
			inCloud(t, populatedOptions(), func(t *testing.T, c *cloud) { removed += c.assertCleanLeavesNothing(t, p) })
		})
	}
	assert.Positive(t, removed, "a killed run leaves something")
}

// The preflight creates a project to check whether the service can reach storage.
func TestInterruptedCloudPreflightLeavesNothing(t *testing.T) {
	withoutDocker(t)
	creates := func(r *http.Request) bool {
		return r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/projects")
	}
	for _, killed := range []bool{false, true} {
		inCloud(t, populatedOptions(), func(t *testing.T, c *cloud) {
			removed := c.assertCleanLeavesNothing(t, point{creates, 1, killed})
			assert.Equal(t, killed, removed > 0)
		})
	}
}

// withoutDocker keeps clean from connecting to a Docker engine, which is outside the bubble.
func withoutDocker(t *testing.T) { t.Setenv("DOCKER_HOST", "tcp://127.0.0.1:1") }

// assertCleanLeavesNothing interrupts a run, cleans and checks that the cloud has its earlier
// contents. It returns how many things of the run were cleaned.
func (c *cloud) assertCleanLeavesNothing(t *testing.T, p point) int {
	t.Helper()
	before := c.contents()
	c.interrupt(t, p)
	if !p.killed {
		assert.Empty(t, c.changed(before), "a canceled run cleans up")
	}
	<-time.NewTimer(DefaultAge).C // until then the run may be in progress
	removed, left := 0, []string{}
	require.NoError(t, Clean(t.Context(), CleanConfig{Config: c.config(), OnLeftover: func(l Leftover) {
		if l.Removed {
			removed++
			return
		}
		left = append(left, l.Name)
	}}))
	assert.True(t, p.killed || removed == 0, "only a killed run leaves something")
	assert.Equal(t, []string{similarProject}, left)
	assert.Empty(t, c.changed(before))
	return removed
}

// interrupt runs until the point.
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
	require.ErrorIs(t, ctx.Err(), context.Canceled, "the run was not interrupted")
	c.onCall.Store(nil)
	c.network.Reconnect()
}
