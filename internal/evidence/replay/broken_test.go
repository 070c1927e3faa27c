package replay_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/evidence"
)

// An answer that never came does not come, and one that broke off breaks off.
func TestBrokenAnswers(t *testing.T) {
	for name, change := range map[string]func(*evidence.Exchange){
		"no answer": func(x *evidence.Exchange) { x.Status, x.Error, x.Body = 0, "EOF", "" },
		"half one":  func(x *evidence.Exchange) { x.Error = "read the answer: unexpected EOF" },
		"never one": func(x *evidence.Exchange) {
			x.Status, x.Error, x.Ended = 0, "no answer within 10s", x.Began.Add(10*time.Second)
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAccount(t)
			r := recorded()
			change(r.Situations[0].Events[4].Exchange)
			c, _ := plays(t, a, r)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			request, err := http.NewRequestWithContext(
				ctx,
				"POST",
				c.url+version+"/projects?name=mine&notificationQueueUri="+url.QueryEscape(a.URL+"/account/own-q")+
					"&exportModelContainerUri="+url.QueryEscape(a.URL+"/account/own-c"),
				nil,
			)
			require.NoError(t, err)
			request.Header.Set("Training-Key", secret)
			over := make(chan error, 1)
			go func() {
				answer, err := http.DefaultClient.Do(request)
				if err == nil {
					_, err = io.ReadAll(answer.Body)
					_ = answer.Body.Close()
				}
				over <- err
			}()
			if name == "never one" {
				a.tells(t, 2) // the test blob is stored and gone: now an answer would come
				for range 20 {
					c.gets("GET", "/domains")
				}
				assert.Empty(t, over, "it was answered, or broken off")
				cancel()
			}
			err = <-over
			assert.Equal(t, name == "never one", errors.Is(err, context.Canceled))
			assert.Error(t, err)
		})
	}
}

// A status that no server should send, and some server sent, is sent again.
func TestAnOddStatusIsSentAgain(t *testing.T) {
	r := recorded()
	x := r.Unattributed[0].Exchange
	x.Status, x.Body = 42, "odd"
	c, _ := plays(t, newAccount(t), r)
	status, body := c.sends("GET", "/domains")
	assert.Equal(t, 42, status)
	assert.Equal(t, "odd", body)
}
