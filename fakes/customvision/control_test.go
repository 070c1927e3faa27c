package customvision_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision"
	"github.com/cvconform/cvconform/fakes/customvision/azurestorage"
	"github.com/cvconform/cvconform/fakes/customvision/fault"
	"github.com/cvconform/cvconform/fakes/customvision/journal"
)

// control sends a request to the control API.
func (s *service) control(method, path, body string) response {
	s.Helper()
	r := httptest.NewRequestWithContext(s.Context(), method, path, strings.NewReader(body))
	w := httptest.NewRecorder()
	s.server.Control().ServeHTTP(w, r)
	return response{w.Code, w.Header(), w.Body.Bytes()}
}

func (s *service) addFault(document string) string {
	s.Helper()
	return requireOK[object](s, s.control("POST", "/faults", document)).id()
}

func (s *service) firedCount(id string) float64 {
	s.Helper()
	return requireOK[object](s, s.control("GET", "/faults/"+id, ""))["fired"].(float64)
}

func TestExportFaultsOfOneProject(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project, iteration := s.createTrained("p", queueURI, containerURI)
		id := s.addFault(`{"at":"export","project":"` + project + `","times":2,"message":"out of order"}`)
		for _, c := range []struct{ platform, status string }{
			{"ONNX", "Failed"}, {"CoreML", "Failed"}, {"TensorFlow", "Done"},
		} {
			requireOK[object](s, s.call("POST", exportPath(project, iteration)+"?platform="+c.platform, nil))
			s.waitForWork()
			exports := s.exports(project, iteration)
			assert.Equal(t, c.status, exports[len(exports)-1]["status"], c.platform)
			assert.Contains(
				t,
				s.nextMessage(queueURI),
				map[string]string{"Failed": "ExportFailed", "Done": "ExportCompleted"}[c.status],
			)
		}
		assert.Equal(t, 2.0, s.firedCount(id))
		other, otherIteration := s.createTrained("other", queueURI, "")
		s.addFault(`{"at":"export","project":"p"}`)
		requireOK[object](s, s.call("POST", exportPath(other, otherIteration)+"?platform=ONNX", nil))
		s.waitForWork()
		assert.Equal(t, "Done", s.exports(other, otherIteration)[0]["status"], "the fault does not act on another project")
	})
}

func TestTrainingFault(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		s.version = "v3.4-preview"
		project := s.create("p", queueURI, "").id()
		s.addTaggedImages(project, "cat", "dog")
		s.drainQueue(queueURI)
		s.addFault(`{"at":"training","project":"P*","message":"no luck"}`)
		iteration := s.train(project)
		s.waitForWork()
		failed := s.iteration(project, iteration)
		assert.Equal(t, "Failed", failed["status"])
		assert.Equal(t, "no luck", failed["trainingErrorDetails"])
		assert.Contains(t, s.nextMessage(queueURI), "TrainingFailed")
		iteration = requireOK[object](s, s.call("POST", "/projects/"+project+"/train?forceTrain=true", nil)).id()
		s.waitForWork()
		assert.Equal(t, "Completed", s.iteration(project, iteration)["status"])
	})
}

func TestAPIFaults(t *testing.T) {
	const injected = "This response is an injected fault."
	s := newService(t, customvision.Options{})
	project := s.create("p", "", "").id()
	path := "/projects/" + project
	for document, want := range map[string]struct {
		status int
		retry  string
		body   string
	}{
		`{"at":"api","operation":"GetProject","status":429}`: {429, "1", `{"error":{"code":"429","message":"` +
			`Requests to the GetProject Operation under Custom_Vision_Training_3.3 have exceeded rate limit of your current ` +
			`Custom_Vision.Training F0 pricing tier. Please retry after 1 second."}}`},
		`{"at":"api","status":401}`: {401, "", `{"error":{"code":"401","message":"` +
			`Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an ` +
			`active subscription and use a correct regional API endpoint for your resource."}}`},
		`{"at":"api","status":429,"retryAfter":30,"message":"m"}`: {
			429, "30", `{"error":{"code":"429","message":"m"}}`,
		},
		`{"at":"api","status":503,"message":"m"}`: {
			503, "", `{"error":{"code":"503","message":"m"}}`,
		},
		`{"at":"api","status":500}`: {
			500, "", `{"code":"ErrorUnknown","message":"` + injected + `"}`,
		},
		`{"at":"api","status":404}`: {
			404, "", `{"code":"NotFound","message":"` + injected + `"}`,
		},
		`{"at":"api","status":403}`: {
			403, "", `{"code":"Forbidden","message":"` + injected + `"}`,
		},
		`{"at":"api","status":409}`: {
			409, "", `{"code":"Conflict","message":"` + injected + `"}`,
		},
		`{"at":"api","status":415}`: {
			415, "", `{"code":"UnsupportedMediaType","message":"` + injected + `"}`,
		},
		`{"at":"api","status":400}`: {
			400, "", `{"code":"BadRequest","message":"` + injected + `"}`,
		},
		`{"at":"api","status":503,"code":"ErrorServerTimeOut"}`: {
			503, "", `{"code":"ErrorServerTimeOut","message":"` + injected + `"}`,
		},
		`{"at":"api","project":"p","status":400,"code":"C"}`: {
			400, "", `{"code":"C","message":"` + injected + `"}`,
		},
		`{"at":"api","project":"` + project + `","status":500,"code":"C"}`: {
			500, "", `{"code":"C","message":"` + injected + `"}`,
		},
	} {
		s.addFault(document)
		a := s.call("GET", path, nil)
		assert.Equal(t, want.status, a.status, document)
		assert.Equal(t, want.retry, a.header.Get("Retry-After"), document)
		assert.Equal(t, want.body, string(a.body), document)
		assert.Equal(t, 200, s.call("GET", path, nil).status, "once only: %s", document)
	}
}

