package gotest

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestReserve(t *testing.T) {
	for left, want := range map[time.Duration]time.Duration{
		time.Hour: time.Minute, 5 * time.Minute: 30 * time.Second, 20 * time.Second: 5 * time.Second, 4 * time.Second: 2 * time.Second,
	} {
		assert.Equal(t, want, TimeLimit{Left: left}.Reserve(), left)
	}
}

func TestCheckEnough(t *testing.T) {
	l := TimeLimit{Left: 9 * time.Minute, Timeout: "10m0s"}
	require.NoError(t, l.CheckEnough(8*time.Minute))
	require.EqualError(t, l.CheckEnough(70*time.Minute),
		"the run takes about 1h10m0s, but go test ends the test after 10m0s: give go test -timeout 86m")
}

// The context ends before the time limit, and says why; the time of the test is virtual.
func TestBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		ctx, stop := TimeLimit{Left: 10 * time.Minute, Timeout: "12m"}.Bound(t.Context())
		defer stop()
		<-ctx.Done()
		assert.Equal(t, 9*time.Minute, time.Since(began))
		assert.ErrorIs(t, ctx.Err(), context.Canceled, "not as if a time limit of the service had ended")
		require.EqualError(t, context.Cause(ctx),
			"stopped 1m0s before go test would have ended the test: give go test a -timeout of more than 12m")
	})
}
