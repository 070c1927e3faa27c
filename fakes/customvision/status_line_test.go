package customvision_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision"
)

// sendRaw sends a request as it is written and returns the response.
func sendRaw(t *testing.T, server *httptest.Server, request string) (*http.Response, string) {
	t.Helper()
	connection, err := new(net.Dialer).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
	require.NoError(t, err)
	defer connection.Close()
	_, err = io.WriteString(connection, strings.ReplaceAll(request, "\n", "\r\n"))
	require.NoError(t, err)
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response, string(body)
}

// SDKs show the reason phrase of a response to their users.
func TestAccessDeniedReason(t *testing.T) {
	s := newService(t, customvision.Options{TrainingKey: "k"})
	handled := make(chan bool, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.server.ServeHTTP(w, r)
		handled <- true
	}))
	defer server.Close()
	const header = "/customvision/v3.3/Training/domains HTTP/1.1\nHost: h\n"
	for name, request := range map[string]string{
		"no key":      "GET " + header + "\n",
		"with a body": "POST " + header + fmt.Sprintf("Content-Length: %d\n\n%s", 1<<20, strings.Repeat("x", 1<<20)),
	} {
		response, body := sendRaw(t, server, request)
		assert.Equal(t, "401 Access Denied", response.Status, name)
		assert.Contains(t, body, `{"error":{"code":"401","message":"Access denied due to `)
		assert.Len(t, body, int(response.ContentLength))
		assert.True(t, response.Close)
		for _, h := range []string{"Date", "Content-Type", "Request-Id"} {
			assert.NotEmpty(t, response.Header.Get(h), h)
		}
	}
	response, _ := sendRaw(t, server, "GET "+header+"Training-Key: k\n\n")
	assert.Equal(t, "200 OK", response.Status)
	s.addFault(`{"at":"api","operation":"GetDomains","status":401}`)
	response, _ = sendRaw(t, server, "GET "+header+"Training-Key: k\n\n")
	assert.Equal(t, "401 Access Denied", response.Status, "a fault")
	for range 4 {
		<-handled
	}
	entries := requireOK[[]object](s, s.control("GET", "/journal?operation=GetDomains", ""))
	assert.Equal(t, 401.0, entries[len(entries)-1]["status"], "%v", entries)
}

func TestWebPagesMayCallTheAPI(t *testing.T) {
	s := newService(t, customvision.Options{})
	send := func(method, key string) response {
		address := s.origin + "/customvision/v3.3/Training/projects?name=p"
		request, err := http.NewRequestWithContext(t.Context(), method, address, http.NoBody)
		require.NoError(t, err)
		request.Header.Set("Origin", "https://page.example")
		request.Header.Set("Training-Key", key)
		if method == http.MethodOptions {
			request.Header.Set("Access-Control-Request-Method", "POST")
			request.Header.Set("Access-Control-Request-Headers", "training-key,content-type")
		}
		return s.do(request)
	}
	preflight := send(http.MethodOptions, "")
	assert.Equal(t, http.StatusOK, preflight.status)
	assert.Contains(t, preflight.header.Get("Access-Control-Allow-Methods"), "POST")
	assert.Equal(t, "training-key,content-type", preflight.header.Get("Access-Control-Allow-Headers"))
	for _, key := range []string{"wrong", s.key} {
		a := send(http.MethodPost, key)
		assert.Equal(t, map[bool]int{true: http.StatusOK, false: http.StatusUnauthorized}[key == s.key], a.status)
		assert.Equal(t, "*", a.header.Get("Access-Control-Allow-Origin"), "the page may read errors too")
	}
	assert.Empty(t, s.call("GET", "/projects", nil).header.Get("Access-Control-Allow-Origin"))
}

func TestLengthRequired(t *testing.T) {
	s := newService(t, customvision.Options{TrainingKey: "k"})
	server := httptest.NewServer(s.server)
	defer server.Close()
	const request = "POST /customvision/v3.3/Training/projects?name=p HTTP/1.1\nHost: h\nTraining-Key: k\n"
	response, body := sendRaw(t, server, request+"\n")
	assert.Equal(t, http.StatusLengthRequired, response.StatusCode)
	assert.Contains(t, body, "The request must be chunked or have a content length")
	assert.Empty(t, requireOK[[]object](s, s.call("GET", "/projects", nil)))
	for _, accepted := range []string{"Content-Length: 0\n\n", "Transfer-Encoding: chunked\n\n0\n\n"} {
		response, body = sendRaw(t, server, request+accepted)
		assert.Equal(t, http.StatusOK, response.StatusCode, body)
	}
}