func TestAPIFaultOfProjectToCreate(t *testing.T) {
	s := newService(t, customvision.Options{})
	s.addFault(`{"at":"api","operation":"CreateProject","project":"bad","status":500}`)
	s.create("good", "", "")
	assert.Equal(
		t,
		500,
		s.call("POST", "/projects?name=bad", nil).status,
		"a project to be created is matched by name",
	)
	assert.Len(t, requireOK[[]object](s, s.call("GET", "/projects", nil)), 1, "and it is not created")
}

func TestAPIFaultsRequireKey(t *testing.T) {
	s := newService(t, customvision.Options{})
	s.key = "wrong"
	id := s.addFault(`{"at":"api","status":500}`)
	assert.Equal(t, 401, s.call("GET", "/projects", nil).status)
	assert.Zero(t, s.firedCount(id), "the key is checked before faults act")
}

func TestFaultDelayUsesServerClock(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		start := time.Now()
		s.addFault(`{"at":"api","operation":"GetDomains","delay":"90s"}`)
		requireOK[[]object](s, s.call("GET", "/domains", nil))
		assert.Equal(t, 90*time.Second, time.Since(start))
		s.addFault(`{"at":"api","operation":"GetDomains","delay":"1h","status":503}`)
		status := make(chan int)
		go func() { status <- s.call("GET", "/domains", nil).status }()
		synctest.Wait()
		requireOK[object](s, s.control("POST", "/clock/advance", `{"by":"1h"}`))
		assert.Equal(t, 503, <-status)
		assert.Equal(t, 90*time.Second, time.Since(start), "the clock of the bubble did not advance")
	})
}

func TestFaultsBreakConnections(t *testing.T) {
	s := overNetwork(t)
	project := s.create("p", "", "").id()
	broken := func(method, path string) error {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, s.origin+"/customvision/v3.3/training"+path, nil)
		require.NoError(t, err)
		r.Header.Set("Training-Key", s.key)
		response, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		data, err := io.ReadAll(response.Body)
		require.Len(t, data, 20)
		return err
	}
	s.addFault(`{"at":"api","operation":"DeleteProject","reset":true}`)
	require.Error(t, broken("DELETE", "/projects/"+project))
	requireOK[object](s, s.call("GET", "/projects/"+project, nil)) // it was not handled
	s.addFault(`{"at":"api","operation":"GetProject","cut":20}`)
	require.ErrorIs(t, broken("GET", "/projects/"+project), io.ErrUnexpectedEOF)
	s.addFault(`{"at":"api","operation":"DeleteProject","cut":0}`)
	require.Error(t, broken("DELETE", "/projects/"+project))
	// It was handled, but the response was lost.
	s.requireError(s.call("GET", "/projects/"+project, nil), 404, "NotFoundProject")
	entries := []journal.Entry{}
	for len(entries) < 2 && t.Context().Err() == nil { // the caller returns before the journal has the entry
		runtime.Gosched()
		entries = s.server.Journal().Entries(journal.Filter{Operation: "DeleteProject"})
	}
	for _, e := range entries {
		assert.Zero(t, e.Status)
		assert.NotEmpty(t, e.Fault)
	}
}

