package customvision_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision"
)

// seedImages returns pictures from first on, with tags.
func seedImages(first, count int, tags ...string) []customvision.SeedImage {
	list := []customvision.SeedImage{}
	for n := first; n < first+count; n++ {
		list = append(list, customvision.SeedImage{Name: "picture", Data: picture(n), Tags: tags})
	}
	return list
}

// fruitProject returns a project that uses all members of a seed.
func fruitProject() customvision.SeedProject {
	return customvision.SeedProject{
		Name: "fruit", Description: "for pies", Domain: "general (compact)", ClassificationType: "multiclass",
		TargetExportPlatforms: []string{"onnx"},
		NotificationQueueURI:  queueURI, ExportModelContainerURI: containerURI,
		Tags:   []customvision.SeedTag{{Name: "apple", Description: "red"}, {Name: "pear"}, {Name: "none", Type: "negative"}},
		Images: append(append(seedImages(0, 5, "apple"), seedImages(5, 6, "pear")...), seedImages(20, 2)...),
		Iterations: []customvision.SeedIteration{{}, {Name: "second", Exports: []customvision.SeedExport{
			{Platform: "ONNX"}, {Platform: "tensorflow", Flavor: "tensorflowlite"}}}},
	}
}

func seedOf(projects ...customvision.SeedProject) customvision.Seed {
	return customvision.Seed{Projects: projects}
}

func TestSeedEqualsCreatedProject(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		wanted := fruitProject()
		require.NoError(t, s.server.Seed(s.Context(), seedOf(wanted, customvision.SeedProject{Name: "bare"})))
		projects := requireOK[[]object](s, s.call("GET", "/projects", nil))
		require.Len(t, projects, 2)
		project := projects[1]
		assert.Equal(t, wanted.ID().String(), project.id())
		assert.Equal(t, []any{"fruit", "for pies"}, []any{project["name"], project["description"]})
		for name, value := range map[string]any{
			"domainId": compactID, "classificationType": "Multiclass", "targetExportPlatforms": []any{"ONNX"},
			"notificationQueueUri": queueURI, "exportModelContainerUri": containerURI} {
			assert.Equal(t, value, project.settings()[name], name)
		}
		assert.Equal(t, "Multilabel", projects[0].settings()["classificationType"])

		path := "/projects/" + project.id()
		tags := []string{}
		for _, tag := range s.tags(project.id()) {
			tags = append(tags, strings.Join([]string{tag["name"].(string), tag["type"].(string)}, " "))
			assert.Equal(t, wanted.TagID(tag["name"].(string)).String(), tag.id())
			assert.Equal(t, map[string]any{"apple": 5.0, "pear": 6.0, "none": 0.0}[tag["name"].(string)], tag["imageCount"])
		}
		assert.Equal(t, []string{"apple Regular", "none Negative", "pear Regular"}, tags)
		all := requireOK[[]object](s, s.call("GET", path+"/images", nil))
		assert.Len(t, all, 13)
		assert.Contains(t, ids(all), wanted.ImageID(picture(7)).String())

		iterations := requireOK[[]object](s, s.call("GET", path+"/iterations", nil))
		require.Len(t, iterations, 2)
		for n, name := range []string{"Iteration 1", "second"} {
			assert.Equal(
				t,
				[]any{name, "Completed", wanted.IterationID(name).String()},
				[]any{iterations[n]["name"], iterations[n]["status"], iterations[n].id()},
			)
		}
		exports := s.exports(project.id(), iterations[1].id())
		require.Len(t, exports, 2)
		assert.Equal(
			t,
			[]any{"ONNX", "TensorFlow", "TensorFlowLite", "Done"},
			[]any{exports[0]["platform"], exports[1]["platform"], exports[1]["flavor"], exports[1]["status"]},
		)
		assert.Equal(t, http.StatusOK, s.get(exports[0]["downloadUri"].(string)).status)
		assert.Empty(t, s.exports(project.id(), iterations[0].id()))
	})
}

func ids(documents []object) []string {
	list := []string{}
	for _, d := range documents {
		list = append(list, d.id())
	}
	return list
}

