package client_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"golang.org/x/time/rate"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/trainingapi/client"
)

// A scriptedService responds to the nth request, one second after it, without a network.
type scriptedService func(n int) (status int, retryAfter string)

func (s scriptedService) client(calls *[]time.Time) *client.Client {
	began := time.Now()
	roundTrip := func(r *http.Request) (*http.Response, error) {
		*calls = append(*calls, time.Now())
		status, after := s(len(*calls))
		response := &http.Response{
			StatusCode: status,
			Proto:      "HTTP/2.0",
			Header:     http.Header{},
			Body:       io.NopCloser(strings.NewReader("{}")),
			Request:    r,
		}
		if after != "" {
			response.Header.Set("Retry-After", after)
		}
		select {
		case <-time.After(time.Second):
			return response, nil
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
	return &client.Client{
		Endpoint: "http://h",
		Version:  "v3.3",
		Key:      key,
		HTTP:     &http.Client{Transport: roundTripFunc(roundTrip)},
		Now:      func() time.Time { return began.Add(time.Since(began)) },
		Timeout:  30 * time.Second,
	}
}

type roundTripFunc func(*http.Request) (*http.Response, error)

func (f roundTripFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// failingFirst responds to the first requests with that status, and with 200 to the others.
func failingFirst(times, status int, after string) scriptedService {
	return func(n int) (int, string) {
		if n <= times {
			return status, after
		}
		return 200, ""
	}
}

func TestRetries(t *testing.T) {
	train := func(ctx context.Context, c *client.Client) evidence.Exchange {
		return c.TrainProject(ctx, "p", false)
	}
	get := func(ctx context.Context, c *client.Client) evidence.Exchange { return c.GetProjects(ctx) }
	deleteProject := func(ctx context.Context, c *client.Client) evidence.Exchange { return c.DeleteProject(ctx, "p") }
	update := func(ctx context.Context, c *client.Client) evidence.Exchange {
		return c.UpdateProject(ctx, "p", map[string]string{})
	}
	for name, c := range map[string]struct {
		service scriptedService
		call    func(context.Context, *client.Client) evidence.Exchange
		calls   int
		status  int
		took    time.Duration
	}{
		"429":                      {failingFirst(2, 429, "3"), train, 3, 200, 9 * time.Second},
		"429 with a date":          {failingFirst(1, 429, "Sat, 01 Jan 2000 00:00:21 GMT"), train, 2, 200, 22 * time.Second},
		"date in the past":         {failingFirst(1, 429, "Fri, 31 Dec 1999 00:00:00 GMT"), get, 2, 200, 2 * time.Second},
		"no delay":                 {failingFirst(1, 429, "0"), train, 2, 200, 2 * time.Second},
		"429 without Retry-After":  {failingFirst(1, 429, ""), train, 1, 429, time.Second},
		"malformed Retry-After":    {failingFirst(1, 429, "soon"), train, 1, 429, time.Second},
		"negative Retry-After":     {failingFirst(1, 429, "-1"), train, 1, 429, time.Second},
		"as long as the timeout":   {failingFirst(1, 429, "30"), train, 2, 200, 32 * time.Second},
		"longer than the timeout":  {failingFirst(1, 429, "31"), train, 1, 429, time.Second},
		"out of range":             {failingFirst(1, 429, "99999999999999999999"), train, 1, 429, time.Second},
		"date in the next century": {failingFirst(1, 429, "Thu, 01 Jan 2150 00:00:00 GMT"), train, 1, 429, time.Second},
		"503 to GET":               {failingFirst(1, 503, "1"), get, 2, 200, 3 * time.Second},
		"503 to DELETE":            {failingFirst(1, 503, "1"), deleteProject, 2, 200, 3 * time.Second},
		"503 to POST":              {failingFirst(1, 503, "1"), train, 1, 503, time.Second},
		"503 to PATCH":             {failingFirst(1, 503, "1"), update, 1, 503, time.Second},
		"503 without Retry-After":  {failingFirst(1, 503, ""), get, 1, 503, time.Second},
		"another status":           {failingFirst(1, 500, "1"), get, 1, 500, time.Second},
		"401":                      {failingFirst(1, 401, "1"), get, 1, 401, time.Second},
		"until MaxAttempts":        {failingFirst(99, 429, "1"), train, client.MaxAttempts, 429, 19 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var calls []time.Time
				x := c.call(t.Context(), c.service.client(&calls))
				assert.Len(t, calls, c.calls)
				assert.Equal(t, c.status, x.Status)
				assert.Len(t, x.Refused, c.calls-1)
				assert.Equal(t, c.took, x.Ended.Sub(x.Began))
			})
		})
	}
}

