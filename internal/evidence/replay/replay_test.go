package replay_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/bundle"
	"github.com/cvconform/cvconform/internal/evidence/recording"
	"github.com/cvconform/cvconform/internal/evidence/replay"
	"github.com/cvconform/cvconform/steps/report"
)

const (
	service = "http://service.test"
	version = "/customvision/v3.3/Training"
	was     = "11111111-2222-3333-4444-555555555555" // id of the recorded project
	iter    = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee" // and of its iteration
	model   = "the model"
	digest  = "36cc7e3d6f6200756c81e18470827e9dac1c602fcd87761cbb0b8f015611c098" // of the model
	secret  = "the key of the caller"
)

// An account is a storage account that records its operations.
type account struct {
	*httptest.Server
	mu         sync.Mutex
	operations []string
	statuses   map[string]int // status of a queue or container, by name; 200 for all others
}

func newAccount(t *testing.T) *account {
	a := &account{statuses: map[string]int{}}
	a.Server = httptest.NewServer(a)
	t.Cleanup(a.Close)
	return a
}

func (a *account) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	words := strings.Split(strings.TrimPrefix(r.URL.Path, "/account/"), "/")
	if status := a.statuses[words[0]]; status != 0 {
		w.WriteHeader(status)
		return
	}
	body, _ := io.ReadAll(r.Body)
	switch r.Method {
	case http.MethodPost:
		var m struct{ MessageText string }
		_ = xml.Unmarshal(body, &m)
		a.operations = append(a.operations, "message "+m.MessageText)
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, "<QueueMessagesList></QueueMessagesList>")
	case http.MethodPut:
		a.operations = append(a.operations, fmt.Sprintf("put %s: %s", strings.Join(words[1:], "/"), body))
		w.WriteHeader(http.StatusCreated)
	case http.MethodDelete:
		a.operations = append(a.operations, "delete "+strings.Join(words[1:], "/"))
		w.WriteHeader(http.StatusAccepted)
	}
}

// waitFor waits for n operations, and returns them.
func (a *account) waitFor(t *testing.T, n int) []string {
	t.Helper()
	require.Eventually(t, func() bool {
		a.mu.Lock()
		defer a.mu.Unlock()
		return len(a.operations) >= n
	}, 10*time.Second, time.Millisecond)
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.operations)
}

func (a *account) connection() string {
	return "AccountName=account;AccountKey=" + base64.StdEncoding.EncodeToString(
		[]byte("key"),
	) + ";BlobEndpoint=" + a.URL + "/account;QueueEndpoint=" + a.URL + "/account"
}

func at(seconds float64) time.Time {
	return time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC).Add(time.Duration(seconds * float64(time.Second)))
}

func call(began float64, name, method, path string, status int, body string) evidence.Event {
	act := map[string]string{"TrainProject": "train", "GetIteration": "train", "ExportIteration": "export", "GetExports": "export"}[name]
	return evidence.Event{
		Kind: evidence.KindExchange,
		Act:  "create(both)" + act,
		Exchange: &evidence.Exchange{Call: name, Method: method, URL: service + version + path,
			Key: "right", Status: status, Body: body, Header: map[string]string{"Content-Type": "application/json"}, Began: at(began), Ended: at(began + 0.5)},
	}
}

func op(act string, began float64, o evidence.Operation) evidence.Event {
	o.Status, o.Began, o.Ended, o.Method = 201, at(began), at(began+0.1), "PUT"
	if o.Service == "" {
		o.Service, o.Resource = evidence.Blob, "cvc-r-01-c2"
	}
	return evidence.Event{Kind: evidence.KindOperation, Act: "create(both)" + act, Operation: &o}
}

func putMessage(text string) evidence.Operation {
	return evidence.Operation{
		Service:   evidence.Queue,
		Resource:  "cvc-r-01-q1",
		Name:      "PutMessage",
		Text:      text,
		MessageID: text[:9],
	}
}