func TestTrainSeededProject(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		require.NoError(t, s.server.Seed(s.Context(), seedOf(fruitProject())))
		s.drainQueue(queueURI)
		project := fruitProject().ID().String()
		s.requireError(s.call("POST", "/projects/"+project+"/train", nil), 400, "BadRequestTrainingNotNeeded")
		trained := requireOK[object](s, s.call("POST", "/projects/"+project+"/train?forceTrain=true", nil))
		assert.Equal(t, "Iteration 3", trained["name"])
		s.waitForWork()
		assert.Contains(t, s.nextMessage(queueURI), "TrainingCompleted")
		second := fruitProject().IterationID("second").String()
		s.requireError(
			s.call("POST", exportPath(project, second)+"?platform=ONNX", nil),
			400,
			"BadRequestExportAlreadyInProgress",
		)
		requireOK[object](s, s.call("POST", exportPath(project, second)+"?platform=CoreML", nil))
		s.waitForWork()
		assert.Contains(t, s.storage.blobs(containerURI), project+" - "+second+".CoreML")
		assert.Equal(t, "fruit (1)", s.create("fruit", "", "")["name"])
	})
}

func TestSeedTestsStorageConnection(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		require.NoError(t, s.server.Seed(s.Context(), seedOf(fruitProject())))
		s.waitForWork()
		var sent []string
		for _, operation := range s.storage.operations() {
			verb, _, _ := strings.Cut(operation, " ")
			sent = append(sent, verb)
		}
		assert.Equal(t, []string{"put", "delete", "send"}, sent)
		assert.Contains(t, s.nextMessage(queueURI), `"ConnectionTest"`)
		assert.Empty(t, s.storage.blobs(containerURI))
	})
}

func TestResetRestoresSeed(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		require.NoError(t, s.server.Advance(s.Context(), time.Hour))
		require.NoError(t, s.server.Seed(s.Context(), seedOf(fruitProject())))
		before := s.contents(fruitProject())
		project, second := fruitProject().ID().String(), fruitProject().IterationID("second").String()
		requireOK[object](s, s.call("POST", exportPath(project, second)+"?platform=CoreML", nil))
		s.upload(project, fruitProject().TagID("pear").String(), 100, 3)
		s.train(project)
		assert.Equal(
			t,
			204,
			s.call("DELETE", "/projects/"+project+"/tags/"+fruitProject().TagID("apple").String(), nil).status,
		)
		assert.Equal(
			t,
			204,
			s.call("DELETE", "/projects/"+project+"/iterations/"+fruitProject().IterationID("Iteration 1").String(), nil).status,
		)
		requireOK[object](s, s.call("PATCH", "/projects/"+project, object{"name": "vegetables"}))
		s.create("other", "", "")
		operations := len(s.storage.operations())
		require.NoError(t, s.server.Reset(s.Context()))
		s.waitForWork()
		assert.Equal(t, before, s.contents(fruitProject()))
		assert.Len(t, s.storage.operations(), operations, "storage is not tested again and work is dropped")
		assert.Equal(t, 204, s.call("DELETE", "/projects/"+project, nil).status)
		require.NoError(t, s.server.Reset(s.Context()))
		assert.Equal(t, before, s.contents(fruitProject()), "repeatedly")
		created, err := time.Parse(time.RFC3339, decode[object](s, []byte(before[0]))["created"].(string))
		require.NoError(t, err)
		assert.False(t, created.After(s.server.Now()), "no time is in the future")
	})
}

// contents returns all documents of a project without the signatures of links, which expire.
func (s *service) contents(p customvision.SeedProject) []string {
	s.Helper()
	path := "/projects/" + p.ID().String()
	signed := regexp.MustCompile(`\?sv=[^"]*`)
	documents := []string{}
	for _, resource := range []string{"", "/tags", "/iterations", "/images?take=256"} {
		a := s.call("GET", path+resource, nil)
		require.Equal(s, http.StatusOK, a.status, "%s", a.body)
		documents = append(documents, signed.ReplaceAllString(string(a.body), ""))
	}
	for _, e := range s.exports(p.ID().String(), p.IterationID("second").String()) {
		documents = append(documents, e["platform"].(string))
	}
	return append(documents, string(s.call("GET", path+"/images/count?tagIds="+p.TagID("apple").String(), nil).body))
}

