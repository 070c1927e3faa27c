package customvision_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision"
)

func (s *service) exportProject(project string) object {
	s.Helper()
	return requireOK[object](s, s.call("GET", "/projects/"+project+"/export", nil))
}

func importPath(token, more string) string {
	return "/projects/import?token=" + url.QueryEscape(token) + more
}

func (s *service) importProject(token, more string) object {
	s.Helper()
	return requireOK[object](s, s.call("POST", importPath(token, more), nil))
}

func (s *service) count(project, query string) string {
	s.Helper()
	return string(s.call("GET", "/projects/"+project+"/images/count?"+query, nil).body)
}

// The documents are those of ImportExportProject.json in the session records of Azure/azure-sdk-for-net: two tags
// count as four after a training.
func TestExportProject(t *testing.T) {
	inBubble(t, customvision.Options{ImportDuration: 5081 * time.Millisecond}, func(s *service) {
		project, _ := s.createTrained("p", "", "")
		digits := strings.ReplaceAll(project, "-", "")
		a := s.call("GET", "/projects/"+project+"/export", nil)
		assert.Regexp(s, `^{"iterationCount":1,"imageCount":10,"tagCount":4,"regionCount":0,"estimatedImportTimeInMS":5081,`+
			`"token":"http://vision\.test/customvisionfake/prjexp-`+digits+`/project-export-info\?sv=2017-04-17&sr=b&sig=[^&]+`+
			`&se=2000-01-02T00%3A01%3A00Z&sp=r"}$`, string(a.body))
		info := s.get(s.exportProject(project)["token"].(string))
		assert.Equal(
			s,
			`{"iterationCount":1,"imageCount":10,"tagCount":4,"regionCount":0,"estimatedImportTimeInMS":5081}`,
			string(info.body),
		)
		s.train(s.changeProject(project))
		s.requireError(s.call("GET", "/projects/"+project+"/export", nil), 400, "BadRequestExportWhileTraining")
		s.requireError(s.call("GET", "/projects/"+unknownID+"/export", nil), 404, "NotFoundProject")
	})
}

func TestImportProject(t *testing.T) {
	options := customvision.Options{ImportDuration: 20 * time.Second}
	inBubble(t, options, func(s *service) {
		s.version = "v3.4-preview"
		source, iteration := s.createTrained("p", queueURI, containerURI)
		requireOK[bool](s, s.publish(source, iteration, publishQuery("live")))
		token := s.exportProject(source)["token"].(string)
		a := s.call("POST", importPath(token, ""), nil)
		imported := requireOK[object](s, a)
		assert.Equal(
			s,
			[]any{"p (1)", "Importing", "2000-01-01T00:01:00Z"},
			[]any{imported["name"], imported["status"], imported["created"]},
		)
		assert.NotContains(s, string(a.body), "Uri\":\"", "the storage integration is not copied, and there are no links yet")
		assert.Equal(s, "0", s.count(imported.id(), ""), "nothing is partially imported")
		s.waitForWork()
		done := requireOK[object](s, s.call("GET", "/projects/"+imported.id(), nil))
		assert.Equal(s, []any{"Succeeded", "2000-01-01T00:01:20Z"}, []any{done["status"], done["lastModified"]})
		s.assertSameContents(source, imported.id())
		copied := requireOK[[]object](s, s.call("GET", "/projects/"+imported.id()+"/iterations", nil))
		require.Len(s, copied, 1)
		want := s.iteration(source, iteration)
		maps.Copy(
			want,
			object{"id": copied[0].id(), "projectId": imported.id(), "publishName": nil, "originalPublishResourceId": nil,
				"created": "2000-01-01T00:01:00Z", "lastModified": "2000-01-01T00:01:20Z"},
		)
		assert.NotEqual(s, iteration, copied[0].id())
		assert.Equal(s, want, copied[0], "trainedAt is that of the source (recorded)")
		s.requireError(s.call("POST", "/projects/"+imported.id()+"/train", nil), 400, "BadRequestTrainingNotNeeded")
		assert.Equal(s, "Iteration 2", s.iteration(imported.id(), s.trainAgain(imported.id()))["name"])
		assert.Len(s, s.storage.operations(), 4, "the ConnectionTest and Training messages of the source")
	})
}

