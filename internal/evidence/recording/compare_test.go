package recording_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/recording"
	"github.com/cvconform/cvconform/internal/testkit/golden"
	"github.com/cvconform/cvconform/internal/testkit/schema"
)

const projectText = `{"id":"` + id + `","name":"cvconform-r-01","created":"2026-03-01T09:00:00.52Z","drModeEnabled":false,
	"settings":{"domainId":"0732100f-1a38-4e49-a514-c9b44c697ab5","targetExportPlatforms":["CoreML"],"notificationQueueUri":"` + queue + `"}}`

const trainingText = `{"version":"1.0","type":"Training","Content":{"projectId":"` + id + `","iterationId":"` + trained + `"}}`

// projectEvents returns the events of a project.
func projectEvents() []evidence.Event {
	const act = "create(both) > train"
	return []evidence.Event{
		exchangeEvent(
			exchange(0, 1, "CreateProject", 200, projectText),
		), exchangeEvent(exchange(1, 2, "GetProjects", 200, "["+projectText+`,{"id":"else","name":"another"}]`)),
		exchangeEvent(
			exchange(4, 5, "TrainProject", 200, iterate),
		), exchangeEvent(exchange(6, 7, "GetIteration", 200, iterate)), exchangeEvent(exchange(8, 9, "GetIteration", 200, done)),
		message(act, 9.1, 9.2, trainingText), blob("create(both)", "PutBlob", 0.2, 0.3, "Test/"+trained),
	}
}

// projectEventsWith returns the events of a project with a text replaced.
func projectEventsWith(old, now string, in ...evidence.Kind) []evidence.Event {
	all := projectEvents()
	for i := range all {
		e := &all[i]
		if len(in) > 0 && e.Kind != in[0] {
			continue
		}
		if x := e.Exchange; x != nil {
			x.Body = strings.ReplaceAll(x.Body, old, now)
		}
		if o := e.Operation; o != nil {
			o.Text, o.Object = strings.ReplaceAll(o.Text, old, now), strings.ReplaceAll(o.Object, old, now)
		}
	}
	return all
}

func TestCompare(t *testing.T) {
	early := append(projectEvents(), exchangeEvent(exchange(7.5, 7.8, "GetIteration", 200, iterate)))
	early[5] = message("create(both) > train", 7.1, 7.2, trainingText)
	short := append(projectEvents()[:3:3], projectEvents()[6])
	for name, c := range map[string]struct {
		events []evidence.Event
		want   []string
	}{
		"nothing":                 {projectEvents(), nil},
		"another id":              {projectEventsWith("0732100f-1a38", "1732100f-1a38"), nil},
		"another time":            {projectEventsWith("09:00:00.52Z", "10:11:12Z"), nil},
		"another project":         {projectEventsWith("another", "third"), nil},
		"a time is words":         {projectEventsWith(`2026-03-01T09:00:00.52Z`, "today"), []string{`CreateProject created value "today" "⟨time⟩"`, `GetProjects [].created value "today" "⟨time⟩"`}},
		"a member is missing":     {projectEventsWith(`"drModeEnabled":false,`, ""), []string{`CreateProject drModeEnabled added absent false`, `GetProjects [].drModeEnabled added absent false`}},
		"a member more":           {projectEventsWith(`"drModeEnabled"`, `"more":1,"drModeEnabled"`), []string{`CreateProject more missing 1 absent`, `GetProjects [].more missing 1 absent`}},
		"another type":            {projectEventsWith(`:false`, `:"no"`), []string{`CreateProject drModeEnabled type "no" false`, `GetProjects [].drModeEnabled type "no" false`}},
		"another list":            {projectEventsWith(`["CoreML"]`, `["CoreML","ONNX"]`), []string{`CreateProject settings.targetExportPlatforms[] value ["CoreML","ONNX"] ["CoreML"]`, `GetProjects [].settings.targetExportPlatforms[] value ["CoreML","ONNX"] ["CoreML"]`}},
		"another status":          {projectEventsWith(`"Completed"`, `"Failed"`), []string{`GetIteration status value "Failed" "Completed"`}},
		"no message":              {projectEventsWith(trainingText, "", evidence.KindOperation), []string{"Training message body type empty JSON: {\"version\":\"1.0\",\"type\":\"Training\",\"Content\":{\"projectId\":\"⟨project⟩\",\"iterationId\":\"⟨iteration⟩\"}}"}},
		"a spelling":              {projectEventsWith("iterationId", "IterationID", evidence.KindOperation), []string{`Training message Content.IterationID spelling IterationID iterationId`}},
		"the order of members":    {projectEventsWith(`"version":"1.0","type":"Training"`, `"type":"Training","version":"1.0"`), []string{`Training message order of members order type version Content projectId iterationId version type Content projectId iterationId`}},
		"another folder":          {projectEventsWith("Test/", "Tests/"), []string{`blob name value Tests/⟨later iteration⟩ Test/⟨later iteration⟩`}},
		"an early message":        {early, []string{`Training message order of message and status order before the terminal status after the terminal status`}},
		"a page":                  {projectEventsWith(done, "<html>"), []string{"TrainProject terminal status added not observed observed"}},
		"another type of message": {projectEventsWith(`"Training"`, `"Trained"`, evidence.KindOperation), []string{`Training message type value "Trained" "Training"`}},
		"another duration":        {projectEventsWith(`"status":"Completed"`, `"status":"Completed","trainingTimeInMinutes":7`), []string{"GetIteration trainingTimeInMinutes missing 7 absent"}},
		"it goes no further":      {short, []string{"TrainProject terminal status added not observed observed", `Training message number of messages count 0 1`}},
	} {
		t.Run(name, func(t *testing.T) {
			d := recording.Compare(tree(c.events...), tree(projectEvents()...))
			var got []string
			for _, f := range d.Findings {
				got = append(got, fmt.Sprintf("%s %s %s %s", f.Name(), f.Kind, f.Recorded, f.Reference))
			}
			assert.Equal(t, c.want, got)
			if c.want == nil {
				assert.Contains(t, d.Summary(), "no drift: ")
			}
		})
	}
}

