package customvision_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision"
)

// frozenClock is stopped at the recorded time.
type frozenClock struct{}

func (frozenClock) Now() time.Time {
	return time.Date(2020, 11, 6, 16, 37, 26, 266_000_000, time.UTC)
}

func (frozenClock) AfterFunc(time.Duration, func()) func() bool { return func() bool { return true } }

// The document and its length are those of CreateUpdateDeleteProject.json in the session records of
// Azure/azure-sdk-for-net.
func TestNewProjectMatchesRecording(t *testing.T) {
	s := newService(t, customvision.Options{Clock: frozenClock{}})
	a := s.call("POST", "/projects?name=Test%20Project&description=This%20is%20a%20test%20project", nil)
	created := requireOK[object](s, a)
	assert.Len(t, a.body, 597)
	assert.Equal(t, "597", a.header.Get("Content-Length"))
	assert.Equal(t, `{"id":"`+created.id()+`","name":"Test Project","description":"This is a test project","settings":{`+
		`"domainId":"ee85a74c-405e-4adc-bb47-ffa8ca0c9f31","classificationType":"Multilabel","targetExportPlatforms":[],`+
		`"useNegativeSet":true,"detectionParameters":null,"imageProcessingSettings":{"augmentationMethods":{"rotation":true,`+
		`"scaling":true,"translation":true,"horizontal flip":true,"equalize":true,"solarize":true,"padtosquare":true}}},`+
		`"created":"2020-11-06T16:37:26.266Z","lastModified":"2020-11-06T16:37:26.266Z","thumbnailUri":null,`+
		`"drModeEnabled":false,"status":"Succeeded"}`, string(a.body))
	renamed := s.call(
		"PATCH",
		"/projects/"+created.id(),
		object{"name": "Another Name", "description": "Updated Project Description"},
	)
	assert.Len(t, renamed.body, 602)
}

// The recorded list of 14 domains has 3418 bytes. Four domains were added since.
func TestDomains(t *testing.T) {
	s := newService(t, customvision.Options{})
	added := []string{"2e37d7fb-3a54-486a-b4d6-cfc369af0018", "a8e3c40f-fb4a-466f-832a-5e457ae4a344",
		"a1db07ca-a19a-4830-bae8-e004a42dc863", "9c616dff-2e7d-ea11-af59-1866da359ce6"}
	names, size := []string{}, len("[]")-len(",")
	for _, document := range requireOK[[]json.RawMessage](s, s.call("GET", "/domains", nil)) {
		d := decode[object](s, document)
		names = append(names, d["name"].(string))
		assert.Equal(t, d, requireOK[object](s, s.call("GET", "/domains/"+d.id(), nil)))
		if !slices.Contains(added, d.id()) {
			size += len(document) + len(",")
		}
	}
	assert.Equal(t, 3418, size)
	assert.Len(t, names, 18)
	assert.Equal(t, []string{"General [A2]", "General [A1]", "General", "Food"}, names[:4])
	for _, id := range added {
		requireOK[object](s, s.call("POST", "/projects?name=p&domainId="+id, nil))
	}
}

func TestProjectsAreListedNewestFirst(t *testing.T) {
	s := newService(t, customvision.Options{})
	want := []string{}
	for range 3 {
		want = append([]string{s.create("p", "", "").id()}, want...)
	}
	assert.Equal(t, want, ids(requireOK[[]object](s, s.call("GET", "/projects", nil))))
}

func TestHeadersMatchRecording(t *testing.T) {
	s := newService(t, customvision.Options{})
	h := s.call("GET", "/domains", nil).header
	assert.Equal(t, "application/json; charset=utf-8", h.Get("Content-Type"))
	assert.Len(t, h.Get("Request-Id"), 36)
	assert.Equal(t, h.Get("Request-Id"), h.Get("apim-request-id"))
	assert.Equal(t, "max-age=31536000; includeSubDomains; preload", h.Get("Strict-Transport-Security"))
	assert.Equal(t, "nosniff", h.Get("X-Content-Type-Options"))
	deleted := s.call("DELETE", "/projects/"+s.create("p", "", "").id(), nil)
	assert.Equal(t, http.StatusNoContent, deleted.status)
	assert.Empty(t, deleted.body)
	assert.Empty(t, deleted.header.Get("Content-Type"))
}

