package steps

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/steps/report"
)

// The storage of the real service can only be polled. A replay of such a recording is inconclusive about events that
// the recording did not observe, and drift does not report them.
func TestReplayOfPolledRecording(t *testing.T) {
	t.Parallel()
	c := withoutGateway(defaultBudgets(serve(t, options(t))))
	want, folder := recordRun(t, c)
	require.Equal(t, report.Visibility{Observer: report.Poller}, want.Run.Visibility)
	replaying := replay(folder, defaultBudgets(Config{Storage: "external", ConnectionString: shared.connection(t)}))
	got := runAndVerify(t, replaying)
	assert.Empty(t, ownWarnings(got))
	assert.Zero(t, got.Run.Visibility)
	assert.Equal(t, want.Run.Visibility, got.Run.RecordedVisibility)
	assertProvesNoMore(t, "as it was recorded", want, got)
	for _, id := range []string{"CVSI-CONNECT-05", "CVSI-CONNECT-06", "CVSI-CREATE-06", "CVSI-BACKUP-08"} {
		q := requirement(t, want, id)
		if q.Verdict != report.Inconclusive {
			continue // a poll came between
		}
		assert.Equal(t, report.Inconclusive, requirement(t, got, id).Verdict, id)
		assert.Contains(t, requirement(t, got, id).Reasons(), "when this was recorded", id)
	}
	drift, err := Drift(
		t.Context(),
		DriftConfig{Recording: folder, Storage: "external", ConnectionString: shared.connection(t)},
	)
	require.NoError(t, err)
	assert.Empty(t, drift.Findings)
}
