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

// seedImages are pictures from first on, under tags.
func seedImages(first, count int, tags ...string) []customvision.SeedImage {
	list := []customvision.SeedImage{}
	for n := first; n < first+count; n++ {
		list = append(list, customvision.SeedImage{Name: "picture", Data: picture(n), Tags: tags})
	}
	return list
}

// fruit is a project with all that a seed can have.
func fruit() customvision.SeedProject {
	return customvision.SeedProject{
		Name: "fruit", Description: "for pies", Domain: "general (compact)", ClassificationType: "multiclass", TargetExportPlatforms: []string{"onnx"},
		NotificationQueueURI: queueURI, ExportModelContainerURI: containerURI,
		Tags:   []customvision.SeedTag{{Name: "apple", Description: "red"}, {Name: "pear"}, {Name: "none", Type: "negative"}},
		Images: append(append(seedImages(0, 5, "apple"), seedImages(5, 6, "pear")...), seedImages(20, 2)...),
		Iterations: []customvision.SeedIteration{{}, {Name: "second", Exports: []customvision.SeedExport{
			{Platform: "ONNX"}, {Platform: "tensorflow", Flavor: "tensorflowlite"}}}},
	}
}

func seedOf(projects ...customvision.SeedProject) customvision.Seed {
	return customvision.Seed{Projects: projects}
}

func TestSeedIsThereAsIfItHadBeenMade(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		wanted := fruit()
		require.NoError(t, s.server.Seed(s.Context(), seedOf(wanted, customvision.SeedProject{Name: "bare"})))
		projects := must[[]object](s, s.call("GET", "/projects", nil))
		require.Len(t, projects, 2)
		made := projects[0]
		assert.Equal(t, wanted.ID().String(), made.id())
		assert.Equal(t, []any{"fruit", "for pies"}, []any{made["name"], made["description"]})
		for name, value := range map[string]any{"domainId": compactID, "classificationType": "Multiclass", "targetExportPlatforms": []any{"ONNX"},
			"notificationQueueUri": queueURI, "exportModelContainerUri": containerURI} {
			assert.Equal(t, value, made.settings()[name], name)
		}
		assert.Equal(t, "Multilabel", projects[1].settings()["classificationType"])

		path := "/projects/" + made.id()
		tags := []string{}
		for _, tag := range must[[]object](s, s.call("GET", path+"/tags", nil)) {
			tags = append(tags, strings.Join([]string{tag["name"].(string), tag["type"].(string)}, " "))
			assert.Equal(t, wanted.TagID(tag["name"].(string)).String(), tag.id())
			assert.Equal(t, map[string]any{"apple": 5.0, "pear": 6.0, "none": 0.0}[tag["name"].(string)], tag["imageCount"])
		}
		assert.Equal(t, []string{"apple Regular", "pear Regular", "none Negative"}, tags)
		all := must[[]object](s, s.call("GET", path+"/images", nil))
		assert.Len(t, all, 13)
		assert.Contains(t, ids(all), wanted.ImageID(picture(7)).String())

		iterations := must[[]object](s, s.call("GET", path+"/iterations", nil))
		require.Len(t, iterations, 2)
		for n, name := range []string{"Iteration 1", "second"} {
			assert.Equal(
				t,
				[]any{name, "Completed", wanted.IterationID(name).String()},
				[]any{iterations[n]["name"], iterations[n]["status"], iterations[n].id()},
			)
		}
		exports := s.exports(made.id(), iterations[1].id())
		require.Len(t, exports, 2)
		assert.Equal(
			t,
			[]any{"ONNX", "TensorFlow", "TensorFlowLite", "Done"},
			[]any{exports[0]["platform"], exports[1]["platform"], exports[1]["flavor"], exports[1]["status"]},
		)
		assert.Equal(t, http.StatusOK, s.get(exports[0]["downloadUri"].(string)).status)
		assert.Empty(t, s.exports(made.id(), iterations[0].id()))
	})
}

