package trainingapi_test

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
	"github.com/cvconform/cvconform/internal/trainingapi"
)

// An answering is a service without a network: it takes a second for each answer.
type answering func(n int) (status int, retryAfter string)

func (a answering) client(calls *[]time.Time) *trainingapi.Client {
	began := time.Now()
	round := func(r *http.Request) (*http.Response, error) {
		*calls = append(*calls, time.Now())
		status, after := a(len(*calls))
		answer := &http.Response{
			StatusCode: status,
			Proto:      "HTTP/2.0",
			Header:     http.Header{},
			Body:       io.NopCloser(strings.NewReader("{}")),
			Request:    r,
		}
		if after != "" {
			answer.Header.Set("Retry-After", after)
		}
		select {
		case <-time.After(time.Second):
			return answer, nil
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
	return &trainingapi.Client{
		Endpoint: "http://h",
		Version:  "v3.3",
		Key:      key,
		HTTP:     &http.Client{Transport: roundTrip(round)},
		Now:      func() time.Time { return began.Add(time.Since(began)) },
		Timeout:  30 * time.Second,
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// first answers so often with that status, and with 200 from then on.
func first(times, status int, after string) answering {
	return func(n int) (int, string) {
		if n <= times {
			return status, after
		}
		return 200, ""
	}
}

func TestACallThatWasNotTakenIsMadeAgain(t *testing.T) {
	train := func(ctx context.Context, c *trainingapi.Client) evidence.Exchange {
		return c.TrainProject(ctx, "p", false)
	}
	look := func(ctx context.Context, c *trainingapi.Client) evidence.Exchange { return c.GetProjects(ctx) }
	remove := func(ctx context.Context, c *trainingapi.Client) evidence.Exchange { return c.DeleteProject(ctx, "p") }
	change := func(ctx context.Context, c *trainingapi.Client) evidence.Exchange {
		return c.UpdateProject(ctx, "p", map[string]string{})
	}
	for name, c := range map[string]struct {
		service answering
		call    func(context.Context, *trainingapi.Client) evidence.Exchange
		calls   int
		status  int
		took    time.Duration
	}{
		"429":                         {first(2, 429, "3"), train, 3, 200, 9 * time.Second},
		"429 with a date":             {first(1, 429, "Sat, 01 Jan 2000 00:00:21 GMT"), train, 2, 200, 22 * time.Second},
		"a date that has passed":      {first(1, 429, "Fri, 31 Dec 1999 00:00:00 GMT"), look, 2, 200, 2 * time.Second},
		"at once":                     {first(1, 429, "0"), train, 2, 200, 2 * time.Second},
		"429 without a time":          {first(1, 429, ""), train, 1, 429, time.Second},
		"a time that cannot be read":  {first(1, 429, "soon"), train, 1, 429, time.Second},
		"a negative time":             {first(1, 429, "-1"), train, 1, 429, time.Second},
		"as long as a try":            {first(1, 429, "30"), train, 2, 200, 32 * time.Second},
		"longer than a try":           {first(1, 429, "31"), train, 1, 429, time.Second},
		"absurd":                      {first(1, 429, "99999999999999999999"), train, 1, 429, time.Second},
		"a date of the next century":  {first(1, 429, "Thu, 01 Jan 2150 00:00:00 GMT"), train, 1, 429, time.Second},
		"503 of a look":               {first(1, 503, "1"), look, 2, 200, 3 * time.Second},
		"503 of a removal":            {first(1, 503, "1"), remove, 2, 200, 3 * time.Second},
		"503 of what must not repeat": {first(1, 503, "1"), train, 1, 503, time.Second},
		"503 of a change":             {first(1, 503, "1"), change, 1, 503, time.Second},
		"503 without a time":          {first(1, 503, ""), look, 1, 503, time.Second},
		"another status":              {first(1, 500, "1"), look, 1, 500, time.Second},
		"401":                         {first(1, 401, "1"), look, 1, 401, time.Second},
		"for ever":                    {first(99, 429, "1"), train, trainingapi.MaxAttempts, 429, 19 * time.Second},
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

func TestTheTriesThatWereRefusedAreOnRecord(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		var calls []time.Time
		x := first(2, 429, "3").client(&calls).TrainProject(t.Context(), "p", false)
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

// A project that is made is to be known, however the run ends; the pause before
// another try is no reason to stay.
func TestACreationThatWasBegunIsCarriedThrough(t *testing.T) {
	create := func(ctx context.Context, c *trainingapi.Client) evidence.Exchange {
		return c.CreateProject(ctx, trainingapi.NewProject{Name: "p"})
	}
	train := func(ctx context.Context, c *trainingapi.Client) evidence.Exchange {
		return c.TrainProject(ctx, "p", false)
	}
	for name, c := range map[string]struct {
		service answering
		call    func(context.Context, *trainingapi.Client) evidence.Exchange
		until   time.Duration // ctx
		status  int
		took    time.Duration
	}{
		"a creation":               {first(0, 0, ""), create, 500 * time.Millisecond, 200, time.Second},
		"another call":             {first(0, 0, ""), train, 500 * time.Millisecond, 0, 500 * time.Millisecond},
		"the pause of a creation":  {first(1, 429, "9"), create, 5 * time.Second, 429, 5 * time.Second},
		"one that is not begun":    {first(0, 0, ""), create, 0, 0, 0},
		"a second try, once begun": {first(1, 429, "9"), create, 10500 * time.Millisecond, 200, 11 * time.Second},
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

// Where there is no time for another try the last answer stands.
func TestTheCallEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 6*time.Second)
		defer cancel()
		var calls []time.Time
		began := time.Now()
		x := first(99, 429, "4").client(&calls).TrainProject(ctx, "p", false)
		assert.Equal(t, 6*time.Second, time.Since(began))
		assert.Equal(t, []any{429, "", "4"}, []any{x.Status, x.Error, x.Header["Retry-After"]})
		assert.Len(t, x.Refused, 1)
		assert.Len(t, calls, 2)
	})
}

func TestCallsKeepTheRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls []time.Time
		c := first(1, 429, "0").client(&calls)
		c.Rate = rate.NewLimiter(rate.Every(5*time.Second), 1)
		began := time.Now()
		refused := c.GetProjects(t.Context())
		next := c.GetProjects(t.Context())
		at := func(s int) time.Time { return began.Add(time.Duration(s) * time.Second) }
		assert.Equal(t, []time.Time{at(0), at(5), at(10)}, calls, "each try is a call to the service")
		assert.Equal(
			t,
			[]time.Time{at(0), at(6), at(10), at(11)},
			[]time.Time{refused.Began, refused.Ended, next.Began, next.Ended},
			"waiting for its turn is not part of a call",
		)
	})
}

func TestACallWhoseTurnDoesNotComeSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls []time.Time
		c := first(0, 0, "").client(&calls)
		c.Rate = rate.NewLimiter(rate.Every(time.Hour), 1)
		c.GetProjects(t.Context())
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		x := c.GetProjects(ctx)
		assert.Contains(t, x.Error, "not sent, it was not its turn in time: ")
		assert.Equal(t, []any{0, "GET", "http://h/customvision/v3.3/Training/projects"}, []any{x.Status, x.Method, x.URL})
		assert.Len(t, calls, 1)
		assert.False(t, trainingapi.Sent(x), "the service cannot have done it")
	})
}

func TestAClientWithoutATimeoutWaitsAMinuteAtMost(t *testing.T) {
	for after, want := range map[string]int{"60": 2, "61": 1} {
		synctest.Test(t, func(t *testing.T) {
			var calls []time.Time
			c := first(1, 429, after).client(&calls)
			c.Timeout = 0
			c.GetProjects(t.Context())
			assert.Len(t, calls, want)
		})
	}
}
