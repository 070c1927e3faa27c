package client_test

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/trainingapi"
	"github.com/cvconform/cvconform/internal/trainingapi/client"
)

const key = "a training key"

// received is the last request that the service received.
type received struct {
	*http.Request
	body string
}

// newService returns a client of a service that gives every call that response, and the last request.
func newService(t *testing.T, status int, body string) (*client.Client, *received) {
	t.Helper()
	got := &received{}
	return newClient(t, func(w http.ResponseWriter, r *http.Request) {
		content, _ := io.ReadAll(r.Body)
		got.Request, got.body = r, string(content)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Location", "/elsewhere")
		w.Header().Set("X-Other", "not kept")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}), got
}

func newClient(t *testing.T, h http.HandlerFunc) *client.Client {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return &client.Client{
		Endpoint: s.URL,
		Version:  "v3.3",
		Key:      key,
		HTTP:     client.NewHTTP(client.HTTPOptions{}),
		Now:      tickingClock(),
	}
}

// tickingClock returns a clock that advances one second at each call.
func tickingClock() func() time.Time {
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	return func() time.Time { at = at.Add(time.Second); return at }
}

func TestDoReturnsTheExchange(t *testing.T) {
	c, got := newService(t, 200, `{"id":"p1"}`)
	x := c.UpdateProject(t.Context(), "p 1", map[string]string{"name": "new"})
	assert.Equal(t, "/customvision/v3.3/Training/projects/p%201", got.URL.EscapedPath())
	assert.Equal(t, http.MethodPatch, got.Method)
	assert.Equal(t, "application/json", got.Header.Get("Content-Type"))
	assert.Equal(t, "application/json", got.Header.Get("Accept"))
	assert.Equal(t, []string{key}, got.Header.Values("Training-Key"))
	assert.JSONEq(t, `{"name":"new"}`, got.body)
	assert.Equal(t, "UpdateProject", x.Call)
	assert.Equal(t, c.Endpoint+"/customvision/v3.3/Training/projects/p%201", x.URL)
	assert.Equal(t, []any{http.MethodPatch, 200, `{"name":"new"}`, `{"id":"p1"}`, "right", ""},
		[]any{x.Method, x.Status, x.RequestBody, x.Body, x.Key, x.Error})
	assert.Equal(t, map[string]string{"Content-Type": "application/json", "Content-Length": "11", "Location": "/elsewhere"},
		x.Header)
	assert.Equal(t, time.Second, x.Ended.Sub(x.Began))
}

func TestRequestLineOfEachCall(t *testing.T) {
	ctx := t.Context()
	for want, call := range map[string]func(*client.Client){
		"GET /domains":                           func(c *client.Client) { c.GetDomains(ctx) },
		"GET /projects":                          func(c *client.Client) { c.GetProjects(ctx) },
		"GET /projects/p":                        func(c *client.Client) { c.GetProject(ctx, "p") },
		"DELETE /projects/p":                     func(c *client.Client) { c.DeleteProject(ctx, "p") },
		"POST /projects/p/tags?name=ring":        func(c *client.Client) { c.CreateTag(ctx, "p", "ring") },
		"POST /projects/p/train":                 func(c *client.Client) { c.TrainProject(ctx, "p", false) },
		"POST /projects/p/train?forceTrain=true": func(c *client.Client) { c.TrainProject(ctx, "p", true) },
		"GET /projects/p/iterations/i":           func(c *client.Client) { c.GetIteration(ctx, "p", "i") },
		"GET /projects/p/iterations/i/export":    func(c *client.Client) { c.GetExports(ctx, "p", "i") },
		"POST /projects/p/iterations/i/export?platform=CoreML": func(c *client.Client) {
			c.ExportIteration(ctx, "p", "i", "CoreML")
		},
		"GET /projects/..%2Fp%3Fx/iterations/i": func(c *client.Client) { c.GetIteration(ctx, "../p?x", "i") },
	} {
		c, got := newService(t, 200, `{}`)
		call(c)
		assert.Equal(t, want, got.Method+" "+strings.TrimPrefix(got.URL.RequestURI(), "/customvision/v3.3/Training"))
	}
}

