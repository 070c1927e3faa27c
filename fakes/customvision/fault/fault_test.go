package fault_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision/fault"
)

func TestParse(t *testing.T) {
	f, err := fault.Parse([]byte(`{"at":"api","operation":"Get*","project":"p","skip":1,"times":-1,` +
		`"delay":"1.5s","status":503,"code":"C","message":"m","retryAfter":"7s"}`))
	require.NoError(t, err)
	assert.Equal(t, fault.Fault{At: fault.API, Operation: "Get*", Project: "p", Skip: 1, Times: -1, Effect: fault.Effect{
		Delay: fault.Duration(1500 * time.Millisecond), Status: 503, Code: "C", Message: "m", RetryAfter: 7}}, f)
	for document, problem := range map[string]string{
		``:                                                  "invalid fault: EOF",
		`[]`:                                                "invalid fault: json: cannot unmarshal",
		`{} 1`:                                              "more than one JSON document",
		`{"at":"api","status":503,"often":1}`:               `unknown field "often"`,
		`{"at":"api","status":"503"}`:                       "cannot unmarshal",
		`{"at":"api","delay":"soon"}`:                       `invalid duration "soon" (use for example 500ms, 30s or 5m)`,
		`{"status":503}`:                                    `at: unknown value "" (use api, storage, training, export or import)`,
		`{"at":"queue","status":503}`:                       `at: unknown value "queue"`,
		`{"at":"api"}`:                                      "a fault must have an effect",
		`{"at":"api","status":200}`:                         "invalid status 200: it must be 400 to 599",
		`{"at":"api","status":600}`:                         "invalid status 600: it must be 400 to 599",
		`{"at":"api","status":503,"reset":true}`:            "only one of status, reset and cut",
		`{"at":"api","reset":true,"cut":0}`:                 "only one of status, reset and cut",
		`{"at":"api","reset":true,"code":"C"}`:              "valid with a status only",
		`{"at":"api","delay":"-1s"}`:                        "must be 0 or more",
		`{"at":"api","cut":-1}`:                             "must be 0 or more",
		`{"at":"api","status":503,"times":-2}`:              "times 1 or more, or -1 for an unlimited number",
		`{"at":"api","status":503,"skip":-1}`:               "skip must be 0 or more",
		`{"at":"api","status":503,"operation":"["}`:         `operation: invalid pattern "["`,
		`{"at":"api","status":503,"project":"["}`:           `project: invalid pattern "["`,
		`{"at":"export","platform":"["}`:                    `platform: invalid pattern "["`,
		`{"at":"api","status":503,"platform":"ONNX"}`:       "platform is valid for faults at export only",
		`{"at":"training","platform":"ONNX"}`:               "platform is valid for faults at export only",
		`{"at":"training","status":503}`:                    "a fault at training can have project",
		`{"at":"export","operation":"ExportIteration"}`:     "a fault at export can have project",
		`{"at":"export","message":"m","cut":3}`:             "a fault at export can have project",
		`{"at":"storage","status":403,"retryAfter":-1}`:     "must be 0 or more",
		`{"at":"storage","status":403,"platform":"CoreML"}`: "platform is valid for faults at export only",
	} {
		_, err := fault.Parse([]byte(document))
		assert.ErrorContains(t, err, problem, document)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"at":"api","operation":"Get*","skip":1,"times":-1,"delay":"1.5s","status":503}`))
	f.Add([]byte(`{"at":"storage","cut":0}`))
	f.Add([]byte(`{"at":"export","platform":"ONNX","message":"m"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		parsed, err := fault.Parse(data)
		if err != nil {
			return
		}
		again, err := json.Marshal(parsed)
		require.NoError(t, err)
		read, err := fault.Parse(again)
		require.NoError(t, err, "%s", again)
		assert.Equal(t, parsed, read)
	})
}

func take(s *fault.Set, c fault.Call) string {
	f, ok := s.Take(c)
	if !ok {
		return "-"
	}
	return f.ID
}