func TestCreateProjectSettings(t *testing.T) {
	s := newService(t, customvision.Options{})
	query := "/projects?name=p&domainId=" + compactID + "&classificationType=multiclass&targetExportPlatforms=CoreML,onnx"
	got := requireOK[object](s, s.call("POST", query, nil)).settings()
	assert.Equal(t, compactID, got["domainId"])
	assert.Equal(t, "Multiclass", got["classificationType"])
	assert.Equal(t, []any{"CoreML", "ONNX"}, got["targetExportPlatforms"])
	detection := requireOK[object](s, s.call("POST", "/projects?name=q&domainId="+detectionID, nil)).settings()
	assert.Nil(t, detection["classificationType"])
}

func TestCreateProjectWithNameInUse(t *testing.T) {
	s := newService(t, customvision.Options{})
	names := []any{}
	for range 3 {
		names = append(names, s.create("p", "", "")["name"])
	}
	assert.Equal(t, []any{"p", "p (1)", "p (2)"}, names)
	assert.Len(t, requireOK[[]object](s, s.call("GET", "/projects", nil)), 3)
}

func TestURIsAreReturnedUnchanged(t *testing.T) {
	s := newService(t, customvision.Options{})
	const queue = queueURI + "?sv=1&sig=a%2Bb%3D"
	s.storage.add(queue, containerURI)
	created := s.create("p", queue, "")
	assert.Equal(t, queue, created.settings()["notificationQueueUri"])
	assert.NotContains(t, created.settings(), "exportModelContainerUri")
	raw := s.call("GET", "/projects/"+created.id(), nil).body
	assert.Contains(t, string(raw), `"`+queue+`"`, "not escaped")
}

func TestUpdateProjectKeepsOtherMembers(t *testing.T) {
	s := newService(t, customvision.Options{})
	before := s.create("p", queueURI, containerURI)
	path := "/projects/" + before.id()
	after := requireOK[object](s, s.call("PATCH", path, object{"description": "d"}))
	assert.Equal(t, before["settings"], after["settings"])
	assert.Equal(t, "p", after["name"])
	after = requireOK[object](s, s.call("PATCH", path, object{"name": "q", "settings": object{
		"classificationType": "Multiclass", "targetExportPlatforms": []string{"ONNX"},
		"imageProcessingSettings": object{"augmentationMethods": object{"Rotation": false}}}}))
	assert.Equal(t, "d", after["description"])
	assert.Equal(t, queueURI, after.settings()["notificationQueueUri"])
	assert.Equal(t, compactID, after.settings()["domainId"])
	methods := object(after.settings()["imageProcessingSettings"].(map[string]any))["augmentationMethods"].(map[string]any)
	assert.Equal(t, false, methods["rotation"])
	assert.Equal(t, true, methods["scaling"])
}

func TestUpdateProjectURIs(t *testing.T) {
	s := newService(t, customvision.Options{})
	project := s.create("p", "", "")
	project.settings()["notificationQueueUri"] = queueURI
	project.settings()["exportModelContainerUri"] = containerURI
	path := "/projects/" + project.id()
	after := requireOK[object](s, s.call("PATCH", path, project))
	assert.Equal(t, project["settings"], after["settings"])
	assert.Contains(t, s.nextMessage(queueURI), project.id())
	require.Len(t, s.storage.operations(), 3, "one test of each")
	requireOK[object](s, s.call("PATCH", path, project))
	assert.Len(t, s.storage.operations(), 6, "URIs that do not change are tested again")
	requireOK[object](s, s.call("PATCH", path, object{"name": "q"}))
	assert.Len(t, s.storage.operations(), 6, "URIs that an update does not name are not tested")
	after = requireOK[object](s, s.call("PATCH", path, object{"settings": object{"notificationQueueUri": ""}}))
	assert.NotContains(t, after.settings(), "notificationQueueUri")
	assert.Contains(t, after.settings(), "exportModelContainerUri")
	requireOK[object](s, s.call("PATCH", path, project))
	assert.Contains(t, s.nextMessage(queueURI), "ConnectionTest", "a URI that is set again is tested again")
}