func ids(documents []object) []string {
	list := []string{}
	for _, d := range documents {
		list = append(list, d.id())
	}
	return list
}

func TestSeededProjectWorksOn(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		require.NoError(t, s.server.Seed(s.Context(), seedOf(fruit())))
		s.drain(queueURI)
		project := fruit().ID().String()
		s.refused(s.call("POST", "/projects/"+project+"/train", nil), 400, "BadRequestTrainingNotNeeded")
		trained := must[object](s, s.call("POST", "/projects/"+project+"/train?forceTrain=true", nil))
		assert.Equal(t, "Iteration 3", trained["name"])
		s.settle()
		assert.Contains(t, s.message(queueURI), "TrainingCompleted")
		second := fruit().IterationID("second").String()
		s.refused(s.call("POST", exportPath(project, second)+"?platform=ONNX", nil), 400, "BadRequestExportAlreadyInProgress")
		must[object](s, s.call("POST", exportPath(project, second)+"?platform=CoreML", nil))
		s.settle()
		assert.Contains(t, s.storage.blobs(containerURI), project+" - "+second+".CoreML")
		assert.Equal(t, "fruit (1)", s.create("fruit", "", "")["name"])
	})
}

func TestSeedAsksStorageForTheConnectionOnly(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		require.NoError(t, s.server.Seed(s.Context(), seedOf(fruit())))
		s.settle()
		var sent []string
		for _, operation := range s.storage.operations() {
			what, _, _ := strings.Cut(operation, " ")
			sent = append(sent, what)
		}
		assert.Equal(t, []string{"put", "delete", "send"}, sent)
		assert.Contains(t, s.message(queueURI), `"ConnectionTest"`)
		assert.Empty(t, s.storage.blobs(containerURI))
	})
}

func TestResetComesBackToTheSeed(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		require.NoError(t, s.server.Advance(s.Context(), time.Hour))
		require.NoError(t, s.server.Seed(s.Context(), seedOf(fruit())))
		before := s.everything(fruit())
		project, second := fruit().ID().String(), fruit().IterationID("second").String()
		must[object](s, s.call("POST", exportPath(project, second)+"?platform=CoreML", nil))
		s.upload(project, fruit().TagID("pear").String(), 100, 3)
		s.train(project)
		assert.Equal(t, 204, s.call("DELETE", "/projects/"+project+"/tags/"+fruit().TagID("apple").String(), nil).status)
		assert.Equal(
			t,
			204,
			s.call("DELETE", "/projects/"+project+"/iterations/"+fruit().IterationID("Iteration 1").String(), nil).status,
		)
		must[object](s, s.call("PATCH", "/projects/"+project, object{"name": "vegetables"}))
		s.create("other", "", "")
		operations := len(s.storage.operations())
		require.NoError(t, s.server.Reset(s.Context()))
		s.settle()
		assert.Equal(t, before, s.everything(fruit()))
		assert.Len(t, s.storage.operations(), operations, "storage is not asked again, and work is dropped")
		assert.Equal(t, 204, s.call("DELETE", "/projects/"+project, nil).status)
		require.NoError(t, s.server.Reset(s.Context()))
		assert.Equal(t, before, s.everything(fruit()), "again and again")
		created, err := time.Parse(time.RFC3339, decode[object](s, []byte(before[0]))["created"].(string))
		require.NoError(t, err)
		assert.False(t, created.After(s.server.Now()), "nothing is from the future")
	})
}

// everything is what there is to see of a project but signatures, which expire.
func (s *service) everything(p customvision.SeedProject) []string {
	s.Helper()
	path := "/projects/" + p.ID().String()
	signed := regexp.MustCompile(`\?sv=[^"]*`)
	seen := []string{}
	for _, resource := range []string{"", "/tags", "/iterations", "/images?take=256"} {
		a := s.call("GET", path+resource, nil)
		require.Equal(s, http.StatusOK, a.status, "%s", a.body)
		seen = append(seen, signed.ReplaceAllString(string(a.body), ""))
	}
	for _, e := range s.exports(p.ID().String(), p.IterationID("second").String()) {
		seen = append(seen, e["platform"].(string))
	}
	return append(seen, string(s.call("GET", path+"/images/count?tagIds="+p.TagID("apple").String(), nil).body))
}

