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
	f, err := fault.Parse(
		[]byte(
			`{"at":"api","operation":"Get*","project":"p","skip":1,"times":-1,"delay":"1.5s","status":503,"code":"C","message":"m","retryAfter":7}`,
		),
	)
	require.NoError(t, err)
	assert.Equal(t, fault.Fault{At: fault.API, Operation: "Get*", Project: "p", Skip: 1, Times: -1, Effect: fault.Effect{
		Delay: fault.Duration(1500 * time.Millisecond), Status: 503, Code: "C", Message: "m", RetryAfter: 7}}, f)
	for document, problem := range map[string]string{
		``:                                                  "not a fault: EOF",
		`[]`:                                                "not a fault: json: cannot unmarshal",
		`{} 1`:                                              "more than one JSON document",
		`{"at":"api","status":503,"often":1}`:               `unknown field "often"`,
		`{"at":"api","status":"503"}`:                       "cannot unmarshal",
		`{"at":"api","delay":"soon"}`:                       `"soon" is not a duration, such as 500ms, 30s or 5m`,
		`{"status":503}`:                                    `at: "" is none of api, storage, training, export`,
		`{"at":"queue","status":503}`:                       `at: "queue" is none of`,
		`{"at":"api"}`:                                      "a fault needs an effect",
		`{"at":"api","status":200}`:                         "status 200 is none of 400 to 599",
		`{"at":"api","status":600}`:                         "status 600 is none of 400 to 599",
		`{"at":"api","status":503,"reset":true}`:            "exclude each other",
		`{"at":"api","reset":true,"cut":0}`:                 "exclude each other",
		`{"at":"api","reset":true,"code":"C"}`:              "need a status",
		`{"at":"api","delay":"-1s"}`:                        "are 0 or more",
		`{"at":"api","cut":-1}`:                             "are 0 or more",
		`{"at":"api","status":503,"times":-2}`:              "times 1 or more, or -1 for ever",
		`{"at":"api","status":503,"skip":-1}`:               "skip is 0 or more",
		`{"at":"api","status":503,"operation":"["}`:         `operation: "[" is not a pattern`,
		`{"at":"api","status":503,"project":"["}`:           `project: "[" is not a pattern`,
		`{"at":"export","platform":"["}`:                    `platform: "[" is not a pattern`,
		`{"at":"api","status":503,"platform":"ONNX"}`:       "platform is for faults at export",
		`{"at":"training","platform":"ONNX"}`:               "platform is for faults at export",
		`{"at":"training","status":503}`:                    "a fault at training has an address and a message only",
		`{"at":"export","operation":"ExportIteration"}`:     "a fault at export has an address and a message only",
		`{"at":"export","message":"m","cut":3}`:             "a fault at export has an address and a message only",
		`{"at":"storage","status":403,"retryAfter":-1}`:     "are 0 or more",
		`{"at":"storage","status":403,"platform":"CoreML"}`: "platform is for faults at export",
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

func TestTakeIsAddressedAndCounted(t *testing.T) {
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
	armed := func() []bool {
		return []bool{
			s.HasActive(fault.API),
			s.HasActive(fault.Storage),
			s.HasActive(fault.Export),
			s.HasActive(fault.Training),
		}
	}
	assert.Equal(t, []bool{true, false, true, true}, armed())
	mine := fault.Call{At: fault.API, Operation: "GetProject", ProjectID: "id", ProjectName: "walk"}
	other := fault.Call{At: fault.API, Operation: "GetProject", ProjectID: "other", ProjectName: "other"}
	assert.Equal(
		t,
		"-",
		take(&s, fault.Call{At: fault.Storage, Operation: "GetProject", ProjectName: "walk"}),
		"another place",
	)
	assert.Equal(
		t,
		"-",
		take(&s, fault.Call{At: fault.API, Operation: "PutProject", ProjectName: "walk"}),
		"another operation",
	)
	assert.Equal(t, "1", take(&s, mine))
	assert.Equal(t, "-", take(&s, other), "one is skipped")
	assert.Equal(t, "1", take(&s, mine))
	assert.Equal(t, "2", take(&s, mine), "the first is spent")
	assert.Equal(t, "-", take(&s, mine))
	for range 3 {
		assert.Equal(t, "3", take(&s, fault.Call{At: fault.Export, ProjectID: "id", Platform: "onnx"}))
	}
	assert.Equal(t, "-", take(&s, fault.Call{At: fault.Export, ProjectID: "id", Platform: "CoreML"}))
	assert.Equal(t, "4", take(&s, fault.Call{At: fault.Training, ProjectName: "a/b/c"}), "* stands for slashes too")
	assert.Equal(t, []bool{false, false, true, false}, armed(), "what is spent is not")
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
	assert.Equal(t, "5", added.ID, "ids are not used again")
	_, err = s.Add(fault.Fault{})
	assert.Error(t, err)
}

func TestTakeCountsUnderLoad(t *testing.T) {
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

// sent is larger than what a connection may keep back before it sends.
var sent = strings.Repeat("0123456789", 10_000)

// send lets an effect act on a request to a server that tells what came of it.
func send(t *testing.T, e fault.Effect) (answer *http.Response, body string, got string, err error) {
	t.Helper()
	arrived := make(chan string, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		data, err := io.ReadAll(r.Body)
		if err != nil {
			data = append(data, "!"...)
		}
		arrived <- string(data)
	}))
	r, err := http.NewRequestWithContext(t.Context(), "PUT", server.URL, strings.NewReader(sent))
	require.NoError(t, err)
	answer, err = e.RoundTrip(r, http.DefaultTransport)
	if err == nil {
		data, readErr := io.ReadAll(answer.Body)
		require.NoError(t, readErr)
		require.NoError(t, answer.Body.Close())
		body = string(data)
	}
	server.Close() // waits for the handler
	close(arrived)
	return answer, body, <-arrived, err
}