func TestConnectionTestBlob(t *testing.T) {
	s := newService(t, customvision.Options{})
	s.create("p", queueURI, containerURI)
	operations := s.storage.operations()
	require.Len(t, operations, 3)
	put, deleted := operations[0], operations[1]
	assert.Regexp(t, `^put CustomVision-TestPermission/[0-9a-f-]{36}$`, put)
	assert.Equal(t, strings.TrimPrefix(put, "put "), strings.TrimPrefix(deleted, "delete "))
	assert.True(t, strings.HasPrefix(operations[2], "send "))
	assert.Empty(t, s.storage.blobs(containerURI))
}

func TestCreateProjectWithUnusableStorage(t *testing.T) {
	for name, c := range map[string]struct {
		queue, container string
		sent             bool // whether a request reaches storage
	}{
		"missing queue":                   {queue: queueURI + "0", sent: true},
		"missing container":               {queue: queueURI, container: containerURI + "0", sent: true},
		"both, queue missing":             {queue: queueURI + "0", container: containerURI, sent: true},
		"not a URI":                       {queue: "notes"},
		"relative":                        {queue: "/devstoreaccount1/notes"},
		"another scheme":                  {queue: "ftp://a.queue.core.windows.net/notes"},
		"no host":                         {queue: "https:///notes"},
		"bad host":                        {queue: "http://[::1/notes"},
		"no queue":                        {queue: "https://a.queue.core.windows.net/"},
		"path-style, no queue":            {queue: "http://127.0.0.1:10001/devstoreaccount1"},
		"a path below the queue":          {queue: queueURI + "/messages"},
		"a path below the container":      {container: "https://a.blob.core.windows.net/models/x"},
		"a container as queue":            {queue: "https://a.blob.core.windows.net/notes"},
		"a queue as container":            {container: "https://a.queue.core.windows.net/models"},
		"a name with capitals":            {container: "https://a.blob.core.windows.net/Models"},
		"a name that is too short":        {container: "https://a.blob.core.windows.net/ab"},
		"query without SAS":               {container: containerURI + "?restype=container"},
		"a user":                          {container: "https://u:p@a.blob.core.windows.net/models"},
		"a fragment":                      {container: containerURI + "#x"},
		"good container, malformed queue": {queue: "notes", container: containerURI},
	} {
		t.Run(name, func(t *testing.T) {
			s := newService(t, customvision.Options{})
			uris := object{"notificationQueueUri": c.queue, "exportModelContainerUri": c.container}
			s.requireError(s.call("POST", "/projects?name=p", uris), 400, "BadRequestInvalidUri")
			assert.Equal(t, "[]", string(s.call("GET", "/projects", nil).body))
			before := s.create("q", "", "")
			path := "/projects/" + before.id()
			s.requireError(s.call("PATCH", path, object{"name": "r", "settings": uris}), 400, "BadRequestInvalidUri")
			assert.Equal(t, before, requireOK[object](s, s.call("GET", path, nil)))
			assert.Equal(t, c.sent, len(s.storage.operations()) > 0)
			assert.Empty(t, s.storage.queue(queueURI))
			assert.Empty(t, s.storage.blobs(containerURI))
		})
	}
}