func TestStorageFaults(t *testing.T) {
	var puts atomic.Int32
	account := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if r.Method == http.MethodPut {
			puts.Add(1)
		}
		w.WriteHeader(map[string]int{"DELETE": 202, "GET": 200}[r.Method] + map[string]int{"PUT": 201, "POST": 201}[r.Method])
	}))
	t.Cleanup(account.Close)
	storage, err := azurestorage.New(azurestorage.Options{})
	require.NoError(t, err)
	s := newService(t, customvision.Options{Storage: storage})
	create := func(name string) response {
		return s.call(
			"POST",
			"/projects?name="+name+"&exportModelContainerUri="+url.QueryEscape(account.URL+"/acct/models?sig=secret"),
			nil,
		)
	}
	s.addFault(`{"at":"storage","operation":"PutBlob","project":"a","status":403}`)
	s.addFault(`{"at":"storage","operation":"PutBlob","project":"b","reset":true,"times":3}`)
	s.addFault(`{"at":"storage","operation":"PutBlob","project":"c","status":503}`)
	message := s.requireError(create("a"), 400, "BadRequestInvalidUri")
	assert.Contains(t, message, "storage returned 403 AuthorizationPermissionMismatch")
	assert.Contains(t, s.requireError(create("b"), 400, "BadRequestInvalidUri"), "not reached")
	assert.Zero(t, puts.Load(), "no request reached storage")
	requireOK[object](s, create("c")) // a request is retried after a 503
	assert.Equal(t, int32(1), puts.Load())
	assert.Len(t, requireOK[[]object](s, s.call("GET", "/projects", nil)), 1, "refused projects were not created")
	operations := []string{}
	for _, e := range s.server.Journal().Entries(journal.Filter{Kind: journal.Storage}) {
		assert.NotContains(t, e.URL, "secret")
		operations = append(operations, fmt.Sprintf("%s %d fault %s", e.Operation, e.Status, e.Fault))
	}
	assert.Equal(t, []string{"PutBlob 403 fault 1", "PutBlob 0 fault 2", "PutBlob 0 fault 2", "PutBlob 0 fault 2",
		"PutBlob 503 fault 3", "PutBlob 201 fault ", "DeleteBlob 202 fault "}, operations)
}

func TestDurationsAndClock(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		start := time.Now()
		requireOK[object](s, s.control("PUT", "/durations", `{"training":"10m"}`))
		requireOK[object](s, s.control("PUT", "/durations/slow", `{"training":"1h"}`))
		all := requireOK[object](s, s.control("GET", "/durations", ""))
		slowOnly := map[string]any{"slow": map[string]any{"training": "1h0m0s", "export": "50ms", "import": "50ms"}}
		assert.Equal(t, object{"training": "10m0s", "export": "50ms", "import": "50ms", "projects": slowOnly}, all)
		usual, slow := s.create("usual", queueURI, "").id(), s.create("SLOW", queueURI, "").id()
		first, second := s.trainWithImages(usual), s.trainWithImages(slow)
		s.drainQueue(queueURI)
		clock := requireOK[object](s, s.control("GET", "/clock", ""))
		require.Len(t, clock["pending"], 2)
		assert.Equal(t, usual, clock["pending"].([]any)[0].(map[string]any)["project"])
		requireOK[object](s, s.control("POST", "/clock/advance", `{"by":"9m59s"}`))
		assert.Equal(t, "Training", s.iteration(usual, first)["status"])
		requireOK[object](s, s.control("POST", "/clock/advance", `{"by":"1s"}`))
		assert.Equal(t, "Completed", s.iteration(usual, first)["status"])
		assert.Equal(t, "Training", s.iteration(slow, second)["status"])
		assert.Len(t, s.storage.queue(queueURI), 1, "its message was sent before the response")
		assert.Empty(t, requireOK[object](s, s.control("POST", "/clock/advance", `{"by":"24h"}`))["pending"])
		done := s.iteration(slow, second)
		assert.Equal(t, "Completed", done["status"])
		assert.Equal(t, start.Add(24*time.Hour+10*time.Minute).UTC().Format("2006-01-02T15:04:05.999Z"), done["trainedAt"])
		assert.Zero(t, time.Since(start), "the clock of the bubble did not advance")
		assert.Equal(t, start.Add(24*time.Hour+10*time.Minute).UTC(), s.server.Now())
	})
}

func (s *service) trainWithImages(project string) string {
	s.Helper()
	s.addTaggedImages(project, "cat", "dog")
	return s.train(project)
}

