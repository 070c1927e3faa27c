package customvision_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision"
)

// sharedService is shared by all inputs of a fuzz test. It has a project with a trained iteration and five
// predictions.
type sharedService struct {
	once               sync.Once
	shared             *service
	project, iteration string
}

func newSharedService(f *testing.F, version string) *sharedService {
	storage := newMemoryStorage()
	server := customvision.New(customvision.Options{Storage: storage, TrainingDuration: 1, ExportDuration: 1})
	f.Cleanup(func() { require.NoError(f, server.Close(context.Background())) })
	return &sharedService{shared: &service{server: server, storage: storage, key: server.TrainingKey(), version: version,
		client: &http.Client{Transport: handlerTransport{server}}, origin: "http://vision.test"}}
}

// forTest returns the shared service for one input.
func (o *sharedService) forTest(t *testing.T) *service {
	s := *o.shared
	s.T = t
	o.once.Do(func() {
		o.project = s.create("p", queueURI, "").id()
		s.nextMessage(queueURI)
		s.addTaggedImages(o.project, "cat", "dog")
		o.iteration = s.train(o.project)
		s.nextMessage(queueURI)
		for n := range 5 {
			s.quickTest(o.project, 8+n, "")
		}
	})
	return &s
}

// requireValid requires a success or an error in the service's format.
func (s *service) requireValid(a response) {
	s.Helper()
	require.Less(s, a.status, 500, "%s", a.body)
	if a.status < 400 {
		return
	}
	var problem struct{ Code, Message string }
	require.NoError(s, json.Unmarshal(a.body, &problem), "%s", a.body)
	assert.NotEmpty(s, problem.Code)
	assert.NotEmpty(s, problem.Message)
}

func (s *service) iterationIDs(project string) []string {
	s.Helper()
	ids := []string{}
	for _, i := range requireOK[[]object](s, s.call("GET", "/projects/"+project+"/iterations", nil)) {
		ids = append(ids, i.id())
	}
	return ids
}

func FuzzTrainingParameters(f *testing.F) {
	f.Add("forceTrain=true", `{"selectedTags":[],"customBaseModelInfo":null}`)
	f.Add("forceTrain=true&trainingType=Advanced&reservedBudgetInHours=1&notificationEmailAddress=a@b.c", "")
	f.Add("reservedBudgetInHours=99999999999999999999", `{"selectedTags":["`+unknownID+`"]}`)
	f.Add("forcetrain=TRUE&%zz", `{"customBaseModelInfo":{"projectId":"`+unknownID+`","iterationId":"{`+unknownID+`}"}}`)
	f.Add("", `{"selectedTags":[null,{}]}`)
	o := newSharedService(f, "v3.4-preview")
	f.Fuzz(func(t *testing.T, query, body string) {
		s := o.forTest(t)
		a := s.call("POST", "/projects/"+o.project+"/train?"+validQuery(query), strings.NewReader(body))
		s.requireValid(a)
		if a.status != http.StatusOK {
			assert.Equal(t, []string{o.iteration}, s.iterationIDs(o.project))
			return
		}
		path := iterationPath(o.project, decode[object](s, a.body).id())
		assert.Equal(t, http.StatusNoContent, s.call("DELETE", path, nil).status)
		s.drainQueue(queueURI)
	})
}

// validQuery converts any text to a query that a client can send.
func validQuery(query string) string {
	return strings.Map(func(c rune) rune {
		if c <= ' ' || c == '#' || c > '~' {
			return '+'
		}
		return c
	}, query)
}

func FuzzPublication(f *testing.F) {
	f.Add("live", resourceID, "true")
	f.Add("", "", "")
	f.Add("a/b", strings.ToUpper(resourceID), "no")
	f.Add("\x00", resourceID+"/x", "1")
	f.Add("x", resourceID+"\xe6", "true")
	f.Add("..", "/subscriptions//resourceGroups//providers/Microsoft.CognitiveServices/accounts/", "FALSE")
	o := newSharedService(f, "v3.3")
	f.Fuzz(func(t *testing.T, name, resource, overwrite string) {
		s := o.forTest(t)
		query := url.Values{"publishName": {name}, "predictionId": {resource}, "overwrite": {overwrite}}
		a := s.publish(o.project, o.iteration, query.Encode())
		s.requireValid(a)
		document := s.iteration(o.project, o.iteration)
		if a.status != http.StatusOK {
			assert.Nil(t, document["publishName"])
			return
		}
		assert.Equal(t, name, document["publishName"])
		assert.Equal(t, resource, document["originalPublishResourceId"])
		assert.Equal(t, http.StatusNoContent, s.call("DELETE", iterationPath(o.project, o.iteration)+"/publish", nil).status)
	})
}