func TestProjectErrors(t *testing.T) {
	s := newService(t, customvision.Options{})
	path := "/projects/" + s.create("p", "", "").id()
	s.create("q", "", "")
	for name, c := range map[string]struct {
		method, path string
		body         any
		status       int
		code         string
	}{
		"no name":    {"POST", "/projects", nil, 400, "BadRequestProjectName"},
		"blank name": {"POST", "/projects?name=%20", nil, 400, "BadRequestProjectName"},
		"unknown domain": {
			"POST", "/projects?name=x&domainId=" + unknownID, nil, 400, "BadRequestProjectUnknownDomain",
		},
		"unknown classifier": {
			"POST", "/projects?name=x&classificationType=x", nil, 400, "BadRequestProjectUnknownClassification",
		},
		"unknown platform": {
			"POST", "/projects?name=x&targetExportPlatforms=x", nil, 400, "BadRequestProjectUnsupportedExportPlatform",
		},
		"body is not JSON": {"POST", "/projects?name=x", strings.NewReader("{"), 400, "BadRequest"},
		"body is too large": {
			"POST", "/projects?name=x", strings.NewReader(strings.Repeat(" ", 2<<20)), 413, "BadRequest",
		},
		"unknown project":      {"GET", "/projects/" + unknownID, nil, 404, "NotFoundProject"},
		"delete unknown":       {"DELETE", "/projects/" + unknownID, nil, 404, "NotFoundProject"},
		"update unknown":       {"PATCH", "/projects/" + unknownID, object{}, 404, "NotFoundProject"},
		"not a GUID":           {"GET", "/projects/x", nil, 400, "BadRequestInvalidIds"},
		"update without body":  {"PATCH", path, nil, 400, "BadRequest"},
		"update to no name":    {"PATCH", path, object{"name": ""}, 400, "BadRequestProjectName"},
		"update to name taken": {"PATCH", path, object{"name": "q"}, 400, "BadRequestProjectNameNotUnique"},
		"update of the status": {"PATCH", path, object{"status": "x"}, 400, "BadRequest"},
		"update of the type": {
			"PATCH", path, object{"settings": object{"domainId": detectionID}}, 400,
			"BadRequestProjectUnsupportedDomainTypeChange",
		},
		"unknown augmentation": {"PATCH", path, object{"settings": object{"imageProcessingSettings": object{
			"augmentationMethods": object{"x": true}}}}, 400, "BadRequestProjectImagePreprocessingSettings"},
		"unknown domain by id":    {"GET", "/domains/" + unknownID, nil, 404, "NotFoundDomain"},
		"unknown resource":        {"GET", "/nothing", nil, 404, "NotFound"},
		"unknown method":          {"PUT", "/projects", nil, 404, "NotFound"},
		"path with empty segment": {"GET", "//projects", nil, 404, "NotFound"},
	} {
		t.Run(name, func(t *testing.T) {
			s := *s
			s.T = t
			s.requireError(s.call(c.method, c.path, c.body), c.status, c.code)
		})
	}
	assert.Len(t, requireOK[[]object](s, s.call("GET", "/projects", nil)), 2)
}

func TestAccess(t *testing.T) {
	for name, key := range map[string]string{"missing": "", "wrong": "0123456789abcdef0123456789abcdef"} {
		t.Run(name, func(t *testing.T) {
			s := newService(t, customvision.Options{})
			s.key = key
			for _, path := range []string{"/projects?name=p&notificationQueueUri=" + queueURI, "/nothing"} {
				a := s.call("POST", path, nil)
				assert.Equal(t, http.StatusUnauthorized, a.status)
				assert.JSONEq(
					t,
					`{"error":{"code":"401","message":"Access denied due to invalid subscription key or wrong API endpoint. `+
						`Make sure to provide a valid key for an active subscription and use a correct regional API endpoint `+
						`for your resource."}}`,
					string(a.body),
				)
			}
			s.key = s.server.TrainingKey()
			assert.Equal(t, "[]", string(s.call("GET", "/projects", nil).body))
			assert.Empty(t, s.storage.operations())
		})
	}
}