func TestAdvancedClockKeepsRunning(t *testing.T) {
	inBubble(t, customvision.Options{TrainingDuration: 10 * time.Minute}, func(s *service) {
		iteration := ""
		project := s.create("p", "", "").id()
		iteration = s.trainWithImages(project)
		require.NoError(t, s.server.Advance(s.Context(), 9*time.Minute))
		<-time.After(59 * time.Second)
		synctest.Wait()
		assert.Equal(t, "Training", s.iteration(project, iteration)["status"])
		<-time.After(2 * time.Second)
		synctest.Wait()
		assert.Equal(t, "Completed", s.iteration(project, iteration)["status"])
	})
}

func TestReset(t *testing.T) {
	inBubble(t, customvision.Options{TrainingDuration: time.Minute}, func(s *service) {
		project := s.create("p", queueURI, "").id()
		s.trainWithImages(project)
		s.drainQueue(queueURI)
		s.addFault(`{"at":"training","times":-1}`)
		requireOK[object](s, s.control("PUT", "/durations", `{"training":"1s","export":"1s"}`))
		requireOK[object](s, s.control("POST", "/clock/advance", `{"by":"30s"}`))
		assert.Equal(t, 200, s.control("POST", "/reset", "").status)
		s.waitForWork()
		assert.Empty(t, requireOK[[]object](s, s.call("GET", "/projects", nil)))
		assert.Empty(t, s.storage.queue(queueURI), "pending work is dropped")
		assert.Empty(t, requireOK[[]object](s, s.control("GET", "/faults", "")))
		assert.Equal(t, time.Now().UTC(), s.server.Now())
		assert.Equal(t, customvision.Durations{Training: time.Minute, Export: customvision.DefaultExportDuration,
			Import: customvision.DefaultImportDuration}, s.server.Durations(""))
		assert.Len(t, requireOK[[]object](s, s.control("GET", "/journal", "")), 1, "only this request")
		assert.Equal(t, "p", s.create("p", "", "")["name"], "the name is not in use")
	})
}

func TestJournal(t *testing.T) {
	s := newService(t, customvision.Options{})
	project := s.create("p", "", "").id()
	s.call("PATCH", "/projects/"+project, object{"description": "new"})
	s.call("GET", "/nowhere", nil)
	s.key = "wrong"
	s.call("GET", "/projects", nil)
	entries := requireOK[[]object](s, s.control("GET", "/journal", ""))
	got := []string{}
	for _, e := range entries {
		got = append(got, fmt.Sprint(e["kind"], " ", e["method"], " ", e["operation"], " ", e["status"]))
		assert.NotEmpty(t, e["at"])
	}
	assert.Equal(
		t,
		[]string{"api POST CreateProject 200", "api PATCH UpdateProject 200", "api GET  404", "api GET  401"},
		got,
	)
	assert.Equal(t, `{"description":"new"}`, entries[1]["request"])
	assert.Contains(t, entries[1]["response"], `"description":"new"`)
	assert.Equal(t, project, entries[1]["project"])
	assert.Equal(t, "/customvision/v3.3/Training/projects/"+project, entries[1]["url"])
	assert.Len(t, requireOK[[]object](s, s.control("GET", "/journal?after=1&project="+project, "")), 1)
	assert.Len(t, requireOK[[]object](s, s.control("GET", "/journal?operation=*Project&kind=api", "")), 2)
	assert.Equal(t, 204, s.control("DELETE", "/journal", "").status)
	assert.Empty(t, requireOK[[]object](s, s.control("GET", "/journal", "")))
}

