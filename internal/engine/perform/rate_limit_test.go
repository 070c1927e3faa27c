package perform

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/time/rate"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/redact"
	"github.com/cvconform/cvconform/internal/storage"
	"github.com/cvconform/cvconform/internal/trainingapi/client"
)

// A busyService refuses the first requests with that status, and then responds with 200.
type busyService struct {
	status, times int
	after         string
}

// RoundTrip implements [http.RoundTripper]. A response takes one second.
func (b *busyService) RoundTrip(r *http.Request) (*http.Response, error) {
	select {
	case <-time.After(time.Second):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	response := &http.Response{
		StatusCode: 200,
		Status:     "200 OK",
		Header:     http.Header{},
		Body:       io.NopCloser(strings.NewReader(`{"id":"p1"}`)),
		Request:    r,
	}
	if b.times > 0 {
		b.times--
		response.StatusCode, response.Status, response.Body = b.status, "refused", io.NopCloser(strings.NewReader("busy"))
		if b.after != "" {
			response.Header.Set("Retry-After", b.after)
		}
		if b.status == http.StatusFound {
			response.Header.Set("Location", "http://elsewhere.example/m")
		}
	}
	return response, nil
}

// withBusyService returns an execution that uses the busy service, with a timeout of 10 s for each attempt.
func withBusyService(t *testing.T, b busyService) *execution {
	now := func() time.Time { return time.Now() }
	account, err := storage.Open("DefaultEndpointsProtocol=http;AccountName=acct;AccountKey=a2V5;"+
		"BlobEndpoint=http://127.0.0.1:1/acct;QueueEndpoint=http://127.0.0.1:2/acct", storage.Options{})
	require.NoError(t, err)
	w := &Performer{
		Now:        now,
		Budgets:    budget.Local(),
		Redact:     &redact.Redactor{},
		LinkClient: client.NewHTTP(client.HTTPOptions{}),
		Account:    account,
		Observer:   fakeInterceptor{},
	}
	w.LinkClient.Transport = &b
	w.Client = &client.Client{
		Endpoint: "http://h",
		Version:  "v3.3",
		Key:      "key",
		HTTP:     w.LinkClient,
		Now:      now,
		Timeout:  w.Budgets[budget.Request],
	}
	return newExecution(w, 1, &situation.ActTree{})
}

func TestDownloadRetries(t *testing.T) {
	for name, c := range map[string]struct {
		service busyService
		status  int
		refused int
		took    time.Duration
	}{
		"503":                  {busyService{503, 2, "4"}, 200, 2, 11 * time.Second},
		"429":                  {busyService{429, 1, "10"}, 200, 1, 12 * time.Second},
		"no Retry-After":       {busyService{503, 1, ""}, 503, 0, time.Second},
		"longer than timeout":  {busyService{429, 1, "11"}, 429, 0, time.Second},
		"until MaxAttempts":    {busyService{429, 99, "0"}, 429, client.MaxAttempts - 1, client.MaxAttempts * time.Second},
		"not retried":          {busyService{500, 1, "1"}, 500, 0, time.Second},
		"not refused":          {busyService{}, 200, 0, time.Second},
		"longer than a budget": {busyService{503, 3, "8"}, 200, 3, 28 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := withBusyService(t, c.service)
				began := time.Now()
				p.downloadLink(t.Context(), &project{}, download{"downloadUri", "ONNX", "http://models.example/m"})
				assert.Equal(t, c.took, time.Since(began))
				d := p.timeline.Events()[0].Download
				assert.Equal(
					t,
					[]any{c.status, c.status != 200, c.status == 200},
					[]any{d.Status, d.Error != "", d.SHA256 == sum(`{"id":"p1"}`)},
					d.Error,
				)
				require.Len(t, d.Refused, c.refused)
				for _, r := range d.Refused {
					assert.Equal(
						t,
						[]any{c.service.status, c.service.after, time.Second},
						[]any{r.Status, r.RetryAfter, r.Ended.Sub(r.Began)},
					)
				}
				assert.Empty(t, evidence.Validate(p.timeline.Events(), began))
			})
		})
	}
}

func TestInterruptedDownloadIsNotRetried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		p := withBusyService(t, busyService{503, 9, "9"})
		p.downloadLink(ctx, &project{}, download{"modelUri", "ONNX", "http://models.example/m"})
		d := p.timeline.Events()[0].Download
		assert.Equal(t, []any{503, "returned refused: busy"}, []any{d.Status, d.Error})
	})
}

func TestDownloadDoesNotFollowRedirects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := withBusyService(t, busyService{302, 1, ""})
		p.downloadLink(t.Context(), &project{}, download{"downloadUri", "ONNX", "http://models.example/m"})
		d := p.timeline.Events()[0].Download
		assert.Equal(
			t,
			[]any{302, "returned refused (redirect to http://elsewhere.example/m, not followed)"},
			[]any{d.Status, d.Error},
		)
	})
}

func TestDownloadTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := withBusyService(t, busyService{})
		p.Budgets[budget.Request] = 999 * time.Millisecond
		p.downloadLink(t.Context(), &project{}, download{"modelUri", "ONNX", "http://models.example/m"})
		assert.Equal(t, "the download did not end within 999ms (budget request)", p.timeline.Events()[0].Download.Error)
	})
}

// The request budget is that of one attempt. A service that is busy for longer gets the time that it asks for.
func TestCreateProjectRetriesLongerThanItsBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := withBusyService(t, busyService{429, 3, "8"})
		x := p.created.create(t.Context(), client.NewProject{Name: "p"})
		assert.Equal(t, 200, x.Status, x.Error)
		assert.Len(t, x.Refused, 3)
	})
}

// Without a response the project may have been created, unless the request was not sent.
func TestProjectIsUnconfirmedIfTheRequestWasSent(t *testing.T) {
	for name, want := range map[string][]string{"sent": {"p"}, "not sent": nil} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := withBusyService(t, busyService{})
				var unconfirmed []string
				p.OnUnconfirmedProject = func(name string) { unconfirmed = append(unconfirmed, name) }
				p.Client.HTTP = &http.Client{Transport: noResponseTransport{}}
				if p.Client.Rate = rate.NewLimiter(rate.Every(time.Hour), 1); name == "not sent" {
					p.Client.Rate.Allow()
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				p.created.create(ctx, client.NewProject{Name: "p"})
				assert.Equal(t, want, unconfirmed)
			})
		})
	}
}

// A noResponseTransport never responds.
type noResponseTransport struct{}

func (noResponseTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}