// assertSameContents compares two projects without ids, all of which must differ.
func (s *service) assertSameContents(one, other string) {
	s.Helper()
	names := func(project string) (names []string, ids map[string]bool) {
		ids = map[string]bool{}
		for _, tag := range s.tags(project) {
			names = append(names, tag["name"].(string)+" "+s.count(project, "tagIds="+tag.id()))
			ids[tag.id()] = true
		}
		for _, image := range requireOK[[]object](s, s.call("GET", "/projects/"+project+"/images", nil)) {
			ids[image.id()] = true
			names = append(names, image["tags"].([]any)[0].(map[string]any)["tagName"].(string))
		}
		return names, ids
	}
	wantNames, wantIDs := names(one)
	gotNames, gotIDs := names(other)
	assert.Equal(s, wantNames, gotNames)
	for id := range gotIDs {
		assert.False(s, wantIDs[id], "a new id")
	}
}

func TestImportedIterationsPredictTheSame(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		source, iteration := s.createTrained("p", "", "")
		copied := s.importProject(s.exportProject(source)["token"].(string), "").id()
		s.waitForWork()
		same := requireOK[[]object](s, s.call("GET", "/projects/"+copied+"/iterations", nil))[0].id()
		for _, n := range []int{1, 99} {
			want, got := s.quickTest(source, n, "").predictions(), s.quickTest(copied, n, "").predictions()
			for k := range want {
				assert.NotEqual(s, want[k]["tagId"], got[k]["tagId"])
				assert.Equal(s, []any{want[k]["tagName"], want[k]["probability"]}, []any{got[k]["tagName"], got[k]["probability"]})
			}
		}
		path := "/performance?threshold=0.96"
		want := requireOK[object](s, s.call("GET", iterationPath(source, iteration)+path, nil))
		assert.Equal(s, want["recall"], requireOK[object](s, s.call("GET", iterationPath(copied, same)+path, nil))["recall"])
		requireOK[object](s, s.call("POST", exportPath(copied, same)+"?platform=ONNX", nil))
		s.waitForWork()
		assert.Equal(s, http.StatusOK, s.get(s.exports(copied, same)[0]["downloadUri"].(string)).status)
	})
}

func TestImportedIterationsHaveNewTagIDs(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		source := s.create("p", "", "").id()
		s.addTaggedImages(source, "cat", "dog", "fox")
		train := func(project string) response {
			tags := s.tags(project)
			return s.call("POST", "/projects/"+project+"/train", object{"selectedTags": []string{tags[0].id(), tags[2].id()}})
		}
		requireOK[object](s, train(source))
		s.waitForWork()
		copied := s.importProject(s.exportProject(source)["token"].(string), "").id()
		s.waitForWork()
		s.requireError(train(copied), 400, "BadRequestTrainingNotNeeded")
		requireOK[object](s, s.call("POST", "/projects/"+copied+"/train", nil))
	})
}

// The token refers to the project at the time of the export.
func TestExportIsASnapshot(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project, iteration := s.createTrained("p", "", "")
		token := s.exportProject(project)["token"].(string)
		s.uploadUntagged(s.changeProject(project), 100, 2)
		s.trainAgain(project)
		assert.Equal(s, http.StatusNoContent, s.call("DELETE", iterationPath(project, iteration), nil).status)
		requireOK[object](s, s.call("PATCH", "/projects/"+project, object{"name": "q", "description": "later"}))
		copied := s.importProject(token, "")
		s.waitForWork()
		assert.Equal(s, []any{"p", ""}, []any{copied["name"], copied["description"]})
		assert.Equal(s, "10", s.count(copied.id(), ""))
		assert.Len(s, s.tags(copied.id()), 2)
		assert.Equal(
			s,
			"Iteration 1",
			requireOK[[]object](s, s.call("GET", "/projects/"+copied.id()+"/iterations", nil))[0]["name"],
		)
		s.uploadUntagged(copied.id(), 200, 1)
		again := s.importProject(token, "").id()
		s.waitForWork()
		assert.Equal(s, "10", s.count(again, ""), "changes of one copy do not affect the next")
	})
}

func TestOnlyTrainedIterationsAreExported(t *testing.T) {
	inBubble(t, customvision.Options{FailTraining: []string{"bad-"}}, func(s *service) {
		project, _ := s.createTrained("bad-p", "", "")
		assert.Equal(s, 0.0, s.exportProject(project)["iterationCount"])
		copied := s.importProject(s.exportProject(project)["token"].(string), "&name=good").id()
		s.waitForWork()
		assert.Equal(s, "[]", string(s.call("GET", "/projects/"+copied+"/iterations", nil).body))
		s.train(copied)
	})
}

func TestImportName(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		token := s.exportProject(s.create("p", "", "").id())["token"].(string)
		names := []any{}
		for _, more := range []string{"", "&name=", "&name=q", "&name=q", "&name=%20r%20"} {
			names = append(names, s.importProject(token, more)["name"])
		}
		assert.Equal(s, []any{"p (1)", "p (2)", "q", "q (1)", "r"}, names)
		s.requireError(s.call("POST", importPath(token, "&name=%20"), nil), 400, "BadRequestProjectName")
		assert.Len(s, requireOK[[]object](s, s.call("GET", "/projects", nil)), 6)
	})
}

