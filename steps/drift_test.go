package steps

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/evidence/recording"
)

func compareWithFake(t *testing.T, folder string, ignore ...string) *DriftReport {
	t.Helper()
	d, err := Drift(
		t.Context(),
		DriftConfig{Recording: folder, Ignore: ignore, Storage: "external", ConnectionString: shared.connection(t)},
	)
	require.NoError(t, err)
	return d
}

func TestFakeDoesNotDriftFromItself(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]Config{
		"all":                  {},
		"other readings":       {Readings: map[string]string{"create-form": "body", "api-version": "v3.4-preview"}, Only: []string{"CVSI-CREATE-*", "CVSI-UPDATE-*"}},
		"every scenario alone": {Isolate: true, Only: []string{"CVSI-TRAIN-0*"}},
		"one profile":          {Profile: "backup"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.Storage, c.ConnectionString = "external", shared.connection(t)
			_, folder := recordRun(t, defaultBudgets(c))
			d := compareWithFake(t, folder)
			assert.Empty(t, d.Findings)
			assert.Greater(t, d.Compared.Responses, 20)
			assert.NotZero(t, d.Compared.Messages+d.Compared.Blobs)
		})
	}
}

// Drift finds the differences that a defect causes, and no others.
func TestDriftFindsExactlyTheDifferences(t *testing.T) {
	for name, want := range map[string][]string{
		"create-201":             {"CreateProject status: value 201, 200"},
		"create-type":            {"CreateProject content type: value text/plain, application/json;charset=utf-8"},
		"create-hides-container": {`CreateProject settings.exportModelContainerUri: added absent, "⟨container⟩"`},
		"create-uris-respelt": {"CreateProject settings.NotificationQueueUri: missing null, absent",
			"CreateProject settings.NotificationQueueUri: spelling NotificationQueueUri, notificationQueueUri"},
		"connection-test-key": {"ConnectionTest message Content.projectID: spelling projectID, projectId"},
		"connection-test-version": {"ConnectionTest message order of members: order Content projectId type version, version type Content projectId",
			`ConnectionTest message version: type 1, "1.0"`},
		"export-message-twice": {"Export message number of messages: count 2, 1"},
		"messages-in-base64": {"ConnectionTest message encoding: value base64, text", "Export message encoding: value base64, text",
			"Training message encoding: value base64, text"},
		"message-before-backup": {"Export message order of message and blob: order before the blob, after the blob",
			"ExportIteration modelUri followed: value account: 404, account: 200"},
		"test-blob-stays": {"blob lifetime: value CustomVision-TestPermission/⟨id⟩ stays, CustomVision-TestPermission/⟨id⟩ is deleted"},
		"backup-zip": {"ExportIteration modelUri followed: value account: 404, account: 200",
			"blob name: value ⟨project⟩ - ⟨iteration⟩.⟨platform⟩.zip, ⟨project⟩ - ⟨iteration⟩.⟨platform⟩"},
		"absent-uris-null": {"CreateProject settings.exportModelContainerUri: missing null, absent", "CreateProject settings.notificationQueueUri: missing null, absent",
			"GetProject settings.exportModelContainerUri: missing null, absent", "GetProject settings.notificationQueueUri: missing null, absent"},
		"list-hides-uris": {`GetProjects [].settings.exportModelContainerUri: added absent, "⟨container⟩"`, `GetProjects [].settings.notificationQueueUri: added absent, "⟨queue⟩"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := withDefects(t, name)
			c.Only = []string{"CVSI-CREATE-0[1-7]", "CVSI-CONNECT-0[1-68]", "CVSI-EXPORT-0[1-35-7]", "CVSI-TRAIN-01"}
			_, folder := recordRun(t, c)
			assert.Equal(t, want, findingLines(compareWithFake(t, folder)))
		})
	}
}

// findingLines returns a line for each finding.
func findingLines(d *DriftReport) []string {
	var lines []string
	for _, f := range d.Findings {
		lines = append(lines, fmt.Sprintf("%s: %s %s, %s", f.Name(), f.Kind, f.Recorded, f.Reference))
	}
	return lines
}

func TestDriftIgnoresKnownDifferences(t *testing.T) {
	t.Parallel()
	c := withDefects(t, "messages-in-base64", "create-201")
	c.Only = []string{"CVSI-CREATE-0[1-4]"}
	_, folder := recordRun(t, c)
	d := compareWithFake(t, folder, "* message encoding", "Nothing *", "CreateProject stat.s")
	assert.Equal(t, []string{"CreateProject status: value 201, 200"}, findingLines(d), "only * is a wildcard")
	assert.Equal(
		t,
		[]recording.Ignored{
			{Pattern: "* message encoding", Findings: 1},
			{Pattern: "Nothing *"},
			{Pattern: "CreateProject stat.s"},
		},
		d.Ignored,
	)
	assert.Empty(t, compareWithFake(t, folder, "*").Findings)
}

func TestDriftNeedsARecordingAndStorage(t *testing.T) {
	_, err := Drift(t.Context(), DriftConfig{Recording: t.TempDir()})
	var usage *UsageError
	require.ErrorAs(t, err, &usage)
	assert.ErrorContains(t, err, "is not a recording: it has no recording.json")
	c := withDefects(t)
	c.Only = []string{"CVSI-CREATE-01"}
	_, folder := recordRun(t, c)
	_, err = Drift(
		t.Context(),
		DriftConfig{Recording: folder, Storage: "external", ConnectionString: "UseDevelopmentStorage=maybe"},
	)
	require.ErrorAs(t, err, &usage)
	_, err = Drift(t.Context(), DriftConfig{Recording: folder, Storage: "external",
		ConnectionString: "AccountName=a;AccountKey=YQ==;BlobEndpoint=http://127.0.0.1:1/a;QueueEndpoint=http://127.0.0.1:1/a"})
	var missing *EnvironmentError
	require.ErrorAs(t, err, &missing)
	original := tamperFolder(t, folder)
	for want, change := range map[string]func(*Report){
		`unknown profile "fool"`:                   func(r *Report) { r.Run.Profile = "fool" },
		`unknown reading "new"`:                    func(r *Report) { r.Run.Readings = map[string]string{"new": "x"} },
		`"CVSI-NOTHING-01" matches no requirement`: func(r *Report) { r.Run.Selection.Only = []string{"CVSI-NOTHING-01"} },
	} {
		changeReport(original, folder, change)(nil)
		_, err = Drift(t.Context(), DriftConfig{Recording: folder})
		require.ErrorAs(t, err, &usage)
		assert.ErrorContains(t, err, folder+": this program cannot perform the recorded run: "+want)
		assert.Equal(t, "use the version of cvconform that made it", Hint(err))
	}
	original.writeTo(folder)
	_, err = Drift(t.Context(), DriftConfig{Recording: folder, Storage: "azure"})
	require.ErrorAs(t, err, &usage)
	assert.Regexp(t, "^use DriftConfig.Storage auto, container, process or external", Hint(err))
	changeReport(original, folder, func(r *Report) { r.Run.Visibility.Observer = "telescope" })(nil)
	_, err = Drift(t.Context(), DriftConfig{Recording: folder})
	require.ErrorAs(t, err, &usage)
	assert.ErrorContains(t, err, `unknown observer "telescope"`)
}
