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

// A recorded connection error and a recorded timeout are reproduced.
func TestBrokenResponses(t *testing.T) {
	for name, change := range map[string]func(*evidence.Exchange){
		"no response":     func(x *evidence.Exchange) { x.Status, x.Error, x.Body = 0, "EOF", "" },
		"half a response": func(x *evidence.Exchange) { x.Error = "read the response: unexpected EOF" },
		"timeout": func(x *evidence.Exchange) {
			x.Status, x.Error, x.Ended = 0, "no response within 10s", x.Began.Add(10*time.Second)
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAccount(t)
			r := recorded()
			change(r.Situations[0].Events[4].Exchange)
			c, _ := startReplay(t, a, r)
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
			result := make(chan error, 1)
			go func() {
				response, err := http.DefaultClient.Do(request)
				if err == nil {
					_, err = io.ReadAll(response.Body)
					_ = response.Body.Close()
				}
				result <- err
			}()
			if name == "timeout" {
				a.waitFor(t, 2) // the test blob was stored and deleted: now a response would come
				for range 20 {
					c.get("GET", "/domains")
				}
				assert.Empty(t, result, "there was a response, or a connection error")
				cancel()
			}
			err = <-result
			assert.Equal(t, name == "timeout", errors.Is(err, context.Canceled))
			assert.Error(t, err)
		})
	}
}

// A status that net/http refuses to send is sent if it was recorded.
func TestInvalidStatus(t *testing.T) {
	r := recorded()
	x := r.Unattributed[0].Exchange
	x.Status, x.Body = 42, "odd"
	c, _ := startReplay(t, newAccount(t), r)
	status, body := c.send("GET", "/domains")
	assert.Equal(t, 42, status)
	assert.Equal(t, "odd", body)
}