// FuzzPredictionQuery checks that the pages of a query end, and that a query changes nothing.
func FuzzPredictionQuery(f *testing.F) {
	f.Add(`{}`)
	f.Add(`{"maxCount":2,"orderBy":"Suggested","session":"1:3","continuation":"-2:` + unknownID + `"}`)
	f.Add(
		`{"maxCount":1,"tags":[{"id":"` + unknownID + `","minThreshold":1e-9}],` +
			`"startTime":"2000-01-01","endTime":"9999-12-31T23:59:59.999+14:00"}`,
	)
	f.Add(`{"iterationId":null,"tags":null,"application":"a","continuation":"1e308:` + unknownID + `"}`)
	f.Add(`{"maxCount":1,"session":"1:99999999999999999999"}`)
	o := newSharedService(f, "v3.3")
	f.Fuzz(func(t *testing.T, body string) {
		s := o.forTest(t)
		path := "/projects/" + o.project + "/predictions/query"
		a := s.call("POST", path, strings.NewReader(body))
		s.requireValid(a)
		for pages := 0; a.status == http.StatusOK; pages++ {
			require.LessOrEqual(t, pages, 5)
			response := decode[object](s, a.body)
			token := response["token"].(map[string]any)
			if token["continuation"] == nil {
				break
			}
			a = s.call("POST", path, token)
			require.Equal(t, http.StatusOK, a.status, "a token is taken back: %s", a.body)
		}
		assert.Len(t, s.predictions(o.project, object{})["results"], 5)
	})
}

// FuzzSuggestionQuery checks the same for suggestions, and that both queries agree.
func FuzzSuggestionQuery(f *testing.F) {
	f.Add(`{}`, "")
	f.Add(`{"threshold":0.5,"tagIds":[],"maxCount":1,"session":"0:1","sortBy":"UncertaintyDescending"}`, "IterationId=x")
	f.Add(`{"threshold":1e-320,"continuation":"0.5:`+unknownID+`"}`, "")
	f.Add(`{"threshold":null,"tagIds":["`+unknownID+`"],"maxCount":-0}`, "")
	f.Add(`{"tagIds":"x"}`, "iterationId=&iterationid=1")
	o := newSharedService(f, "v3.4-preview")
	untagged := sync.OnceFunc(func() { o.shared.uploadUntagged(o.project, 200, 3) })
	f.Fuzz(func(t *testing.T, body, query string) {
		s := o.forTest(t)
		o.shared.T = t
		untagged()
		path := "/projects/" + o.project + "/images/suggested"
		query = "?" + validQuery(query) + "&iterationId=" + o.iteration
		a := s.call("POST", path+query, strings.NewReader(body))
		s.requireValid(a)
		count := s.call("POST", path+"/count"+query, strings.NewReader(body))
		s.requireValid(count)
		for pages := 0; a.status == http.StatusOK; pages++ {
			require.Equal(t, http.StatusOK, count.status, "%s", count.body)
			require.LessOrEqual(t, pages, 3)
			token := decode[object](s, a.body)["token"].(map[string]any)
			if token["continuation"] == nil {
				break
			}
			a = s.call("POST", path+query, token)
			require.Equal(t, http.StatusOK, a.status, "a token is taken back: %s", a.body)
		}
	})
}

func FuzzImportToken(f *testing.F) {
	o := newSharedService(f, "v3.4-preview")
	token := sync.OnceValue(func() string { return o.shared.exportProject(o.project)["token"].(string) })
	f.Add("", "name", uint8(0))
	f.Add("x", "", uint8(200))
	f.Add("&sp=rw", " ", uint8(255))
	f.Add("prjexp-"+unknownID, "\xff", uint8(30))
	f.Fuzz(func(t *testing.T, text, name string, at uint8) {
		s := o.forTest(t)
		o.shared.T = t
		valid := token()
		cut := min(int(at), len(valid))
		sent := valid[:cut] + text + valid[cut:]
		before := len(requireOK[[]object](s, s.call("GET", "/projects", nil)))
		a := s.call("POST", importPath(sent, "&name="+url.QueryEscape(name)), nil)
		s.requireValid(a)
		after := requireOK[[]object](s, s.call("GET", "/projects", nil))
		if a.status != http.StatusOK {
			assert.Len(t, after, before, "nothing is created")
			return
		}
		imported := decode[object](s, a.body).id()
		assert.Equal(t, imported, after[0].id())
		assert.Equal(t, http.StatusNoContent, s.call("DELETE", "/projects/"+imported, nil).status)
	})
}

// FuzzArtifactPath checks that no path refers to a blob of another project.
func FuzzArtifactPath(f *testing.F) {
	o := newSharedService(f, "v3.3")
	f.Add("/m-PROJECT/ITERATION.ONNX.zip", true)
	f.Add("e-PROJECT/o-ITERATION?sig=x", false)
	f.Add("prjexp-PROJECT/project-export-info", true)
	f.Add("//../m-{PROJECT}/.zip", false)
	f.Add("i-urn:uuid:PROJECT/t-ITERATION", true)
	f.Fuzz(func(t *testing.T, path string, elsewhere bool) {
		s := o.forTest(t)
		project := o.project
		if elsewhere {
			project = unknownID
		}
		a := s.artifact(project, strings.NewReplacer("PROJECT", o.project, "ITERATION", o.iteration).Replace(path))
		s.requireValid(a)
		if a.status == http.StatusOK {
			assert.False(t, elsewhere)
			assert.NotEmpty(t, a.body)
		}
	})
}
