package recording_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/bundle"
	"github.com/cvconform/cvconform/internal/evidence/recording"
	"github.com/cvconform/cvconform/internal/evidence/redact"
	"github.com/cvconform/cvconform/internal/testkit/schema"
	"github.com/cvconform/cvconform/steps/report"
)

func TestSchemasDescribeTheTypes(t *testing.T) {
	doc := schema.Parse(t, recording.JSONSchema())
	doc.CheckDescribes(t, "recording", recording.Metadata{})
	doc = schema.Parse(t, recording.DriftJSONSchema())
	doc.CheckDescribes(t, "drift", recording.Drift{})
	for name, v := range map[string]any{
		"side":     recording.Side{},
		"compared": recording.Compared{},
		"finding":  recording.Finding{},
		"ignored":  recording.Ignored{},
	} {
		doc.Defs[name].CheckDescribes(t, name, v)
	}
	var kinds []string
	for _, k := range recording.Kinds() {
		kinds = append(kinds, string(k))
	}
	assert.Equal(t, kinds, doc.Defs["finding"].Properties["kind"].Enum)
}

func TestEmptyMetadataIsValid(t *testing.T) {
	text, err := recording.EncodeMetadata(nil)
	require.NoError(t, err)
	assert.NotContains(t, string(text), "null")
	assert.NoError(t, schema.Validate(t, recording.JSONSchema(), string(text)))
}

func TestBudget(t *testing.T) {
	r := recording.Recording{Run: report.Run{Budgets: map[string]string{"export": "1m30s", "odd": "soon"}}}
	assert.Equal(t, []time.Duration{90 * time.Second, 0, 0},
		[]time.Duration{r.Budget("export"), r.Budget("odd"), r.Budget("none")})
}

// model is the digest of a content.
const model = "9372c470eeadd5ecd9c3c74c2b3cb633f8e2f2fad799250a0f70d652b6b825e4"

// files are the files of a recording that its reader parses.
type files struct{ report, metadata, timeline, outside string }

// sampleFiles returns the files of a recording with one call.
func sampleFiles(t *testing.T) *files {
	t.Helper()
	metadata, err := recording.EncodeMetadata(map[string]string{"export-failure": "bad-"})
	require.NoError(t, err)
	event := exchangeEvent(exchange(1, 2, "CreateProject", 200, `{}`))
	event.Seq, event.At = 1, time.Hour
	timeline, err := evidence.EncodeEvents([]evidence.Event{event})
	require.NoError(t, err)
	r := report.Report{Run: report.Run{ID: "r1", Started: at(0), Complete: true},
		Situations: []report.ActTree{{Key: "create(both)", Started: at(0), Events: 1}, {Key: "create(none)"}}}
	var text strings.Builder
	require.NoError(t, report.WriteJSON(&text, &r))
	return &files{report: text.String(), metadata: string(metadata), timeline: string(timeline)}
}

// write writes a recording to a folder.
func (f *files) write(t *testing.T) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "recording")
	w, err := bundle.CreateFolder(folder)
	require.NoError(t, err)
	for name, content := range map[string]string{bundle.ReportFile: f.report, bundle.RecordingFile: f.metadata,
		bundle.TimelineFile(0): f.outside, bundle.TimelineFile(1): f.timeline} {
		require.NoError(t, w.Put(name, []byte(content)))
	}
	w.Section("", &redact.Redactor{}).StoreContent(model, 5, strings.NewReader("model"))
	require.NoError(t, w.Finish(bundle.Suite{Version: "v1"}, "r1", "conformant", nil))
	return folder
}

func TestOpen(t *testing.T) {
	r, err := recording.Open(sampleFiles(t).write(t))
	require.NoError(t, err)
	assert.Equal(t, "r1", r.Run.ID)
	assert.Equal(t, map[string]string{"export-failure": "bad-"}, r.Provoked)
	require.Len(t, r.Situations, 1)
	assert.Equal(t, "create(both)", r.Situations[0].Key)
	assert.Equal(t, at(0), r.Situations[0].Started)
	assert.Len(t, r.Situations[0].Events, 1)
	assert.Empty(t, r.Unattributed)
	for sum, want := range map[string]string{model: "model", "cd": "", "": ""} {
		data, err := r.Content(sum)
		require.NoError(t, err)
		assert.Equal(t, want, string(data), sum)
	}
}