// Mistakes in requests that would otherwise have another effect, or none.
func TestMisplacedStorageURIs(t *testing.T) {
	s := newService(t, customvision.Options{})
	project := "/projects/" + s.create("p", "", "").id()
	const sas = "https://a.queue.core.windows.net/notes?sv=2024-08-04&sig=x"
	for want, a := range map[string]response{
		"An & ended the parameter notificationQueueUri: percent-encode": s.call(
			"POST", "/projects?name=q&notificationQueueUri="+sas, nil),
		"are the two URIs swapped?": s.call(
			"POST", "/projects?name=q&exportModelContainerUri="+url.QueryEscape(sas), nil),
	} {
		assert.Contains(t, s.requireError(a, 400, "BadRequestInvalidUri"), want)
	}
	for _, a := range []response{
		s.call("PATCH", project+"?notificationQueueUri="+url.QueryEscape(queueURI), object{}),
		s.call("PATCH", project, object{"notificationQueueUri": queueURI}),
	} {
		message := s.requireError(a, 400, "BadRequest")
		assert.Equal(t, "UpdateProject reads notificationQueueUri in the settings of the body only.", message)
	}
	for body, want := range map[string]string{
		`{"name":`:   "unexpected end of JSON input at byte 8",
		`{"name":1}`: "name cannot be a JSON number",
	} {
		assert.Contains(t, s.requireError(s.call("PATCH", project, strings.NewReader(body)), 400, "BadRequest"), want)
	}
	assert.Empty(t, s.storage.operations())
}

func TestTrainingKey(t *testing.T) {
	assert.Equal(t, "k", customvision.New(customvision.Options{TrainingKey: "k"}).TrainingKey())
	first, second := customvision.New(customvision.Options{}), customvision.New(customvision.Options{})
	assert.Len(t, first.TrainingKey(), 32)
	assert.NotEqual(t, first.TrainingKey(), second.TrainingKey())
}

func TestPathSpellings(t *testing.T) {
	s := newService(t, customvision.Options{})
	for path, status := range map[string]int{
		"/customvision/v3.3/Training/domains":          200,
		"/CustomVision/V3.4-PREVIEW/TRAINING/Domains/": 200,
		"/customvision/v3.4/training/domains":          404,
		"/customvision/v3.3/prediction/domains":        404,
		"//customvision/v3.3/Training/domains":         200,
		"/customvision/v3.0/Training/domains":          200,
		"/customvision/v3.1/Training/domains":          200,
		"/customvision/v3.2/Training/domains":          200,
		"/customvision/v2.2/Training/domains":          404,
		"/customvision/v3.3/training":                  404,
		"/customvision":                                404,
		"/elsewhere":                                   404,
	} {
		request, err := http.NewRequestWithContext(t.Context(), "GET", s.origin+path, nil)
		require.NoError(t, err)
		request.Header.Set("training-key", s.key)
		a := s.do(request)
		assert.Equal(t, status, a.status, path)
		assert.True(t, json.Valid(a.body), path)
	}
	id := strings.ToUpper(s.create("p", "", "").id())
	requireOK[object](s, s.call("GET", "/projects/"+id, nil))
	general := requireOK[object](s, s.call("GET", "/domains/ee85a74c-405e-4adc-bb47-ffa8ca0c9f31", nil))
	assert.Equal(t, "General", general["name"])
}

// failingQueue is a storage whose queues accept no messages.
type failingQueue struct{ *memoryStorage }

func (failingQueue) SendMessage(context.Context, string, string) error {
	return errors.New("role is missing")
}

func TestStorageErrorIsReported(t *testing.T) {
	s := newService(t, customvision.Options{Storage: failingQueue{newMemoryStorage()}})
	message := s.requireError(
		s.call("POST", "/projects?name=p&notificationQueueUri="+queueURI, nil),
		400,
		"BadRequestInvalidUri",
	)
	assert.Contains(t, message, "role is missing")
}
