package customvision_test

import (
	"context"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision"
)

// invalidSeedProjects returns projects with invalid members by the expected error.
func invalidSeedProjects() map[string]customvision.SeedProject {
	return map[string]customvision.SeedProject{
		`project 2: the name is missing`:                       {},
		`project 2: the name " x" begins or ends with a space`: {Name: " x"},
		`project 2: the name "old" is used twice`:              {Name: "old"},
		`project "x": unknown domain "Genral" (use General [A2], General [A1], General, Food,`: {
			Name: "x", Domain: "Genral",
		},
		`project "x": unknown domain "Food" (use General [A1], General, Logo,`: {
			Name: "x", Domain: "Food", DomainType: "ObjectDetection",
		},
		`project "x": unknown domain type "Dog" (use Classification or ObjectDetection)`: {
			Name: "x", DomainType: "Dog",
		},
		`project "x": classification type "Multilabel" is set, but the domain is for object detection`: {
			Name: "x", Domain: "Logo", ClassificationType: "Multilabel",
		},
		`project "x": "Some" is not a classification type (use Multiclass or Multilabel).`: {
			Name: "x", ClassificationType: "Some",
		},
		`project "x": "PalmOS" is not an export platform.`: {
			Name: "x", TargetExportPlatforms: []string{"PalmOS"},
		},
		`project "x": its queue has an invalid URI`: {
			Name: "x", NotificationQueueURI: "notifications",
		},
		`project "x": its container has an invalid URI`: {
			Name: "x", ExportModelContainerURI: "http://127.0.0.1/a/B",
		},
		`project "x": The queue cannot be used: storage returned 404 QueueNotFound.`: {
			Name: "x", NotificationQueueURI: "http://127.0.0.1/a/missing",
		},
		`project "x": The container cannot be used`: {
			Name: "x", ExportModelContainerURI: "http://127.0.0.1/a/missing",
		},
	}
}

// invalidSeedContents returns projects with invalid tags, images or iterations by the expected error.
func invalidSeedContents() map[string]customvision.SeedProject {
	type seedProject = customvision.SeedProject
	change := func(f func(*seedProject)) customvision.SeedProject {
		p := fruitProject()
		f(&p)
		return p
	}
	return map[string]customvision.SeedProject{
		`project "fruit": tag 4: the name is missing`: change(func(p *seedProject) {
			p.Tags = append(p.Tags, customvision.SeedTag{})
		}),
		`project "fruit": tag 4: the name "pear" is used twice`: change(func(p *seedProject) {
			p.Tags = append(p.Tags, customvision.SeedTag{Name: "pear"})
		}),
		`project "fruit": tag "apple": "Odd" is not a type of tag.`: change(func(p *seedProject) {
			p.Tags[0].Type = "Odd"
		}),
		`project "fruit": tag "none": The project has a negative tag already.`: change(func(p *seedProject) {
			p.Tags[0].Type = "Negative"
		}),
		`project "fruit": image picture: unknown tag "plum"`: change(func(p *seedProject) {
			p.Images[0].Tags = []string{"plum"}
		}),
		`project "fruit": image a.txt: refused with status ErrorImageFormat`: change(func(p *seedProject) {
			p.Images[0] = customvision.SeedImage{Name: "a.txt", Data: []byte("text")}
		}),
		`project "fruit": image picture: refused with status ErrorTagLimitExceed`: change(func(p *seedProject) {
			p.Images[0].Tags = []string{"apple", "pear"}
		}),
		`project "fruit": image copy is a duplicate of picture`: change(func(p *seedProject) {
			p.Images = append(p.Images, customvision.SeedImage{Name: "copy", Data: picture(0), Tags: []string{"apple"}})
		}),
		`project "fruit": image bare is a duplicate of picture`: change(func(p *seedProject) {
			p.Images = append(p.Images, customvision.SeedImage{Name: "bare", Data: picture(0)})
		}),
		`project "fruit": iteration 3: the name "second" is used twice`: change(func(p *seedProject) {
			p.Iterations = append(p.Iterations, customvision.SeedIteration{Name: "second"})
		}),
		`project "fruit": iteration "Iteration 1": Not enough images per tag for training`: change(func(p *seedProject) {
			p.Images = p.Images[1:]
		}),
		`project "fruit": iteration "second": the domain General (compact) cannot be exported`: change(func(p *seedProject) {
			p.Iterations[1].Exports[0].Platform = "PalmOS"
		}),
		`project "fruit": iteration "second": the platform ONNX has no flavor "Sweet"`: change(func(p *seedProject) {
			p.Iterations[1].Exports[0].Flavor = "Sweet"
		}),
		`project "fruit": iteration "second": the export ONNX is listed twice`: change(func(p *seedProject) {
			p.Iterations[1].Exports[1] = customvision.SeedExport{Platform: "ONNX"}
		}),
	}
}

func TestInvalidSeedChangesNothing(t *testing.T) {
	projects := invalidSeedProjects()
	maps.Copy(projects, invalidSeedContents())
	for want, p := range projects {
		s := newService(t, customvision.Options{})
		project := s.create("kept", "", "").id()
		seed := seedOf(customvision.SeedProject{Name: "old"}, p)
		require.ErrorContains(t, s.server.Seed(t.Context(), seed), want)
		if !strings.Contains(want, "cannot be used") {
			require.ErrorContains(t, seed.Check(), want)
			assert.Empty(t, s.storage.operations(), "storage is not tested before the rest is valid: %s", want)
		}
		assert.Equal(t, []string{project}, ids(requireOK[[]object](s, s.call("GET", "/projects", nil))), want)
		require.NoError(t, s.server.Reset(t.Context()))
		assert.Empty(t, requireOK[[]object](s, s.call("GET", "/projects", nil)), want)
	}
	require.NoError(t, seedOf(fruitProject()).Check())
}

func TestSeedErrorsContainNoSecrets(t *testing.T) {
	s := newService(t, customvision.Options{})
	for _, uri := range []string{
		"http://127.0.0.1/a/missing?sig=c4n4ry", "not a uri?sig=c4n4ry", "http://127.0.0.1/%zz?sig=c4n4ry",
	} {
		err := s.server.Seed(
			t.Context(),
			seedOf(customvision.SeedProject{Name: "x", NotificationQueueURI: uri, ExportModelContainerURI: uri}),
		)
		require.Error(t, err)
		assert.NotContains(t, err.Error(), "c4n4ry")
	}
}

// TestSeedWaitsForRunningWork checks that Seed waits for blocked storage until its context ends.
func TestSeedWaitsForRunningWork(t *testing.T) {
	inBubble(t, customvision.Options{Storage: blockedStorage{newMemoryStorage()}}, func(s *service) {
		s.startTraining(queueURI)
		short, cancel := context.WithTimeout(s.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, s.server.Advance(short, time.Minute), context.DeadlineExceeded)
		require.ErrorIs(t, s.server.Seed(short, customvision.Seed{}), context.DeadlineExceeded)
	})
}