func TestContentsMayBeMissing(t *testing.T) {
	folder := sampleFiles(t).write(t)
	require.NoError(t, os.RemoveAll(filepath.Join(folder, "blobs")))
	r, err := recording.Open(folder)
	require.NoError(t, err)
	data, err := r.Content(model)
	assert.NoError(t, err)
	assert.Nil(t, data)
}

// Files that agree with the manifest may still have an invalid content.
func TestOpenErrorsOfContents(t *testing.T) {
	for want, change := range map[string]func(*files){
		"recording.json cannot be read: unexpected EOF":      func(f *files) { f.metadata = "{" },
		`recording.json cannot be read: json: unknown field`: func(f *files) { f.metadata = `{"schema":"cvconform/recording/v2","x":1}` },
		"report.json cannot be read":                         func(f *files) { f.report = "{" },
		"timelines/001.ndjson: line 1 is incomplete":         func(f *files) { f.timeline = "{" },
		"timelines/000.ndjson: line 1 is incomplete":         func(f *files) { f.outside = "{" },
		"timelines/001.ndjson: event 1 ended after it was rec": func(f *files) {
			f.report = strings.ReplaceAll(f.report, "2026-03-01T09", "2026-03-01T02")
		},
		"event 1 does not have exactly the payload of kind": func(f *files) {
			f.timeline = `{"seq":1,"at":0,"act":"","kind":"wait"}` + "\n"
		},
	} {
		f := sampleFiles(t)
		change(f)
		checkUnusable(t, f.write(t), want, "record again")
	}
}

func TestOpenErrorsOfFiles(t *testing.T) {
	for want, change := range map[string]func(folder string) error{
		"the recording cannot be read: stat ": os.RemoveAll,
		"is not a recording: it has no recording.json": func(folder string) error {
			return os.Remove(filepath.Join(folder, "recording.json"))
		},
		"it is not complete: the run that wrote it did not come to its end": func(folder string) error {
			return os.Remove(filepath.Join(folder, "manifest.json"))
		},
		"is damaged: timelines/001.ndjson is missing": func(folder string) error {
			return os.Remove(filepath.Join(folder, "timelines", "001.ndjson"))
		},
		"is damaged: blobs/" + model + " has 3 bytes, the manifest says 5": func(folder string) error {
			return os.WriteFile(filepath.Join(folder, "blobs", model), []byte("abc"), 0o644)
		},
	} {
		folder := sampleFiles(t).write(t)
		require.NoError(t, change(folder))
		checkUnusable(t, folder, want, "record")
	}
	checkUnusable(
		t,
		filepath.Join(sampleFiles(t).write(t), "report.json"),
		"is not a recording: it is not a folder",
		"give the folder",
	)
}

// The error of an old recording names the version that reads it.
func TestOpenOldRecording(t *testing.T) {
	folder := t.TempDir()
	text := `{"schema":"cvconform/recording/v1","complete":true,"suite":{"version":"v0.9.0","revision":"","featuresDigest":""}}`
	require.NoError(t, os.WriteFile(filepath.Join(folder, "recording.json"), []byte(text), 0o644))
	checkUnusable(t, folder,
		`is a recording with the schema "cvconform/recording/v1", this program reads "cvconform/recording/v2"`,
		"use cvconform v0.9.0, which made it")
}

func checkUnusable(t *testing.T, folder, want, hint string) {
	t.Helper()
	_, err := recording.Open(folder)
	var unusable *bundle.UnusableError
	require.True(t, errors.As(err, &unusable), want)
	assert.ErrorContains(t, err, want)
	assert.Contains(t, unusable.Hint, hint)
}