// recorded returns the recording of a service that stores a test blob before its response, sends the message of a
// training when it is finished, and the message of an export too early.
func recorded() *recording.Recording {
	given := url.Values{
		"name":                    {"cvconform-r-01"},
		"description":             {"recorded"},
		"notificationQueueUri":    {"http://old/account/cvc-r-01-q1"},
		"exportModelContainerUri": {"http://old/account/cvc-r-01-c2"},
	}
	project := `{"id":"` + was + `","name":"cvconform-r-01","description":"recorded","settings":{"notificationQueueUri":"http://old/account/cvc-r-01-q1"}}`
	iteration := func(status string) string {
		return `{"id":"` + iter + `","projectId":"` + was + `","status":"` + status + `"}`
	}
	export := func(platform, status string) string {
		return `{"platform":"` + platform + `","status":"` + status + `","downloadUri":"http://models/m-11111111222233334444555555555555/x.` + platform + `?sig=⟦sig:1⟧\u0026se=2026"}`
	}
	at1, at2 := "/projects/"+was, "/projects/"+was+"/iterations/"+iter
	events := []evidence.Event{
		{
			Kind:     evidence.KindResource,
			Resource: &evidence.Resource{Service: evidence.Queue, Name: "cvc-r-01-q1", URI: "http://old/account/cvc-r-01-q1"},
		},
		{
			Kind:     evidence.KindResource,
			Resource: &evidence.Resource{Service: evidence.Blob, Name: "cvc-r-01-c2", URI: "http://old/account/cvc-r-01-c2"},
		},
		op(
			"",
			0.1,
			evidence.Operation{Name: "PutBlob", Object: "Test/" + was},
		), op("", 0.3, evidence.Operation{Name: "DeleteBlob", Object: "Test/" + was}),
		call(0, "CreateProject", "POST", "/projects?"+given.Encode(), 200, project),
		call(
			1,
			"GetProject",
			"GET",
			at1,
			200,
			project,
		), call(2, "GetProjects", "GET", "/projects", 200, `[{"id":"of another","name":"x"},`+project+`]`),
		call(
			3,
			"CreateTag",
			"POST",
			at1+"/tags?name=tag0",
			200,
			`{"id":"22222222-2222-3333-4444-555555555555","name":"tag0"}`,
		),
		call(4, "TrainProject", "POST", at1+"/train", 200, iteration("Training")),
		call(
			5,
			"GetIteration",
			"GET",
			at2,
			200,
			iteration("Training"),
		), call(700, "GetIteration", "GET", at2, 200, iteration("Completed")),
		op("train", 701, putMessage(`{"Training":"`+iter+`","queue":"http://old/account/cvc-r-01-q1"}`)),
		call(710, "ExportIteration", "POST", at2+"/export?platform=CoreML", 200, export("CoreML", "Exporting")),
		op("export", 711, putMessage(`{"early":"http://old/account/cvc-r-01-c2/`+was+`%20-%20x"}`)),
		call(712, "GetExports", "GET", at2+"/export", 200, "["+export("CoreML", "Exporting")+"]"),
		op(
			"export",
			713,
			evidence.Operation{
				Name:   "PutBlob",
				Object: was + " - " + iter + ".CoreML",
				SHA256: digest,
				Length: int64(len(model)),
			},
		),
		call(714, "GetExports", "GET", at2+"/export", 200, "["+export("ONNX", "Done")+","+export("CoreML", "Done")+"]"),
		{
			Kind: evidence.KindDownload,
			Download: &evidence.Download{
				Link:    "downloadUri",
				Subject: "CoreML",
				Via:     "plain",
				Status:  200,
				SHA256:  digest,
				Length:  int64(len(model)),
				URL:     "http://models/m-11111111222233334444555555555555/x.CoreML?sig=⟦sig:1⟧&se=2026",
			},
		},
	}
	x := call(720, "DeleteProject", "DELETE", at1, 204, "")
	x.Exchange.Header = nil
	return &recording.Recording{
		Run: report.Run{
			Target:  report.Target{Endpoint: service, APIVersion: "v3.3"},
			Storage: report.StorageInfo{SeenBlobEndpoint: "http://old/account", SeenQueueEndpoint: "http://old/account"},
			Budgets: map[string]string{"status-lag": "30s", "request": "10s"},
		},
		Situations:   []recording.Situation{{Key: "create(both)", Events: events}},
		Unattributed: []evidence.Event{call(0, "GetDomains", "GET", "/domains", 200, `[{"id":"d"}]`), x},
		ReadContent: func(sum string) ([]byte, error) {
			if sum == digest {
				return []byte(model), nil
			}
			return nil, nil
		},
	}
}

// A caller sends requests.
type caller struct {
	*testing.T
	url string
	key string
}

