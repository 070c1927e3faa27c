package recording_test

import (
	"bytes"
	"errors"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/recording"
	"github.com/cvconform/cvconform/internal/testkit/schema"
	"github.com/cvconform/cvconform/steps/report"
)

func TestSchemasHaveTheMembersOfTheModels(t *testing.T) {
	doc := schema.Parse(t, recording.JSONSchema())
	doc.CheckDescribes(t, "recording", recording.Metadata{})
	for name, v := range map[string]any{"suite": evidence.Suite{}, "target": recording.RecordedTarget{}, "storage": recording.RecordedStorage{},
		"selection": report.Selection{}, "situation": recording.Entry{}, "leftOut": evidence.OmittedContent{}} {
		doc.Defs[name].CheckDescribes(t, name, v)
	}
	doc = schema.Parse(t, recording.DriftJSONSchema())
	doc.CheckDescribes(t, "drift", recording.Drift{})
	for name, v := range map[string]any{"side": recording.Side{}, "compared": recording.Compared{}, "finding": recording.Finding{}, "ignored": recording.Ignored{}} {
		doc.Defs[name].CheckDescribes(t, name, v)
	}
	var kinds []string
	for _, k := range recording.Kinds() {
		kinds = append(kinds, string(k))
	}
	assert.Equal(t, kinds, doc.Defs["finding"].Properties["kind"].Enum)
}

func TestTheEmptyDescriptionFollowsItsSchema(t *testing.T) {
	text, err := recording.Metadata{}.Encode()
	require.NoError(t, err)
	assert.NotContains(t, string(text), "null")
	assert.NoError(t, schema.Validate(t, recording.JSONSchema(), string(text)))
}

func TestBudgetsOfARecording(t *testing.T) {
	head := recording.Metadata{Budgets: map[string]string{"export": "1m30s", "odd": "soon"}}
	assert.Equal(
		t,
		[]time.Duration{90 * time.Second, 0, 0},
		[]time.Duration{head.Budget("export"), head.Budget("odd"), head.Budget("none")},
	)
}

// model is the digest of a content.
const model = "9372c470eeadd5ecd9c3c74c2b3cb633f8e2f2fad799250a0f70d652b6b825e4"

// folder is a recording of one situation as files.
func folder(t *testing.T, head recording.Metadata, events ...evidence.Event) fstest.MapFS {
	t.Helper()
	head.Outside = "situations/00.ndjson"
	head.Situations = []recording.Entry{
		{Key: "create(both)", Timeline: "situations/01.ndjson", Started: at(0), Events: len(events)},
	}
	for i := range events {
		events[i].Seq, events[i].At = i+1, time.Hour
	}
	text, err := head.Encode()
	require.NoError(t, err)
	lines, err := evidence.EncodeEvents(events)
	require.NoError(t, err)
	return fstest.MapFS{
		"recording.json":       {Data: text},
		"situations/00.ndjson": {},
		"situations/01.ndjson": {Data: lines},
		"contents/" + model:    {Data: []byte("model")},
		"contents/ef":          {Data: []byte("another model")},
	}
}

func TestRead(t *testing.T) {
	r, err := recording.Read(
		folder(t, recording.Metadata{Complete: true, Run: "r1"}, made(answer(1, 2, "CreateProject", 200, `{}`))),
	)
	require.NoError(t, err)
	assert.Equal(t, "r1", r.Head.Run)
	assert.Len(t, r.Situations[0].Events, 1)
	for sum, want := range map[string]string{model: "model", "cd": "", "": ""} {
		data, err := r.Content(sum)
		require.NoError(t, err)
		assert.Equal(t, want, string(data), sum)
	}
	_, err = r.Content("ef")
	assert.EqualError(t, err, "contents/ef is not what it was")
}

func TestReadSaysWhatIsWrong(t *testing.T) {
	whole := recording.Metadata{Complete: true}
	for want, change := range map[string]func(fstest.MapFS){
		"it has no recording.json":                                 func(f fstest.MapFS) { delete(f, "recording.json") },
		"recording.json cannot be read: unexpected end":            func(f fstest.MapFS) { f["recording.json"].Data = []byte("{") },
		`it is a recording of the form "cvconform/recording/v2"`:   func(f fstest.MapFS) { f["recording.json"].Data = []byte(`{"schema":"cvconform/recording/v2"}`) },
		"it is not complete":                                       func(f fstest.MapFS) { f["recording.json"].Data = []byte(`{"schema":"cvconform/recording/v1"}`) },
		"its timeline cannot be read: open situations/01.ndjson":   func(f fstest.MapFS) { delete(f, "situations/01.ndjson") },
		"situations/01.ndjson has 0 events, recording.json says 1": func(f fstest.MapFS) { f["situations/01.ndjson"].Data = nil },
		"situations/01.ndjson: line 1 has no end":                  func(f fstest.MapFS) { f["situations/01.ndjson"].Data = []byte("{") },
		"event 1 was not over when it was recorded": func(f fstest.MapFS) {
			f["recording.json"].Data = bytes.Replace(f["recording.json"].Data, []byte("2026-03-01T09"), []byte("2026-03-01T02"), 1)
		},
		"event 1 does not carry the payload of kind": func(f fstest.MapFS) {
			f["situations/01.ndjson"].Data = []byte(`{"seq":1,"at":0,"act":"","kind":"wait"}` + "\n")
		},
	} {
		f := folder(t, whole, made(answer(1, 2, "CreateProject", 200, `{}`)))
		change(f)
		_, err := recording.Read(f)
		var unusable *evidence.UnusableError
		require.True(t, errors.As(err, &unusable), want)
		assert.ErrorContains(t, err, want)
		assert.NotEmpty(t, unusable.Hint)
	}
}