func TestRefusedAttemptsAreRecorded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var calls []time.Time
		x := failingFirst(2, 429, "3").client(&calls).TrainProject(t.Context(), "p", false)
		at := func(s int) time.Time { return began.Add(time.Duration(s) * time.Second) }
		assert.Equal(t, []evidence.Refusal{{Status: 429, RetryAfter: "3", Began: at(0), Ended: at(1)},
			{Status: 429, RetryAfter: "3", Began: at(4), Ended: at(5)}}, x.Refused)
		assert.Equal(t, []any{at(0), at(9), 200, "HTTP/2.0"}, []any{x.Began, x.Ended, x.Status, x.Protocol})
		assert.Empty(t, x.Header["Retry-After"])
		x.Began = x.Began.Add(-1)
		assert.Empty(
			t,
			evidence.Validate([]evidence.Event{{Seq: 1, At: 9 * time.Second, Kind: evidence.KindExchange, Exchange: &x}}, began),
		)
	})
}

// The harness has to know every project that it created, even if the run is interrupted. It need not wait for a retry.
func TestInterruptedCreateProjectIsCompleted(t *testing.T) {
	create := func(ctx context.Context, c *client.Client) evidence.Exchange {
		return c.CreateProject(ctx, client.NewProject{Name: "p"})
	}
	train := func(ctx context.Context, c *client.Client) evidence.Exchange {
		return c.TrainProject(ctx, "p", false)
	}
	for name, c := range map[string]struct {
		service scriptedService
		call    func(context.Context, *client.Client) evidence.Exchange
		until   time.Duration // ctx
		status  int
		took    time.Duration
	}{
		"CreateProject":           {failingFirst(0, 0, ""), create, 500 * time.Millisecond, 200, time.Second},
		"another call":            {failingFirst(0, 0, ""), train, 500 * time.Millisecond, 0, 500 * time.Millisecond},
		"delay of CreateProject":  {failingFirst(1, 429, "9"), create, 5 * time.Second, 429, 5 * time.Second},
		"not started":             {failingFirst(0, 0, ""), create, 0, 0, 0},
		"second attempt, started": {failingFirst(1, 429, "9"), create, 10500 * time.Millisecond, 200, 11 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), c.until)
				defer cancel()
				began := time.Now()
				x := c.call(ctx, c.service.client(new([]time.Time)))
				assert.Equal(t, []any{c.status, c.took}, []any{x.Status, time.Since(began)}, x.Error)
			})
		})
	}
}

func TestLastResponseIsReturnedIfThereIsNoTimeForARetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 6*time.Second)
		defer cancel()
		var calls []time.Time
		began := time.Now()
		x := failingFirst(99, 429, "4").client(&calls).TrainProject(ctx, "p", false)
		assert.Equal(t, 6*time.Second, time.Since(began))
		assert.Equal(t, []any{429, "", "4"}, []any{x.Status, x.Error, x.Header["Retry-After"]})
		assert.Len(t, x.Refused, 1)
		assert.Len(t, calls, 2)
	})
}

func TestRateLimitAppliesToEveryAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls []time.Time
		c := failingFirst(1, 429, "0").client(&calls)
		c.Rate = rate.NewLimiter(rate.Every(5*time.Second), 1)
		began := time.Now()
		refused := c.GetProjects(t.Context())
		next := c.GetProjects(t.Context())
		at := func(s int) time.Time { return began.Add(time.Duration(s) * time.Second) }
		assert.Equal(t, []time.Time{at(0), at(5), at(10)}, calls, "each attempt counts")
		assert.Equal(
			t,
			[]time.Time{at(0), at(6), at(10), at(11)},
			[]time.Time{refused.Began, refused.Ended, next.Began, next.Ended},
			"waiting for the rate limit is not part of a call",
		)
	})
}

func TestCallThatTheRateLimitDelaysTooLongIsNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls []time.Time
		c := failingFirst(0, 0, "").client(&calls)
		c.Rate = rate.NewLimiter(rate.Every(time.Hour), 1)
		c.GetProjects(t.Context())
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		x := c.GetProjects(ctx)
		assert.Contains(t, x.Error, "not sent, the rate limit did not allow it in time: ")
		assert.Equal(t, []any{0, "GET", "http://h/customvision/v3.3/Training/projects"}, []any{x.Status, x.Method, x.URL})
		assert.Len(t, calls, 1)
		assert.False(t, client.Sent(x), "the service cannot have processed it")
	})
}

func TestClientWithoutTimeoutWaitsAtMostOneMinute(t *testing.T) {
	for after, want := range map[string]int{"60": 2, "61": 1} {
		synctest.Test(t, func(t *testing.T) {
			var calls []time.Time
			c := failingFirst(1, 429, after).client(&calls)
			c.Timeout = 0
			c.GetProjects(t.Context())
			assert.Len(t, calls, want)
		})
	}
}
