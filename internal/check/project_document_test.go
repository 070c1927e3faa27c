package check_test

import (
	"fmt"
	"testing"

	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
)

// The call lasts from second 1 to second 2 of 2026-03-01T00:00Z.
func TestTimesOfAProjectDocument(t *testing.T) {
	document := func(created, modified string) *timelineBuilder {
		s := newGatewayTimeline()
		s.events[len(s.events)-1].Exchange.Body = fmt.Sprintf(`{"id":%[1]q,"name":"p","description":"","settings":{
			"domainId":%[1]q,"classificationType":"Multiclass","targetExportPlatforms":[],"useNegativeSet":true,
			"detectionParameters":null,"imageProcessingSettings":{"augmentationMethods":{}}},"created":%[2]q,
			"lastModified":%[3]q,"thumbnailUri":null,"drModeEnabled":false,"status":"Succeeded"}`, projectID, created, modified)
		return s
	}
	const now = "2026-03-01T00:00:01.5Z"
	const created, modified = "failed: created = ", "failed: lastModified = "
	cases := map[string]verdict{}
	for created, want := range map[string]string{
		now:                         "",
		"2026-02-28T23:59:01.1Z":    "",
		"2026-03-01T00:01:01+00:00": "",
		"2026-02-28T23:59:00Z":      created,
		"2026-03-01T00:01:03Z":      created,
		"2026-03-01T09:00:01Z":      created,
		"2026-03-01T01:00:01+01:00": created,
	} {
		cases["created "+created] = verdict{check.CompleteProjectDocument(), document(created, now), want}
	}
	cases["modified later"] = verdict{check.CompleteProjectDocument(), document(now, "2026-03-01T00:02:00Z"), modified}
	assertVerdicts(t, cases)

	replayed := check.Case{Situation: document("", "").situation, Events: document("2020-01-01T00:00:00Z", now).events, Replayed: true}
	if p := check.Judge(&replayed, check.CompleteProjectDocument()); p != nil {
		t.Errorf("a replay answers with recorded times, but: %s", p.Summary)
	}
}

func TestIgnoredBodyIsNamed(t *testing.T) {
	create := func(body bool, response string) *timelineBuilder {
		s := &timelineBuilder{}
		s.act(situation.Act{Verb: situation.Create, Storage: situation.Integrations{Queue: true}, Body: body})
		s.resource(evidence.Queue, "q").call("CreateProject", 1, 2, response)
		return s.requestBody(`{"notificationQueueUri":"http://s/q"}`)
	}
	const ignored = `failed: the service ignored the URIs in the JSON body: settings.notificationQueueUri is absent, and nothing is written`
	k := check.ResponseShowsURIs()
	assertVerdicts(t, map[string]verdict{
		"shown":                {k, create(true, `{"settings":{"notificationQueueUri":"http://s/q"}}`), ""},
		"ignored":              {k, create(true, `{"settings":{}}`), ignored},
		"only not shown":       {k, create(true, `{"settings":{}}`).putMessage("q", "m", 1, 1.5), "failed: settings.notificationQueueUri is absent"},
		"another one is shown": {k, create(true, `{"settings":{"notificationQueueUri":"x"}}`), `failed: settings.notificationQueueUri = "x"`},
		"no body":              {k, create(false, `{"settings":{}}`), "failed: settings.notificationQueueUri is absent"},
	})
}