func TestInvalidImportTokens(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		project, iteration := s.createTrained("p", "", "")
		token := s.exportProject(project)["token"].(string)
		requireOK[object](s, s.call("POST", exportPath(project, iteration)+"?platform=ONNX", nil))
		s.waitForWork()
		foreign := newService(s.T, customvision.Options{})
		refused := []string{
			"x", "http://[::1", strings.Replace(token, "sig=", "sig=A", 1), strings.Replace(token, "2000", "2001", 1),
			strings.ReplaceAll(token, "prjexp", "e"),
			s.exports(project, iteration)[0]["downloadUri"].(string), // signed, but not for an exported project
			foreign.exportProject(foreign.create("p", "", "").id())["token"].(string),
		}
		for _, bad := range refused {
			s.requireError(s.call("POST", importPath(bad, ""), nil), 400, "BadRequestInvalidImportToken")
		}
		s.requireError(s.call("POST", "/projects/import", nil), 400, "BadRequestRequiredParamIsNull")
		other := strings.Replace(token, "vision.test", "elsewhere.test", 1)
		assert.Equal(s, "p (1)", s.importProject(other, "")["name"], "the host of the URL is ignored")
		<-time.After(24 * time.Hour)
		s.requireError(s.call("POST", importPath(token, ""), nil), 400, "BadRequestInvalidImportToken")
		token = s.exportProject(project)["token"].(string)
		assert.Equal(s, http.StatusNoContent, s.call("DELETE", "/projects/"+project, nil).status)
		s.requireError(s.call("POST", importPath(token, ""), nil), 400, "BadRequestInvalidImportToken")
		assert.Len(s, requireOK[[]object](s, s.call("GET", "/projects", nil)), 1)
	})
}

// A project that is being imported can only be read and deleted.
func TestRequestsDuringImport(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		source, _ := s.createTrained("p", "", "")
		token := s.exportProject(source)["token"].(string)
		project := s.importProject(token, "").id()
		path := "/projects/" + project
		for _, c := range []struct{ method, path string }{
			{"PATCH", ""}, {"POST", "/train"}, {"POST", "/tags?name=x"}, {"DELETE", "/tags/" + unknownID}, {"GET", "/export"},
			{"DELETE", "/iterations/" + unknownID}, {"DELETE", "/predictions?ids=" + unknownID},
		} {
			s.requireError(s.call(c.method, path+c.path, object{}), 400, "BadRequestOperationNotSupported")
		}
		for _, read := range []string{"/tags", "/images", "/iterations"} {
			assert.Equal(s, "[]", string(s.call("GET", path+read, nil).body))
		}
		assert.Equal(s, http.StatusNoContent, s.call("DELETE", path, nil).status)
		s.waitForWork()
		s.requireError(s.call("GET", path, nil), 404, "NotFoundProject")
		assert.Len(s, requireOK[[]object](s, s.call("GET", "/projects", nil)), 1)
	})
}

// The copy-move guide has the status Failed.
func TestImportFails(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		token := s.exportProject(s.create("p", "", "").id())["token"].(string)
		s.addFault(`{"at":"import","project":"p*"}`)
		for _, want := range []string{"Failed", "Succeeded"} {
			project := s.importProject(token, "").id()
			s.waitForWork()
			assert.Equal(s, want, requireOK[object](s, s.call("GET", "/projects/"+project, nil))["status"])
		}
	})
}

func TestImportDuration(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		token := s.exportProject(s.create("p", "", "").id())["token"].(string)
		requireOK[object](s, s.control("PUT", "/durations", `{"import":"1h"}`))
		assert.Equal(s, 3_600_000.0, s.exportProject(s.create("q", "", "").id())["estimatedImportTimeInMS"])
		project := s.importProject(token, "").id()
		pending := requireOK[object](s, s.control("GET", "/clock", ""))["pending"].([]any)
		assert.Equal(s, "Import", pending[0].(map[string]any)["what"])
		s.waitForWork()
		assert.Equal(s, "Importing", requireOK[object](s, s.call("GET", "/projects/"+project, nil))["status"])
		require.NoError(s, s.server.Advance(s.Context(), time.Hour))
		assert.Equal(s, "Succeeded", requireOK[object](s, s.call("GET", "/projects/"+project, nil))["status"])
		assert.Error(s, s.server.SetDurations("", customvision.Durations{Import: -1}))
	})
}
