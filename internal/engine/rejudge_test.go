package engine

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/steps/report"
)

// executeRecorded executes a run and returns it, its outcome and its records.
func executeRecorded(t *testing.T, judge judgeFunc, only ...string) (*Run, Outcome, []TimelineRecord) {
	t.Helper()
	s := &fakePerformer{}
	run := newRun(t, s, judge, only...)
	out, err := run.Execute(t.Context())
	require.NoError(t, err)
	var records []TimelineRecord
	for n := range out.Situations {
		records = append(records, s.records[n+1])
	}
	run.Perform, run.Parallel = nil, 0
	return run, out, records
}

func TestRejudgeReturnsTheOutcomeOfExecute(t *testing.T) {
	run, want, records := executeRecorded(t, func(text string) *check.Problem {
		if len(text)%3 == 0 {
			return &check.Problem{Kind: check.Failed, Summary: text, Events: []int{1}}
		}
		return nil
	})
	got, err := run.Rejudge(t.Context(), records)
	require.NoError(t, err)
	assert.Equal(t, want, got)
	assert.NotZero(t, got.Counts[report.Failed])
	run.Isolate = true
	_, err = run.Rejudge(t.Context(), records)
	assert.ErrorContains(t, err, "situations, the evidence has")
}

func TestRejudgeKeepsTheErrorOfARecord(t *testing.T) {
	run, _, records := executeRecorded(t, passAll, "CVSI-TRAIN-01")
	records[0].Error = "storage is gone"
	out, err := run.Rejudge(t.Context(), records)
	require.NoError(t, err)
	assert.Equal(t, report.HarnessError, out.Requirements[0].Verdict)
	assert.Equal(t, "storage is gone", out.Requirements[0].Reason)
	assert.Equal(t, "storage is gone", out.Situations[0].Error)
}

func TestRejudgeErrors(t *testing.T) {
	for want, change := range map[string]func([]TimelineRecord) []TimelineRecord{
		"the plan has 1 situations, the evidence has 0": func(r []TimelineRecord) []TimelineRecord {
			return r[1:]
		},
		`situation 1: the plan has "create\(queue.*\)", the evidence has "create\(none\)"`: func(r []TimelineRecord) []TimelineRecord {
			r[0].Key = "create(none)"
			return r
		},
		`situation 1: event 2 belongs to the act "update", ` +
			`which is not part of the situation`: func(r []TimelineRecord) []TimelineRecord {
			r[0].Events = slices.Clone(r[0].Events)
			r[0].Events[1].Act = "update"
			return r
		},
	} {
		run, _, records := executeRecorded(t, passAll, "CVSI-TRAIN-01")
		_, err := run.Rejudge(t.Context(), change(records))
		require.Error(t, err)
		assert.Regexp(t, want, err.Error())
	}
}

func TestEventsRecordedAfterTheEndAreDropped(t *testing.T) {
	s := &fakePerformer{}
	run := newRun(t, s, passAll, "CVSI-TRAIN-01")
	var timeline *evidence.Timeline
	perform := run.Perform
	run.Perform = func(ctx context.Context, tree *situation.ActTree, number int, actsEnded func()) (*evidence.Timeline, error) {
		var err error
		timeline, err = perform(ctx, tree, number, actsEnded)
		return timeline, err
	}
	out, err := run.Execute(t.Context())
	require.NoError(t, err)
	timeline.Record(evidence.Event{Kind: evidence.KindWait, Wait: &evidence.Wait{}})
	assert.Len(t, timeline.Events(), out.Situations[0].Events)
	digest, err := evidence.DigestEvents(timeline.Events())
	require.NoError(t, err)
	assert.Equal(t, digest, out.Situations[0].SHA256)
}