func TestTakeMatchesAndCounts(t *testing.T) {
	var s fault.Set
	for _, f := range []fault.Fault{
		{At: fault.API, Operation: "getproject*", Project: "Walk", Times: 2, Effect: fault.Effect{Status: 500}},
		{At: fault.API, Operation: "GetProject", Skip: 1, Effect: fault.Effect{Status: 501}},
		{At: fault.Export, Platform: "ONNX", Times: -1},
		{At: fault.Training, Project: "a/*"},
	} {
		_, err := s.Add(f)
		require.NoError(t, err)
	}
	active := func() []bool {
		return []bool{
			s.HasActive(fault.API),
			s.HasActive(fault.Storage),
			s.HasActive(fault.Export),
			s.HasActive(fault.Training),
		}
	}
	assert.Equal(t, []bool{true, false, true, true}, active())
	mine := fault.Call{At: fault.API, Operation: "GetProject", ProjectID: "id", ProjectName: "walk"}
	other := fault.Call{At: fault.API, Operation: "GetProject", ProjectID: "other", ProjectName: "other"}
	assert.Equal(t, "-", take(&s, fault.Call{At: fault.Storage, Operation: "GetProject", ProjectName: "walk"}),
		"another place")
	assert.Equal(t, "-", take(&s, fault.Call{At: fault.API, Operation: "PutProject", ProjectName: "walk"}),
		"another operation")
	assert.Equal(t, "1", take(&s, mine))
	assert.Equal(t, "-", take(&s, other), "one call is skipped")
	assert.Equal(t, "1", take(&s, mine))
	assert.Equal(t, "2", take(&s, mine), "the first fault has no triggers left")
	assert.Equal(t, "-", take(&s, mine))
	for range 3 {
		assert.Equal(t, "3", take(&s, fault.Call{At: fault.Export, ProjectID: "id", Platform: "onnx"}))
	}
	assert.Equal(t, "-", take(&s, fault.Call{At: fault.Export, ProjectID: "id", Platform: "CoreML"}))
	assert.Equal(t, "4", take(&s, fault.Call{At: fault.Training, ProjectName: "a/b/c"}), "* matches slashes too")
	assert.Equal(t, []bool{false, false, true, false}, active(), "a fault without triggers left is not active")
	fired, left := []int{}, []int{}
	for _, f := range s.List() {
		fired, left = append(fired, f.Fired), append(left, f.Left)
	}
	assert.Equal(t, []int{2, 1, 3, 1}, fired)
	assert.Equal(t, []int{0, 0, -1, 0}, left)
	assert.True(t, s.Remove("3"))
	assert.False(t, s.Remove("3"))
	_, ok := s.Get("3")
	assert.False(t, ok)
	f, ok := s.Get("1")
	assert.True(t, ok)
	assert.Equal(t, 2, f.Fired)
	s.Clear()
	assert.Empty(t, s.List())
	added, err := s.Add(fault.Fault{At: fault.Training})
	require.NoError(t, err)
	assert.Equal(t, "5", added.ID, "ids are not reused")
	_, err = s.Add(fault.Fault{})
	assert.Error(t, err)
}

func TestConcurrentTakesAreCounted(t *testing.T) {
	var s fault.Set
	_, err := s.Add(fault.Fault{At: fault.Training, Times: 50})
	require.NoError(t, err)
	var all sync.WaitGroup
	for range 100 {
		all.Go(func() { s.Take(fault.Call{At: fault.Training}) })
	}
	all.Wait()
	assert.Equal(t, 50, s.List()[0].Fired)
}

// requestBody is larger than the buffers of a connection.
var requestBody = strings.Repeat("0123456789", 10_000)

// send applies an effect to a request to a server. received is the body that the server received, with "!" appended if
// it was incomplete.
func send(t *testing.T, e fault.Effect) (response *http.Response, body, received string, err error) {
	t.Helper()
	arrived := make(chan string, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		data, err := io.ReadAll(r.Body)
		if err != nil {
			data = append(data, "!"...)
		}
		arrived <- string(data)
	}))
	r, err := http.NewRequestWithContext(t.Context(), "PUT", server.URL, strings.NewReader(requestBody))
	require.NoError(t, err)
	response, err = e.RoundTrip(r, http.DefaultTransport)
	if err == nil {
		data, readErr := io.ReadAll(response.Body)
		require.NoError(t, readErr)
		require.NoError(t, response.Body.Close())
		body = string(data)
	}
	server.Close() // waits for the handler
	close(arrived)
	return response, body, <-arrived, err
}

func TestRoundTrip(t *testing.T) {
	response, _, got, err := send(t, fault.Effect{})
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, response.StatusCode)
	assert.Equal(t, requestBody, got, "without an effect the request is not changed")
	_, _, got, err = send(t, fault.Effect{Reset: true})
	assert.ErrorIs(t, err, syscall.ECONNRESET)
	assert.Empty(t, got, "no request was sent")
	half := len(requestBody) / 2
	_, _, got, err = send(t, fault.Effect{Cut: &half})
	assert.ErrorContains(t, err, "the body is truncated")
	assert.True(t, strings.HasPrefix(requestBody[:half], strings.TrimSuffix(got, "!")), "at most that many bytes arrive")
	assert.True(t, got == "" || strings.HasSuffix(got, "!"), "storage receives an incomplete body or none")
	for status, code := range map[int]string{
		400: "InvalidInput", 403: "AuthorizationPermissionMismatch", 404: "ResourceNotFound",
		409: "AccountBeingCreated", 429: "ServerBusy", 500: "InternalError", 503: "ServerBusy",
	} {
		response, body, got, err := send(t, fault.Effect{Status: status})
		require.NoError(t, err)
		assert.Equal(t, status, response.StatusCode)
		assert.Equal(t, code, response.Header.Get("X-Ms-Error-Code"))
		assert.Contains(t, body, "<Code>"+code+"</Code>")
		assert.Empty(t, got)
		assert.Equal(t, map[bool]string{true: "1"}[status == 429], response.Header.Get("Retry-After"))
	}
	response, body, _, err := send(t, fault.Effect{Status: 404, Code: "Queue<NotFound", Message: "a&b", RetryAfter: 9})
	require.NoError(t, err)
	assert.Contains(t, body, "<Code>Queue&lt;NotFound</Code><Message>a&amp;b</Message>")
	assert.Equal(t, "9", response.Header.Get("Retry-After"))
}