func TestCreateProjectWithURIsInTheQuery(t *testing.T) {
	c, got := newService(t, 200, `{}`)
	c.CreateProject(
		t.Context(),
		client.NewProject{Name: "n", Description: "d", DomainID: "g", ClassificationType: "Multiclass",
			Platforms: []string{"CoreML", "ONNX"}, QueueURI: "http://h/a/q", ContainerURI: "http://h/a/c"},
	)
	assert.Equal(t, "/customvision/v3.3/Training/projects", got.URL.Path)
	assert.Equal(
		t,
		map[string][]string{"name": {"n"}, "description": {"d"}, "domainId": {"g"}, "classificationType": {"Multiclass"},
			"targetExportPlatforms": {"CoreML,ONNX"},
			"notificationQueueUri":  {"http://h/a/q"}, "exportModelContainerUri": {"http://h/a/c"}},
		map[string][]string(got.URL.Query()),
	)
	assert.Empty(t, got.body)
}

func TestCreateProjectWithURIsInTheBody(t *testing.T) {
	c, got := newService(t, 200, `{}`)
	c.CreateProject(
		t.Context(),
		client.NewProject{Name: "n", QueueURI: "http://h/a/q", Body: true, Version: "v3.4-preview"},
	)
	assert.Equal(t, "/customvision/v3.4-preview/Training/projects?name=n", got.URL.RequestURI())
	assert.JSONEq(t, `{"notificationQueueUri":"http://h/a/q"}`, got.body)
}

func TestKeyModes(t *testing.T) {
	for sent, want := range map[string][]string{"": {key}, "wrong": {client.WrongKey}, "none": nil} {
		c, got := newService(t, 401, `{}`)
		x := c.CreateProject(t.Context(), client.NewProject{Name: "n", Key: sent})
		assert.Equal(t, want, got.Header.Values("Training-Key"), sent)
		assert.Equal(t, map[string]string{"": "right"}[sent]+sent, x.Key)
	}
}

// The name of the header is sent as it is. net/http, on both sides, would change its case.
func TestKeyHeader(t *testing.T) {
	var sent string
	c, _ := newService(t, 200, `{}`)
	c.HTTP = &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		for name, values := range r.Header {
			if values[0] == c.Key {
				sent = name
			}
		}
		return http.DefaultTransport.RoundTrip(r)
	})}
	for _, name := range []string{"training-key", "TRAINING-KEY"} {
		x := c.Do(t.Context(), client.Call{Name: "GetProject", Project: "p", KeyHeader: name})
		assert.Equal(t, []any{name, 200, "right", name}, []any{sent, x.Status, x.Key, x.KeyHeader})
	}
	x := c.GetProject(t.Context(), "p")
	assert.Equal(t, []any{"Training-Key", ""}, []any{sent, x.KeyHeader})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestCreateImagesFromFilesSendsTheImages(t *testing.T) {
	c, got := newService(t, 200, `{}`)
	c.CreateImagesFromFiles(t.Context(), "p", []trainingapi.Image{{Name: "a.jpg", Bytes: []byte("picture"), TagID: "t"}})
	assert.Equal(t, "/customvision/v3.3/Training/projects/p/images/files", got.URL.Path)
	assert.JSONEq(
		t,
		`{"images":[{"name":"a.jpg","contents":"`+base64.StdEncoding.EncodeToString([]byte("picture"))+`","tagIds":["t"]}]}`,
		got.body,
	)
}

func TestCreateImagesFromDataSendsTheImages(t *testing.T) {
	names := map[string]string{}
	c := newClient(t, func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "/customvision/v3.3/Training/projects/p/images?tagIds=t", r.URL.RequestURI())
		assert.NoError(t, r.ParseMultipartForm(1<<20))
		for _, parts := range r.MultipartForm.File {
			for _, p := range parts {
				file, err := p.Open()
				assert.NoError(t, err)
				content, _ := io.ReadAll(file)
				names[p.Filename] = string(content)
			}
		}
	})
	x, err := c.CreateImagesFromData(
		t.Context(),
		"p",
		"t",
		[]trainingapi.Image{{Name: "a.jpg", Bytes: []byte("1")}, {Name: "b.jpg", Bytes: []byte("2")}},
	)
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"a.jpg": "1", "b.jpg": "2"}, names)
	assert.Contains(t, x.RequestType, "multipart/form-data; boundary=")
}