func TestRoundTrip(t *testing.T) {
	answer, _, got, err := send(t, fault.Effect{})
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, answer.StatusCode)
	assert.Equal(t, sent, got, "without an effect all passes")
	_, _, got, err = send(t, fault.Effect{Reset: true})
	assert.ErrorIs(t, err, syscall.ECONNRESET)
	assert.Empty(t, got, "nothing was sent")
	half := len(sent) / 2
	_, _, got, err = send(t, fault.Effect{Cut: &half})
	assert.ErrorContains(t, err, "the body is cut")
	assert.True(t, strings.HasPrefix(sent[:half], strings.TrimSuffix(got, "!")), "no more than that many bytes arrive")
	assert.True(t, got == "" || strings.HasSuffix(got, "!"), "and storage sees a broken body, if it sees one")
	for status, code := range map[int]string{400: "InvalidInput", 403: "AuthorizationPermissionMismatch", 404: "ResourceNotFound",
		409: "AccountBeingCreated", 429: "ServerBusy", 500: "InternalError", 503: "ServerBusy"} {
		answer, body, got, err := send(t, fault.Effect{Status: status})
		require.NoError(t, err)
		assert.Equal(t, status, answer.StatusCode)
		assert.Equal(t, code, answer.Header.Get("X-Ms-Error-Code"))
		assert.Contains(t, body, "<Code>"+code+"</Code>")
		assert.Empty(t, got)
		assert.Equal(t, map[bool]string{true: "1"}[status == 429], answer.Header.Get("Retry-After"))
	}
	answer, body, _, err := send(t, fault.Effect{Status: 404, Code: "Queue<NotFound", Message: "a&b", RetryAfter: 9})
	require.NoError(t, err)
	assert.Contains(t, body, "<Code>Queue&lt;NotFound</Code><Message>a&amp;b</Message>")
	assert.Equal(t, "9", answer.Header.Get("Retry-After"))
}
