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

// performedOnce is a run, what came of it, and what is on record of it.
func performedOnce(t *testing.T, judge judgement, only ...string) (*Run, Outcome, []TimelineRecord) {
	t.Helper()
	s := &fakePerformer{}
	run := runOf(t, s, judge, only...)
	out, err := run.Execute(t.Context())
	require.NoError(t, err)
	var records []TimelineRecord
	for n := range out.Situations {
		records = append(records, s.records[n+1])
	}
	run.Perform, run.Parallel = nil, 0
	return run, out, records
}

func TestAgainComesToTheSame(t *testing.T) {
	run, want, records := performedOnce(t, func(text string) *check.Problem {
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
	assert.ErrorContains(t, err, "situations are to be judged")
}

func TestAgainKeepsTroubleOfThePerformance(t *testing.T) {
	run, _, records := performedOnce(t, fine, "CVSI-TRAIN-01")
	records[0].Error = "storage is gone"
	out, err := run.Rejudge(t.Context(), records)
	require.NoError(t, err)
	assert.Equal(t, report.HarnessError, out.Requirements[0].Verdict)
	assert.Equal(t, "storage is gone", out.Requirements[0].Reason)
	assert.Equal(t, "storage is gone", out.Situations[0].Error)
}

func TestAgainRefuses(t *testing.T) {
	for want, change := range map[string]func([]TimelineRecord) []TimelineRecord{
		"1 situations are to be judged, 0 are on record":                               func(r []TimelineRecord) []TimelineRecord { return r[1:] },
		`situation 1: it has to be "create\(queue.*\)", on record is "create\(none\)"`: func(r []TimelineRecord) []TimelineRecord { r[0].Key = "create(none)"; return r },
		`situation 1: event 2 belongs to the act "update", which is not part of it`: func(r []TimelineRecord) []TimelineRecord {
			r[0].Events = slices.Clone(r[0].Events)
			r[0].Events[1].Act = "update"
			return r
		},
	} {
		run, _, records := performedOnce(t, fine, "CVSI-TRAIN-01")
		_, err := run.Rejudge(t.Context(), change(records))
		require.Error(t, err)
		assert.Regexp(t, want, err.Error())
	}
}

// What is recorded once a lineage is over is not part of it.
func TestLateEventsAreDropped(t *testing.T) {
	s := &fakePerformer{}
	run := runOf(t, s, fine, "CVSI-TRAIN-01")
	var timeline *evidence.Timeline
	perform := run.Perform
	run.Perform = func(ctx context.Context, l *situation.ActTree, number int) (*evidence.Timeline, error) {
		var err error
		timeline, err = perform(ctx, l, number)
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
