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
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/storage"
	"github.com/cvconform/cvconform/internal/trainingapi/client"
)

// A busy service refuses so many requests, and answers with 200 then.
type busy struct {
	status, times int
	after         string
}

// RoundTrip implements [http.RoundTripper]. An answer takes a second.
func (b *busy) RoundTrip(r *http.Request) (*http.Response, error) {
	select {
	case <-time.After(time.Second):
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
	answer := &http.Response{
		StatusCode: 200,
		Status:     "200 OK",
		Header:     http.Header{},
		Body:       io.NopCloser(strings.NewReader(`{"id":"p1"}`)),
		Request:    r,
	}
	if b.times > 0 {
		b.times--
		answer.StatusCode, answer.Status, answer.Body = b.status, "refused", io.NopCloser(strings.NewReader("busy"))
		if b.after != "" {
			answer.Header.Set("Retry-After", b.after)
		}
		if b.status == http.StatusFound {
			answer.Header.Set("Location", "http://elsewhere.example/m")
		}
	}
	return answer, nil
}

// asking is the performance that asks the busy service, each time for 10 s.
func asking(t *testing.T, b busy) *execution {
	now := func() time.Time { return time.Now() }
	account, err := storage.Open("DefaultEndpointsProtocol=http;AccountName=acct;AccountKey=a2V5;"+
		"BlobEndpoint=http://127.0.0.1:1/acct;QueueEndpoint=http://127.0.0.1:2/acct", storage.Options{})
	require.NoError(t, err)
	w := &Performer{
		Now:        now,
		Budgets:    budget.Local(),
		Redact:     &evidence.Redactor{},
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
	return &execution{Performer: w, timeline: evidence.NewTimeline(now, w.Redact)}
}

func TestADownloadThatWasRefusedIsMadeAgain(t *testing.T) {
	for name, c := range map[string]struct {
		service busy
		status  int
		refused int
		took    time.Duration
	}{
		"503":                  {busy{503, 2, "4"}, 200, 2, 11 * time.Second},
		"429":                  {busy{429, 1, "10"}, 200, 1, 12 * time.Second},
		"without a time":       {busy{503, 1, ""}, 503, 0, time.Second},
		"longer than a try":    {busy{429, 1, "11"}, 429, 0, time.Second},
		"for ever":             {busy{429, 99, "0"}, 429, client.MaxAttempts - 1, client.MaxAttempts * time.Second},
		"what stays as it is":  {busy{500, 1, "1"}, 500, 0, time.Second},
		"refused at no time":   {busy{}, 200, 0, time.Second},
		"longer than a budget": {busy{503, 3, "8"}, 200, 3, 28 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := asking(t, c.service)
				began := time.Now()
				p.downloadLink(t.Context(), &project{}, "downloadUri", "ONNX", "http://models.example/m")
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

func TestAnInterruptedRunDownloadsNothingAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		p := asking(t, busy{503, 9, "9"})
		p.downloadLink(ctx, &project{}, "modelUri", "ONNX", "http://models.example/m")
		d := p.timeline.Events()[0].Download
		assert.Equal(t, []any{503, "answered refused: busy"}, []any{d.Status, d.Error})
	})
}

func TestADownloadIsNotLedElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := asking(t, busy{302, 1, ""})
		p.downloadLink(t.Context(), &project{}, "downloadUri", "ONNX", "http://models.example/m")
		d := p.timeline.Events()[0].Download
		assert.Equal(
			t,
			[]any{302, "answered refused (redirect to http://elsewhere.example/m, not followed)"},
			[]any{d.Status, d.Error},
		)
	})
}

func TestADownloadThatTakesTooLongSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := asking(t, busy{})
		p.Budgets[budget.Request] = 999 * time.Millisecond
		p.downloadLink(t.Context(), &project{}, "modelUri", "ONNX", "http://models.example/m")
		assert.Equal(t, "it was not there within 999ms (budget request)", p.timeline.Events()[0].Download.Error)
	})
}

// The budget of a call is that of one try: a service that is busy for longer is
// given the time that it asks for.
func TestAProjectIsMadeAlthoughTheServiceIsBusyForLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := asking(t, busy{429, 3, "8"})
		x := p.createProject(t.Context(), client.NewProject{Name: "p"})
		assert.Equal(t, 200, x.Status, x.Error)
		assert.Len(t, x.Refused, 3)
	})
}

// A creation that is not answered may have been done; one that never left was not.
func TestACreationThatWasNotSentMadeNothing(t *testing.T) {
	for name, want := range map[string][]string{"sent": {"p"}, "not sent": nil} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := asking(t, busy{})
				var suspected []string
				p.OnUnconfirmedProject = func(name string) { suspected = append(suspected, name) }
				p.Client.HTTP = &http.Client{Transport: noResponseTransport{}}
				if p.Client.Rate = rate.NewLimiter(rate.Every(time.Hour), 1); name == "not sent" {
					p.Client.Rate.Allow()
				}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				p.createProject(ctx, client.NewProject{Name: "p"})
				assert.Equal(t, want, suspected)
			})
		})
	}
}

// A noResponseTransport service answers nothing.
type noResponseTransport struct{}

func (noResponseTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}
