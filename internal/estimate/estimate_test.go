package estimate_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/estimate"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/testkit/golden"
	"github.com/cvconform/cvconform/internal/testkit/schema"
	"github.com/cvconform/cvconform/steps/report"
)

// The acts that the tests combine.
var (
	both         = situation.Integrations{Queue: true, Container: true}
	create       = situation.Act{Verb: situation.Create, Storage: both}
	bare         = situation.Act{Verb: situation.Create}
	pair         = situation.Act{Verb: situation.Create, Storage: both, Pair: true, Shared: true}
	separatePair = situation.Act{Verb: situation.Create, Storage: both, Pair: true}
	train        = situation.Act{Verb: situation.Train}
	export       = situation.Act{Verb: situation.Export, Platform: "ONNX"}
	move         = situation.Act{Verb: situation.Update, Change: situation.MoveStorage, Storage: both}
	rename       = situation.Act{Verb: situation.Update, Change: situation.NamesOnly}
	noKey        = situation.Act{Verb: situation.Attempt, Storage: both, Key: "none"}
	denied       = situation.Act{
		Verb:    situation.Attempt,
		Storage: situation.Integrations{Queue: true},
		Queue:   situation.Forbidden,
	}
	absent = situation.Act{
		Verb:      situation.Attempt,
		Storage:   situation.Integrations{Container: true},
		Container: situation.Missing,
	}
)

// assumptions returns the assumptions of the tests: a minute for each training, ten
// seconds for each export, one second for each call.
func assumptions() estimate.Assumptions {
	return estimate.Assumptions{
		Training: time.Minute,
		Export:   10 * time.Second,
		Call:     time.Second,
		Poll:     5 * time.Second,
		Parallel: 2,
	}
}

func forecast(t *testing.T, a estimate.Assumptions, situations ...[]situation.Act) estimate.Forecast {
	t.Helper()
	var all []situation.Situation
	for _, acts := range situations {
		all = append(all, situation.Situation{Acts: acts})
	}
	f, err := estimate.New(
		situation.Plan(all),
		a,
		budget.Set{budget.Absence: 20 * time.Second, budget.Training: time.Hour},
	)
	require.NoError(t, err)
	return f
}

func TestForecastCountsCreatedThings(t *testing.T) {
	for name, c := range map[string]struct {
		acts  []situation.Act
		calls int
		want  report.Created
	}{
		"a project":        {[]situation.Act{create}, 4, report.Created{Projects: 1, Queues: 1, Containers: 1}},
		"one without URIs": {[]situation.Act{bare}, 4, report.Created{Projects: 1}},
		"a pair":           {[]situation.Act{separatePair}, 8, report.Created{Projects: 2, Queues: 2, Containers: 2}},
		"a pair that shares, exported": {[]situation.Act{pair, train, export}, 18,
			report.Created{Projects: 2, Queues: 2, Containers: 1, Tags: 4, Images: 20, Trainings: 2, Exports: 2}},
		"trained again": {[]situation.Act{create, train, train}, 9, report.Created{Projects: 1, Queues: 1, Containers: 1, Tags: 2, Images: 10, Trainings: 2}},
		"moved":         {[]situation.Act{create, move}, 8, report.Created{Projects: 1, Updates: 1, Queues: 2, Containers: 2}},
		"renamed":       {[]situation.Act{create, rename}, 7, report.Created{Projects: 1, Updates: 1, Queues: 1, Containers: 1}},
		"attempts": {[]situation.Act{create, noKey, denied, absent}, 10,
			report.Created{Projects: 1, Attempts: 3, Queues: 3, Containers: 2}},
	} {
		f := forecast(t, assumptions(), c.acts)
		assert.Equal(t, c.want, f.Created, name)
		assert.Equal(t, c.calls, f.Calls, name)
	}
}

func TestForecastSharesProjectsLikeTheEngine(t *testing.T) {
	f := forecast(
		t,
		assumptions(),
		[]situation.Act{create, train},
		[]situation.Act{create, train, export},
		[]situation.Act{create, train, train},
		[]situation.Act{bare},
	)
	assert.Equal(t, []string{"create(both)", "create(none)"}, f.Situations)
	assert.Equal(t, map[string]string{"training": "1m", "export": "10s", "call": "1s", "poll": "5s"}, f.Assumed)
	assert.Equal(
		t,
		report.Created{Projects: 2, Queues: 1, Containers: 1, Tags: 2, Images: 10, Trainings: 2, Exports: 1},
		f.Created,
	)
	assert.Equal(t, 2*13+3, f.Polls, "one poll at once, then one every five seconds")
}