func TestTimeoutNamesItsBudget(t *testing.T) {
	c := newClient(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	c.Timeout = 20 * time.Millisecond
	x := c.GetDomains(t.Context())
	assert.Equal(t, "no response within 20ms (budget request)", x.Error)
	assert.Zero(t, x.Status)
	assert.Equal(t, time.Second, x.Ended.Sub(x.Began))
}

func TestCallThatTheCallerEndsDoesNotNameTheBudgetOfARequest(t *testing.T) {
	c := newClient(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	c.Timeout = time.Minute
	ctx, cancel := context.WithTimeoutCause(t.Context(), 20*time.Millisecond, errors.New("budget training ended"))
	defer cancel()
	assert.Equal(t, "no response before the caller ended the call: budget training ended", c.GetDomains(ctx).Error)
}

func TestNoResponse(t *testing.T) {
	c := newClient(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	x := c.GetDomains(t.Context())
	assert.Equal(t, "the connection was closed without a response: EOF", x.Error)
	assert.Zero(t, x.Status)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assert.Contains(t, c.GetDomains(ctx).Error, "context canceled")
}

func TestIncompleteResponseIsKept(t *testing.T) {
	c := newClient(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, `{"id":`)
	})
	x := c.GetDomains(t.Context())
	assert.Equal(t, []any{200, `{"id":`}, []any{x.Status, x.Body})
	assert.Equal(t, "the body has 6 bytes, its Content-Length says 100", x.Error)
}

func TestResponseThatDoesNotEnd(t *testing.T) {
	c := newClient(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "[")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	c.Timeout = time.Second
	x := c.GetDomains(t.Context())
	assert.Equal(
		t,
		[]any{200, "[", "the response did not end within 1s (budget request)"},
		[]any{x.Status, x.Body, x.Error},
	)
}

// A response that announces more than it has names both lengths, also where the connection stays open.
func TestResponseThatIsShorterThanAnnounced(t *testing.T) {
	c := newClient(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, "[")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	c.Timeout = 200 * time.Millisecond
	assert.Equal(t, "the response did not end after 1 bytes (Content-Length: 100) within 200ms (budget request)",
		c.GetDomains(t.Context()).Error)
}

// A body that is longer than announced is cut there.
func TestResponseThatIsLongerThanAnnounced(t *testing.T) {
	c := newClient(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		assert.NoError(t, err)
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"+`[{"id":"x"}]`)
		_ = conn.Close()
	})
	var list []trainingapi.Domain
	assert.EqualError(t, trainingapi.Decode(c.GetDomains(t.Context()), &list),
		`GetDomains returned 200, but not the expected JSON: [{"id":"x (the JSON is not complete after 9 bytes, `+
			`where the body ends because of its Content-Length)`)
}

func TestTooLongResponseIsCut(t *testing.T) {
	for length, want := range map[int]string{16 << 20: "", 16<<20 + 1: "the response is longer than 16 MiB"} {
		c := newClient(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, length)) })
		x := c.GetDomains(t.Context())
		assert.Equal(t, []any{200, 16 << 20, want}, []any{x.Status, len(x.Body), x.Error})
	}
}

func TestConnectionErrorsHaveNoURL(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, listener.Close()) })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = connection.Read(make([]byte, 1024))
			_, _ = io.WriteString(connection, "SSH-2.0-Open\r\n\r\n")
			_ = connection.Close()
		}
	}()
	c := &client.Client{
		Endpoint: "http://" + listener.Addr().String(),
		Version:  "v3.3",
		HTTP:     client.NewHTTP(client.HTTPOptions{}),
		Now:      time.Now,
	}
	assert.Equal(t, "the response is not HTTP", c.GetDomains(t.Context()).Error)
	c.Endpoint = "http://127.0.0.1:1"
	assert.Equal(t, "dial tcp 127.0.0.1:1: connect: connection refused", c.GetDomains(t.Context()).Error)
}

func TestRedirectIsNotFollowed(t *testing.T) {
	calls := 0
	c := newClient(t, func(w http.ResponseWriter, r *http.Request) {
		if calls++; calls > 1 {
			return
		}
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	})
	x := c.GetDomains(t.Context())
	assert.Equal(t, http.StatusTemporaryRedirect, x.Status)
	assert.Equal(t, 1, calls)
	var domains []trainingapi.Domain
	require.EqualError(
		t,
		trainingapi.Decode(x, &domains),
		"GetDomains returned 307 (redirect to /elsewhere, not followed): <a href=\"/elsewhere\">Temporary Redirect</a>.",
	)
}

func TestBodyThatCannotBeEncodedIsNotSent(t *testing.T) {
	c, got := newService(t, 200, `{}`)
	x := c.UpdateProject(t.Context(), "p", make(chan int))
	assert.Contains(t, x.Error, "not sent: encode the body of UpdateProject: ")
	assert.Nil(t, got.Request)
}

func TestUnknownCallIsNotSent(t *testing.T) {
	c, got := newService(t, 200, `{}`)
	x := c.Do(t.Context(), client.Call{Name: "GetTags"})
	assert.Equal(t, `not sent: unknown call "GetTags" of the Training API`, x.Error)
	assert.False(t, client.Sent(x))
	assert.Nil(t, got.Request)
}