func startReplay(t *testing.T, a *account, r *recording.Recording) (*caller, *replay.Server) {
	t.Helper()
	server, err := replay.New(replay.Options{Recording: r, TrainingKey: secret, ConnectionString: a.connection()})
	require.NoError(t, err)
	listener := httptest.NewServer(server)
	t.Cleanup(func() {
		listener.Close()
		require.NoError(t, server.Close(context.WithoutCancel(t.Context())))
	})
	return &caller{t, listener.URL, secret}, server
}

// send returns the status and the body of a response.
func (c *caller) send(method, path string) (int, string) {
	c.Helper()
	if strings.HasPrefix(path, "/") {
		path = c.url + version + path
	}
	r, err := http.NewRequestWithContext(c.Context(), method, path, nil)
	require.NoError(c, err)
	if c.key != "" {
		r.Header.Set("Training-Key", c.key)
	}
	response, err := http.DefaultClient.Do(r)
	require.NoError(c, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(c, err)
	return response.StatusCode, string(body)
}

// get returns the body of a response, which must have the status 200.
func (c *caller) get(method, path string) string {
	c.Helper()
	status, body := c.send(method, path)
	require.Equal(c, 200, status, body)
	return body
}

func idIn(t *testing.T, body string) string {
	t.Helper()
	var doc struct{ ID string }
	require.NoError(t, json.Unmarshal([]byte(body), &doc))
	return doc.ID
}

// until repeats a request until the response has a text.
func (c *caller) until(path, text string) (body string) {
	c.Helper()
	require.Eventually(
		c,
		func() bool { body = c.get("GET", path); return strings.Contains(body, text) },
		10*time.Second,
		time.Millisecond,
	)
	return body
}

// create creates a project with both URIs.
func (c *caller) create(a *account) string {
	c.Helper()
	return c.get(
		"POST",
		"/projects?name=mine&notificationQueueUri="+url.QueryEscape(
			a.URL+"/account/own-q",
		)+"&exportModelContainerUri="+url.QueryEscape(
			a.URL+"/account/own-c",
		),
	)
}

func TestReplay(t *testing.T) {
	a := newAccount(t)
	c, server := startReplay(t, a, recorded())
	assert.Equal(t, `[{"id":"d"}]`, c.get("GET", "/domains"))
	assert.Equal(t, `[]`, c.get("GET", "/projects"))

	created := c.create(a)
	id := idIn(t, created)
	assert.NotEqual(t, was, id)
	assert.Equal(
		t,
		`{"id":"`+id+`","name":"mine","description":"recorded","settings":{"notificationQueueUri":"`+a.URL+`/account/own-q"}}`,
		created,
	)
	assert.Equal(t, []string{"put Test/" + id + ": ", "delete Test/" + id}, a.waitFor(t, 2), "both before the response")
	assert.Equal(t, created, c.get("GET", "/projects/"+id))
	assert.Equal(t, "["+created+"]", c.get("GET", "/projects"))
	tag := c.get("POST", "/projects/"+id+"/tags?name=ring")
	assert.Regexp(t, `^\{"id":"[0-9a-f-]{36}","name":"ring"\}$`, tag)
	assert.NotContains(t, tag, "22222222")

	iteration := idIn(t, c.get("POST", "/projects/"+id+"/train"))
	assert.NotEqual(t, iter, iteration)
	c.until("/projects/"+id+"/iterations/"+iteration, `"status":"Completed"`)
	assert.Equal(t, `message {"Training":"`+iteration+`","queue":"`+a.URL+`/account/own-q"}`, a.waitFor(t, 3)[2])

	at := "/projects/" + id + "/iterations/" + iteration + "/export"
	assert.Contains(t, c.get("POST", at+"?platform=CoreML"), "Exporting")
	assert.Equal(t, `message {"early":"`+a.URL+`/account/own-c/`+id+`%20-%20x"}`, a.waitFor(t, 4)[3])
	list := c.until(at, "Done")
	assert.NotContains(t, list, "ONNX", "that was another export of the recorded project")
	assert.Equal(t, "put "+id+" - "+iteration+".CoreML: "+model, a.waitFor(t, 5)[4])
	var exports []struct{ DownloadURI string }
	require.NoError(t, json.Unmarshal([]byte(list), &exports))
	assert.Regexp(
		t,
		"^"+regexp.QuoteMeta(
			c.url,
		)+`/replayed/\d+/m-`+strings.ReplaceAll(
			id,
			"-",
			"",
		)+`/x\.CoreML\?sig=[0-9a-f]{40}&se=2026$`,
		exports[0].DownloadURI,
	)
	c.key = ""
	assert.Equal(t, model, c.get("GET", exports[0].DownloadURI))

	c.key = secret
	status, _ := c.send("DELETE", "/projects/"+id)
	assert.Equal(t, 204, status)
	assert.Equal(t, `[]`, c.get("GET", "/projects"))
	assert.Empty(t, server.Notes())
}

// The status does not change before it was read: a message that was stored before its status is stored
// before it again.
func TestMessageBeforeItsStatus(t *testing.T) {
	a := newAccount(t)
	c, _ := startReplay(t, a, recorded())
	id := idIn(t, c.create(a))
	iteration := idIn(t, c.get("POST", "/projects/"+id+"/train"))
	at := "/projects/" + id + "/iterations/" + iteration
	c.until(at, "Completed")
	c.get("POST", at+"/export?platform=CoreML")
	a.waitFor(t, 4)
	for range 2 { // the first may have been on its way when the message was stored
		assert.Contains(t, c.get("GET", at+"/export"), "Exporting")
	}
	c.until(at+"/export", "Done")
}

func TestCallsThatAreNotRecorded(t *testing.T) {
	a := newAccount(t)
	a.statuses["missing"], a.statuses["forbidden"] = 404, 403
	c, _ := startReplay(t, a, recorded())
	id := idIn(t, c.create(a))
	create := func(queue string) string {
		return "POST /projects?name=mine&exportModelContainerUri=" + url.QueryEscape(
			a.URL+"/account/own-c",
		) + "&notificationQueueUri=" + url.QueryEscape(
			queue,
		)
	}
	for line, want := range map[string]string{
		"GET /projects/" + id + "/tags":                                "GET /customvision/v3.3/Training/projects/" + id + "/tags is not a call of the recorded run",
		"GET /projects/" + was:                                         "GetProject of a project that was not created here: " + was,
		"POST /projects?name=x":                                        "CreateProject: create(v3.3, queue none, container none) (recorded: create(v3.3, queue storage, container storage, in the query))",
		create(a.URL + "/account/missing"):                             "CreateProject: create(v3.3, queue missing, container storage, in the query)",
		create(a.URL + "/account/forbidden"):                           "CreateProject: create(v3.3, queue forbidden, container storage, in the query)",
		create("not a uri"):                                            "CreateProject: create(v3.3, queue not a uri, container storage, in the query)",
		create(a.URL+"/account/own-q") + "&domainId=g":                 "CreateProject with domain g (recorded: )",
		"POST /projects/" + id + "/train?forceTrain=true":              "TrainProject: train(forced) after create(",
		"POST /projects/" + id + "/images":                             "CreateImagesFromData: CreateImagesFromData 1 after create(",
		"GET /projects/" + id + "/iterations/i":                        "GetIteration of an iteration that was not trained here: i",
		"GET /projects/" + id + "/iterations/i/export":                 "GetExports: GetExports after create(",
		"PATCH /projects/" + id:                                        "UpdateProject: update(no project) after create(",
		"GET " + c.url + "/customvision/v3.4-preview/Training/domains": "API version v3.4-preview (recorded: v3.3)",
		"GET " + c.url + "/replayed/7/x":                               "the link /replayed/7/x",
		"GET " + c.url + "/replayed/x":                                 "the link /replayed/x",
	} {
		method, path, _ := strings.Cut(line, " ")
		status, body := c.send(method, path)
		assert.Equal(t, 501, status, line)
		assert.Contains(t, body, `"code":"NotRecorded","message":"not in the recording: `+want, line)
	}
	c.key = "another"
	_, body := c.send("GET", "/projects/"+id)
	assert.Contains(t, body, "not in the recording: GetProject with a key that is wrong")
	c.key = ""
	_, body = c.send("POST", "/projects?name=x")
	assert.Contains(t, body, "queue none, container none, key none")
}

func TestExportsAndTrainingsThatAreNotRecorded(t *testing.T) {
	a := newAccount(t)
	c, _ := startReplay(t, a, recorded())
	id := idIn(t, c.create(a))
	at := "/projects/" + id + "/iterations/" + idIn(t, c.get("POST", "/projects/"+id+"/train"))
	for line, want := range map[string]string{
		"POST " + at + "/export?platform=VAIDK":                             "ExportIteration: export(VAIDK) after create(",
		"POST /projects/" + id + "/iterations/other/export?platform=CoreML": "ExportIteration of an iteration that is not the latest: other",
		"POST /projects/" + id + "/train":                                   "TrainProject: train after create(",
	} {
		method, path, _ := strings.Cut(line, " ")
		_, body := c.send(method, path)
		assert.Contains(t, body, "not in the recording: "+want)
	}
	c.get("POST", at+"/export?platform=CoreML")
	_, body := c.send("POST", at+"/export?platform=CoreML")
	assert.Contains(t, body, "export(CoreML) for the second time")
}

// A marker of a secret is replaced by a placeholder secret, which Secrets returns.
func TestPlaceholderSecrets(t *testing.T) {
	a := newAccount(t)
	r := recorded()
	r.Situations[0].Events[11].Operation.Text = `{"key":"⟦account-key:2⟧","again":"⟦account-key:2⟧","token":"Bearer ⟦bearer:1⟧"}`
	c, server := startReplay(t, a, r)
	id := idIn(t, c.create(a))
	c.until("/projects/"+id+"/iterations/"+idIn(t, c.get("POST", "/projects/"+id+"/train")), "Completed")
	text := a.waitFor(t, 3)[2]
	secrets := server.Secrets()
	assert.Equal(t, 2, strings.Count(text, secrets["account-key"][0]))
	assert.Contains(t, text, "Bearer "+secrets["bearer"][0])
	assert.Len(t, secrets["sig"], 1)
	assert.NotContains(t, text, "⟦")
}

// A content that is not in the recording is replaced by a placeholder, always the same, with a note.
func TestPlaceholderContents(t *testing.T) {
	entries := map[string]string{"a.txt": "01", "b.txt": "02"}
	put := func(sum string, length int64, entries map[string]string) (string, []string) {
		a := newAccount(t)
		r := recorded()
		r.ReadContent = nil
		r.LeftOut = []bundle.OmittedContent{{SHA256: "ab", Length: length, Reason: bundle.TooLarge}}
		o := r.Situations[0].Events[15].Operation
		o.SHA256, o.Length = sum, length
		r.Situations[0].Events = append(r.Situations[0].Events, evidence.Event{Kind: evidence.KindBlob,
			Blob: &evidence.StoredBlob{Container: o.Resource, Name: o.Object, Length: length, SHA256: sum, Entries: entries}})
		c, server := startReplay(t, a, r)
		id := idIn(t, c.create(a))
		at := "/projects/" + id + "/iterations/" + idIn(t, c.get("POST", "/projects/"+id+"/train"))
		c.until(at, "Completed")
		a.waitFor(t, 3)
		c.get("POST", at+"/export?platform=CoreML")
		c.until(at+"/export", "Done")
		_, data, _ := strings.Cut(a.waitFor(t, 5)[4], ": ")
		return data, server.Notes()
	}
	one, notes := put("ab", 100, nil)
	again, _ := put("ab", 100, nil)
	other, missingNotes := put("cd", 100, nil)
	assert.Len(t, one, 100)
	assert.Equal(t, one, again)
	assert.NotEqual(t, one, other)
	assert.Equal(
		t,
		[]string{
			"the content ab… of 100 bytes is not in the recording (larger than 16 MiB): it is replaced by a placeholder",
		},
		notes,
	)
	assert.Equal(
		t,
		[]string{"the content cd… of 100 bytes is not in the recording (its file is gone): it is replaced by a placeholder"},
		missingNotes,
	)
	zipped, _ := put("ab", 100, entries)
	repacked, _ := put("cd", 100, entries)
	assert.NotEqual(t, zipped, repacked)
	names := evidence.Entries(strings.NewReader(zipped), int64(len(zipped)))
	assert.Len(t, names, 2)
	assert.Equal(t, names, evidence.Entries(strings.NewReader(repacked), int64(len(repacked))))
}

func TestNewNeedsAnAccount(t *testing.T) {
	_, err := replay.New(replay.Options{Recording: recorded(), ConnectionString: "nonsense"})
	assert.ErrorContains(t, err, "connection string")
}