func TestForecastDuration(t *testing.T) {
	trained := []situation.Act{create, train}
	moved := []situation.Act{create, move, train}
	f := forecast(t, assumptions(), trained)
	// 3 calls, 4 calls and the training, the absence window, one call to delete the project
	assert.InDelta(t, (8*time.Second + time.Minute + 20*time.Second).Minutes(), f.Minutes, 1e-6)
	assert.InDelta(t, 1./60, f.Hours, 1e-9)
	assert.InDelta(t, 1., f.HoursAtMost, 1e-9)
	parallel := forecast(t, assumptions(), trained, moved)
	assert.InDelta(t, (8+4+80.)/60, parallel.Minutes, 1e-6, "the longer of the two")
	assert.Equal(t, 2, parallel.MaxProjects)
	one := assumptions()
	one.Parallel = 1
	const window = (20 + 1.) / 60 // of the first situation, in which the acts of the second one are performed
	overlapping := f.Minutes - window + parallel.Minutes
	assert.InDelta(t, overlapping, forecast(t, one, trained, moved).Minutes, 1e-6)
	oneSlot := assumptions()
	oneSlot.ProjectSlots = 1
	sequential := forecast(t, oneSlot, trained, moved)
	assert.InDelta(t, f.Minutes+parallel.Minutes, sequential.Minutes, 1e-6, "there is only one slot")
	assert.Equal(t, 1, sequential.MaxProjects)
	rateLimited := assumptions()
	rateLimited.Rate = 0.1
	assert.InDelta(t, (4+4+13)/0.1/60, forecast(t, rateLimited, trained).Minutes, 1e-6, "the rate limit determines the duration")
	// an exclusive situation waits for the acts of the others, and for an absence window after every act
	exclusive := forecast(t, assumptions(), trained, []situation.Act{bare, train})
	assert.InDelta(t, f.Minutes-window+(8+60+2*20.)/60, exclusive.Minutes, 1e-6)
	assert.Equal(t, 2, exclusive.MaxProjects)
	attempts := forecast(t, assumptions(), []situation.Act{create, noKey, denied})
	assert.InDelta(
		t,
		(3+2+2+1+2*20.)/60,
		attempts.Minutes,
		1e-6,
		"after the create, and after the attempt without a key",
	)
}

func TestForecastImageBytes(t *testing.T) {
	one, two := forecast(t, assumptions(), []situation.Act{create, train}), forecast(t, assumptions(), []situation.Act{pair, train})
	assert.Greater(t, one.ImageBytes, int64(10_000))
	assert.Equal(t, 2*one.ImageBytes, two.ImageBytes)
	assert.Zero(t, forecast(t, assumptions(), []situation.Act{create}).ImageBytes)
}

func call(name string, status int) evidence.Event {
	return evidence.Event{Kind: evidence.KindExchange, Exchange: &evidence.Exchange{Call: name, Status: status}}
}

func TestCount(t *testing.T) {
	attempted := call("CreateProject", 401)
	attempted.Project = "attempt"
	resource := func(s evidence.Service) evidence.Event {
		return evidence.Event{Kind: evidence.KindResource, Resource: &evidence.Resource{Service: s}}
	}
	got := estimate.Count(
		[]evidence.Event{
			call("CreateProject", 200),
			call("CreateProject", 400),
			call("CreateProject", 0),
			attempted,
			resource(evidence.Queue),
		},
		[]evidence.Event{
			resource(evidence.Blob),
			resource(evidence.Blob),
			call("UpdateProject", 200),
			call("CreateTag", 200),
			call("CreateTag", 500),
			call(
				"CreateImagesFromFiles",
				415,
			),
			call("CreateImagesFromData", 200),
			call("CreateImagesFromData", 200),
			call("TrainProject", 200),
			call("TrainProject", 429),
			call("ExportIteration", 200),
			call("ExportIteration", 202),
			call("GetExports", 200),
		},
	)
	assert.Equal(
		t,
		report.Created{
			Projects:   2,
			Attempts:   1,
			Updates:    1,
			Tags:       1,
			Images:     10,
			Trainings:  1,
			Exports:    2,
			Queues:     1,
			Containers: 2,
		},
		got,
	)
	assert.Equal(t, 10, estimate.Count([]evidence.Event{call("CreateImagesFromFiles", 200)}).Images)
	assert.Equal(t, report.Created{}, estimate.Count())
}

// sample is a forecast with every member.
func sample() estimate.Forecast {
	return estimate.Forecast{
		Schema:     estimate.Schema,
		Target:     "https://fruit.cognitiveservices.example",
		APIVersion: "v3.3",
		Profile:    "full",
		Tier:       "F0",
		Platforms: []string{
			"CoreML",
			"ONNX",
		},
		UnknownReason: "GetDomains returned 503: (empty body)",
		Situations:    []string{"create(both)", "create(none)"},
		MaxProjects:   2,
		Created: report.Created{
			Projects:   14,
			Attempts:   10,
			Updates:    4,
			Tags:       22,
			Images:     110,
			Trainings:  12,
			Exports:    11,
			Queues:     16,
			Containers: 15,
		},
		Probe:       true,
		ImageBytes:  5_640_000,
		Calls:       149,
		Polls:       1326,
		Minutes:     80.4,
		Hours:       2,
		HoursAtMost: 6,
		Parallel:    2,
		Assumed:     map[string]string{"training": "10m", "export": "1m", "call": "1s", "poll": "5s"},
	}
}

func TestWrite(t *testing.T) {
	var text, document bytes.Buffer
	require.NoError(t, sample().WriteText(&text))
	golden.Equal(t, "plan.golden.txt", text.String())
	require.NoError(t, sample().WriteJSON(&document))
	golden.Equal(t, "plan.golden.json", document.String())
	assert.NoError(t, schema.Validate(t, estimate.JSONSchema(), document.String()))
	assert.Error(t, schema.Validate(t, estimate.JSONSchema(), strings.Replace(document.String(), `"F0"`, `"F9"`, 1)))
	assert.Equal(
		t,
		"14 projects (at most 2 at a time), 12 trainings (about 2.0 hours), 11 exports, 110 images, about 1475 calls, about 80 minutes",
		sample().Summary(),
	)
	quick := forecast(t, assumptions(), []situation.Act{bare})
	assert.Contains(t, quick.Summary(), "about 24 seconds")
	assert.Contains(t, quick.Summary(), "0 trainings (about 0.0 hours)")
}

func TestSchemaDescribesTheForecast(t *testing.T) {
	doc := schema.Parse(t, estimate.JSONSchema())
	doc.CheckDescribes(t, "forecast", estimate.Forecast{})
	doc.Defs["created"].CheckDescribes(t, "created", report.Created{})
}