// A call on one side only is a difference. The calls after it are not.
func TestCompareCalls(t *testing.T) {
	short, long := tree(projectEvents()[:2]...), tree(projectEvents()...)
	d := recording.Compare(short, long)
	require.Len(t, d.Findings, 2)
	assert.Equal(t, []any{"TrainProject", "the call", recording.AddedMember, "not sent", "response 200"},
		[]any{d.Findings[0].Call, d.Findings[0].Member, d.Findings[0].Kind, d.Findings[0].Recorded, d.Findings[0].Reference})
	d = recording.Compare(long, short)
	assert.Equal(t, recording.MissingMember, d.Findings[0].Kind)
}

func TestCompareDomains(t *testing.T) {
	with := func(domains string) *recording.Histories {
		x := evidence.Exchange{
			Call:   "GetDomains",
			Method: "GET",
			URL:    service + "/customvision/v3.3/Training/domains",
			Key:    "right",
			Status: 200,
			Body:   domains,
		}
		return (&recording.Recording{Unattributed: []evidence.Event{{Kind: evidence.KindExchange, Exchange: &x}}}).Histories()
	}
	d := recording.Compare(
		with(`[{"id":"1","name":"General","enabled":true},{"id":"2","name":"Food"}]`),
		with(`[{"id":"1","name":"General","enabled":false},{"id":"3","name":"Retail"}]`),
	)
	var got []string
	for _, f := range d.Findings {
		got = append(got, fmt.Sprintf("%s %s %s %s", f.Name(), f.Kind, f.Recorded, f.Reference))
	}
	assert.Equal(
		t,
		[]string{`GetDomains [] added absent an object named "Retail"`, `GetDomains [] missing an object named "Food" absent`,
			`GetDomains [].enabled value true false`},
		got,
	)
}

func sample() *recording.Drift {
	d := recording.Compare(
		tree(projectEventsWith(`"drModeEnabled":false,`, "")...),
		tree(projectEventsWith(`"Training"`, `"Trained"`, evidence.KindOperation)...),
		"* [].*",
		"GetDomains *",
	)
	d.Recording = recording.Side{
		Run:        "r1",
		Created:    at(0),
		Kind:       "endpoint",
		Endpoint:   "https://x.cognitiveservices.azure.com",
		APIVersion: "v3.3",
		Version:    "v1.0.0 (abc)",
	}
	d.Reference = recording.Side{
		Run:        "r2",
		Created:    at(60),
		Kind:       "fake",
		Endpoint:   "http://127.0.0.1:1",
		APIVersion: "v3.3",
		Version:    "v1.1.0",
	}
	return d
}

func TestWriteConsole(t *testing.T) {
	var b strings.Builder
	require.NoError(t, sample().WriteConsole(&b))
	golden.Equal(t, "drift.golden.txt", b.String())
}

func TestWriteJSON(t *testing.T) {
	var b strings.Builder
	require.NoError(t, sample().WriteJSON(&b))
	golden.Equal(t, "drift.golden.json", b.String())
	assert.NoError(t, schema.Validate(t, recording.DriftJSONSchema(), b.String()))
}

func TestDurationsAreNotCompared(t *testing.T) {
	lasting := func(minutes string) *recording.Histories {
		return tree(projectEventsWith(`"status":"Completed"`, `"status":"Completed","trainingTimeInMinutes":`+minutes)...)
	}
	assert.Empty(t, recording.Compare(lasting("7"), lasting("0")).Findings)
	assert.Len(t, recording.Compare(lasting("7"), lasting("null")).Findings, 1)
}

func TestOnlyTheFirstMissingCallIsADifference(t *testing.T) {
	further := append(projectEvents(), exchangeEvent(exchange(20, 21, "ExportIteration", 200, `{}`)))
	d := recording.Compare(tree(further...), tree(projectEvents()[:2]...))
	var calls []string
	for _, f := range d.Findings {
		if f.Member == "the call" {
			calls = append(calls, f.Call)
		}
	}
	assert.Equal(t, []string{"TrainProject"}, calls)
}

// A message inferred from a poll before a response may have been stored after the response was sent.
func TestPollBeforeAResponse(t *testing.T) {
	with := func(inferred string, began, ended float64) *recording.Histories {
		text := message("create(both) > train", began, ended, `{"type":"Training","Content":{"projectId":"`+id+`"}}`)
		text.Operation.Inferred = inferred
		return tree(
			exchangeEvent(exchange(0, 1, "CreateProject", 200, project)),
			exchangeEvent(exchange(2, 3, "TrainProject", 200, iterate)),
			text,
			exchangeEvent(exchange(8, 9, "GetIteration", 200, done)),
		)
	}
	after := with("", 4, 5)
	assert.Len(t, recording.Compare(with("", 2.2, 2.5), after).Findings, 1, "observed by the gateway")
	assert.Empty(t, recording.Compare(with(evidence.FromListing, 2.2, 2.5), after).Findings)
}