func TestSeedTakesThePlaceOfAllProjects(t *testing.T) {
	inBubble(t, customvision.Options{TrainingDuration: time.Minute}, func(s *service) {
		project := s.create("old", queueURI, "").id()
		s.trainFilled(project)
		require.NoError(t, s.server.SetDurations("", customvision.Durations{Training: time.Hour}))
		s.fault(`{"at":"api","operation":"GetDomains","status":503}`)
		s.drain(queueURI)
		require.NoError(t, s.server.Seed(s.Context(), seedOf(customvision.SeedProject{Name: "first"})))
		require.NoError(t, s.server.Seed(s.Context(), seedOf(customvision.SeedProject{Name: "last"})))
		s.settle()
		assert.Empty(t, s.storage.queue(queueURI), "work for what was there is dropped")
		assert.Equal(
			t,
			[]string{customvision.SeedProject{Name: "last"}.ID().String()},
			ids(must[[]object](s, s.call("GET", "/projects", nil))),
		)
		assert.Equal(t, time.Hour, s.server.Durations("").Training)
		assert.Len(t, s.server.Faults().List(), 1)
		require.NoError(t, s.server.Seed(s.Context(), customvision.Seed{}))
		assert.Empty(t, must[[]object](s, s.call("GET", "/projects", nil)))
	})
}

// The ids are what scripts rely on: they may not change from one version of the
// fake to the next.
func TestIDsOfASeedAreStable(t *testing.T) {
	p := customvision.SeedProject{Name: "fruit"}
	for want, id := range map[string]uuid.UUID{
		"5c4b2cdd-fe6d-5a29-bb62-4ef4c4e643f1": p.ID(), "0f1e33b6-01c9-55bb-a60b-641384ff5e92": p.TagID("apple"), "5d14c433-9470-5b07-a6cf-648062580806": p.IterationID("Iteration 1"), "2b6eaddb-02a2-5a3a-8ce8-4b48e295e3ab": p.ImageID([]byte("data")),
	} {
		assert.Equal(t, want, id.String())
		assert.Equal(t, uuid.Version(5), id.Version())
	}
	assert.NotEqual(t, p.TagID("x"), p.IterationID("x"))
	assert.NotEqual(t, p.TagID("x"), customvision.SeedProject{Name: "other"}.TagID("x"))
}

func TestDomainsOfASeedGoByIDOrName(t *testing.T) {
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
		made := must[[]object](s, s.call("GET", "/projects", nil))[0]
		assert.Equal(t, c.want, made.settings()["domainId"], "%s %s", c.domain, c.kind)
	}
}

func TestPictureUnderSeveralTagsIsOneImage(t *testing.T) {
	s := newService(t, customvision.Options{})
	p := customvision.SeedProject{
		Name:   "p",
		Tags:   []customvision.SeedTag{{Name: "a"}, {Name: "b"}},
		Images: append(seedImages(0, 3, "a"), seedImages(2, 2, "b")...),
	}
	require.NoError(t, s.server.Seed(t.Context(), seedOf(p)))
	assert.Equal(t, "4", string(s.call("GET", "/projects/"+p.ID().String()+"/images/count", nil).body))
	for _, tag := range must[[]object](s, s.call("GET", "/projects/"+p.ID().String()+"/tags", nil)) {
		assert.Equal(t, map[string]any{"a": 3.0, "b": 2.0}[tag["name"].(string)], tag["imageCount"])
	}
}

func TestSeededDetectionCanBeTrained(t *testing.T) {
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