func TestControlErrors(t *testing.T) {
	s := newService(t, customvision.Options{})
	for _, c := range []struct {
		method, path, body string
		status             int
		problem            string
	}{
		{"POST", "/faults", `{}`, 400, `at: unknown value ""`},
		{"POST", "/faults", `{`, 400, "invalid fault"},
		{"POST", "/faults", strings.Repeat(" ", 2<<20), 413, "larger than 1048576 bytes"},
		{"GET", "/faults/7", "", 404, `there is no fault "7"`},
		{"DELETE", "/faults/7", "", 404, `there is no fault "7"`},
		{"PUT", "/durations", `{"training":"soon"}`, 400, `invalid duration "soon"`},
		{"PUT", "/durations", `{"training":"-1s"}`, 400, "durations must not be negative"},
		{"PUT", "/durations", `{"prediction":"1s"}`, 400, "unknown field"},
		{"POST", "/clock/advance", `{}`, 400, "by must be a positive duration"},
		{"POST", "/clock/advance", `{"by":"-1s"}`, 400, "by must be a positive duration"},
		{"GET", "/journal?kind=dog", "", 400, `unknown kind "dog" (use api, storage or work)`},
		{"GET", "/journal?after=x", "", 400, `invalid after "x": it must be the number of an entry`},
		{"GET", "/journal?since=1", "", 400, `unknown parameter "since"`},
		{"POST", "/health", "", 404, "there is no operation POST /health"},
		{"GET", "/nothing", "", 404, "there is no operation GET /nothing"},
	} {
		a := s.control(c.method, c.path, c.body)
		assert.Equal(t, c.status, a.status, c.path)
		assert.Contains(t, decode[map[string]string](s, a.body)["error"], c.problem, c.path)
	}
	r := httptest.NewRequestWithContext(t.Context(), "POST", "/reset", nil)
	r.Header.Set("Origin", "http://page.example")
	w := httptest.NewRecorder()
	s.server.Control().ServeHTTP(w, r)
	assert.Equal(t, http.StatusForbidden, w.Code)
	assert.Contains(t, string(s.control("GET", "/", "").body), "POST   /reset")
	health := requireOK[object](s, s.control("GET", "/health", ""))
	assert.Equal(t, "ok", health["status"])
	require.NoError(t, s.server.Close(t.Context()))
	stopping := s.control("GET", "/health", "")
	assert.Equal(t, http.StatusServiceUnavailable, stopping.status)
	assert.JSONEq(t, `{"status":"stopping"}`, string(stopping.body))
}

func TestControlMethodsOfServer(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		f, err := s.server.Faults().
			Add(fault.Fault{At: fault.API, Operation: "GetDomains", Effect: fault.Effect{Status: 503}})
		require.NoError(t, err)
		assert.Equal(t, 503, s.call("GET", "/domains", nil).status)
		f, _ = s.server.Faults().Get(f.ID)
		assert.Equal(t, 1, f.Fired)
		require.NoError(t, s.server.SetDurations("p", customvision.Durations{Training: time.Hour}))
		require.Error(t, s.server.SetDurations("", customvision.Durations{Export: -1}))
		assert.Equal(t, time.Hour, s.server.Durations("P").Training)
		require.NoError(t, s.server.Advance(s.Context(), time.Hour))
		require.Error(t, s.server.Advance(s.Context(), -time.Hour))
		assert.Len(t, s.server.Journal().Entries(journal.Filter{}), 1)
		require.NoError(t, s.server.Reset(s.Context()))
		assert.Empty(t, s.server.Journal().Entries(journal.Filter{}))
	})
}

// TestAdvanceAndResetWaitForStorage checks that both wait for blocked storage until their context ends.
func TestAdvanceAndResetWaitForStorage(t *testing.T) {
	storage := newMemoryStorage()
	inBubble(t, customvision.Options{Storage: blockedStorage{storage}}, func(s *service) {
		s.startTraining(queueURI)
		short, cancel := context.WithTimeout(s.Context(), time.Second)
		defer cancel()
		assert.ErrorIs(t, s.server.Advance(short, time.Minute), context.DeadlineExceeded)
		assert.ErrorIs(t, s.server.Reset(short), context.DeadlineExceeded)
		require.NoError(t, s.server.Reset(s.Context()), "it waits for the storage timeout")
	})
}

func FuzzControl(f *testing.F) {
	f.Add("/faults", []byte(`{"at":"api","status":503}`))
	f.Add("/durations", []byte(`{"training":"1s"}`))
	f.Add("/durations/p", []byte(`{"export":"1s"}`))
	f.Add("/clock/advance", []byte(`{"by":"1h"}`))
	f.Fuzz(func(t *testing.T, path string, body []byte) {
		target, err := url.ParseRequestURI(path)
		if err != nil || target.Host != "" || !strings.HasPrefix(path, "/") {
			return
		}
		server := customvision.New(customvision.Options{Clock: frozenClock{}})
		for _, method := range []string{"POST", "PUT"} {
			r := httptest.NewRequestWithContext(t.Context(), method, "/", strings.NewReader(string(body)))
			r.URL = target
			w := httptest.NewRecorder()
			server.Control().ServeHTTP(w, r)
			require.Less(t, w.Code, 500, "%s", w.Body)
			require.True(t, w.Body.Len() == 0 || w.Code >= 300 && w.Code < 400 || json.Valid(w.Body.Bytes()))
		}
	})
}
