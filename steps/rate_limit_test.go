package steps

import (
	"context"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/evidence"

	"github.com/cvconform/cvconform/steps/report"
)

// refuseEverySecondCall responds with 429 to every second call, like a service whose quota is exceeded.
func refuseEverySecondCall(next http.Handler) http.Handler {
	var mu sync.Mutex
	calls := 0
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		if r.Header.Get("Training-Key") != "" {
			calls++
		}
		refuse := calls%2 == 0 && r.Header.Get("Training-Key") != ""
		mu.Unlock()
		if refuse {
			w.Header().Set("Retry-After", "0")
			respondsWith(
				http.StatusTooManyRequests,
				"application/json",
				`{"code":"TooManyRequests","message":"retry after 0 seconds"}`,
			)(
				w,
				r,
			)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// At the rate of one call per hour, the second call is not made before the context ends.
func TestRunKeepsItsRate(t *testing.T) {
	t.Parallel()
	service := &projectService{}
	c := configFor(t, listen(t, service))
	c.Rate = 1.0 / 3600
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	_, err := Run(ctx, c)
	require.ErrorIs(t, err, context.DeadlineExceeded, "nothing was judged, so there is no report")
	assert.Equal(t, []string{"GET domains"}, service.requests())
}

// A response of 429 is retried and does not affect the verdicts, but it is recorded in the evidence.
func TestBusyServiceIsJudgedByItsLastResponse(t *testing.T) {
	t.Parallel()
	c := defaultBudgets(serve(t, options(t), refuseEverySecondCall))
	c.Evidence = filepath.Join(t.TempDir(), "e.zip")
	r := runJudged(t, c)
	for _, q := range r.Requirements {
		assert.Contains(
			t,
			[]report.Verdict{report.Passed, report.Observed, report.NotApplicable},
			q.Verdict,
			"%s: %s",
			q.ID,
			q.Reason,
		)
	}
	b := openVerified(t, c.Evidence)
	calls := map[string]bool{}
	for _, name := range b.Names("timelines") {
		text, err := b.Read("timelines/" + name)
		require.NoError(t, err)
		events, err := evidence.DecodeEvents(text)
		require.NoError(t, err)
		for _, e := range events {
			if e.Kind == evidence.KindExchange && len(e.Exchange.Refused) > 0 {
				calls[e.Exchange.Call] = true
				assert.Equal(t, []any{429, "0"}, []any{e.Exchange.Refused[0].Status, e.Exchange.Refused[0].RetryAfter})
			}
		}
	}
	for _, call := range []string{"CreateProject", "GetProject", "CreateTag"} {
		assert.True(t, calls[call], "%s was never refused, of %v", call, calls)
	}
}