func TestSeedReplacesAllProjects(t *testing.T) {
	inBubble(t, customvision.Options{TrainingDuration: time.Minute}, func(s *service) {
		project := s.create("old", queueURI, "").id()
		s.trainWithImages(project)
		require.NoError(t, s.server.SetDurations("", customvision.Durations{Training: time.Hour}))
		s.addFault(`{"at":"api","operation":"GetDomains","status":503}`)
		s.drainQueue(queueURI)
		require.NoError(t, s.server.Seed(s.Context(), seedOf(customvision.SeedProject{Name: "first"})))
		require.NoError(t, s.server.Seed(s.Context(), seedOf(customvision.SeedProject{Name: "last"})))
		s.waitForWork()
		assert.Empty(t, s.storage.queue(queueURI), "work of replaced projects is dropped")
		assert.Equal(
			t,
			[]string{customvision.SeedProject{Name: "last"}.ID().String()},
			ids(requireOK[[]object](s, s.call("GET", "/projects", nil))),
		)
		assert.Equal(t, time.Hour, s.server.Durations("").Training)
		assert.Len(t, s.server.Faults().List(), 1)
		require.NoError(t, s.server.Seed(s.Context(), customvision.Seed{}))
		assert.Empty(t, requireOK[[]object](s, s.call("GET", "/projects", nil)))
	})
}

// Scripts rely on the ids, so they must not change between versions of the fake.
func TestSeedIDsAreStable(t *testing.T) {
	p := customvision.SeedProject{Name: "fruit"}
	for want, id := range map[string]uuid.UUID{
		"5c4b2cdd-fe6d-5a29-bb62-4ef4c4e643f1": p.ID(), "0f1e33b6-01c9-55bb-a60b-641384ff5e92": p.TagID("apple"),
		"5d14c433-9470-5b07-a6cf-648062580806": p.IterationID("Iteration 1"),
		"2b6eaddb-02a2-5a3a-8ce8-4b48e295e3ab": p.ImageID([]byte("data")),
	} {
		assert.Equal(t, want, id.String())
		assert.Equal(t, uuid.Version(5), id.Version())
	}
	assert.NotEqual(t, p.TagID("x"), p.IterationID("x"))
	assert.NotEqual(t, p.TagID("x"), customvision.SeedProject{Name: "other"}.TagID("x"))
}

func TestSeedDomainByIDOrName(t *testing.T) {
	s := newService(t, customvision.Options{})
	for _, c := range []struct{ domain, kind, want string }{
		{"", "", "ee85a74c-405e-4adc-bb47-ffa8ca0c9f31"},
		{"", "ObjectDetection", "da2e3a8a-40a5-4171-82f4-58522f70fbc1"},
		{"GENERAL (compact)", "", compactID},
		{"General (compact)", "objectdetection", "a27d5ca5-bb19-49d8-a70a-fec086c47f5b"},
		{"Logo", "", "1d8ffafe-ec40-4fb2-8f90-72b3b6cecea4"},
		{strings.ToUpper(compactID), "", compactID},
	} {
		require.NoError(
			t,
			s.server.Seed(t.Context(), seedOf(customvision.SeedProject{Name: "p", Domain: c.domain, DomainType: c.kind})),
		)
		project := requireOK[[]object](s, s.call("GET", "/projects", nil))[0]
		assert.Equal(t, c.want, project.settings()["domainId"], "%s %s", c.domain, c.kind)
	}
}

func TestSeedMergesEqualPictures(t *testing.T) {
	s := newService(t, customvision.Options{})
	p := customvision.SeedProject{
		Name:   "p",
		Tags:   []customvision.SeedTag{{Name: "a"}, {Name: "b"}},
		Images: append(seedImages(0, 3, "a"), seedImages(2, 2, "b")...),
	}
	require.NoError(t, s.server.Seed(t.Context(), seedOf(p)))
	assert.Equal(t, "4", string(s.call("GET", "/projects/"+p.ID().String()+"/images/count", nil).body))
	for _, tag := range requireOK[[]object](s, s.call("GET", "/projects/"+p.ID().String()+"/tags", nil)) {
		assert.Equal(t, map[string]any{"a": 3.0, "b": 2.0}[tag["name"].(string)], tag["imageCount"])
	}
}

func TestTrainSeededDetectionProject(t *testing.T) {
	s := newService(t, customvision.Options{})
	p := customvision.SeedProject{
		Name:       "p",
		Domain:     "Logo",
		Tags:       []customvision.SeedTag{{Name: "a"}},
		Images:     seedImages(0, 15, "a"),
		Iterations: []customvision.SeedIteration{{}},
	}
	require.NoError(t, s.server.Seed(t.Context(), seedOf(p)))
	assert.Equal(t, "Completed", s.iteration(p.ID().String(), p.IterationID("Iteration 1").String())["status"])
}
