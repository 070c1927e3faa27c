package engine

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cucumber/godog"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/steps/report"
)

func TestDoGivesEveryRequirementItsVerdict(t *testing.T) {
	run := runOf(t, &fakePerformer{}, fine)
	out, err := run.Execute(t.Context())
	require.NoError(t, err)
	assert.True(t, out.Complete)
	assert.Equal(t, len(run.Requirements), sum(out))
	assert.Equal(t, len(run.Requirements), out.Counts[report.Passed]+out.Counts[report.Observed])
	for i, q := range out.Requirements {
		assert.Equal(t, run.Requirements[i].ID, q.ID)
		assert.Len(t, q.Scenarios, len(run.Requirements[i].Scenarios), q.ID)
	}
}

func TestDoPerformsEachActOnce(t *testing.T) {
	s := &fakePerformer{}
	_, err := runOf(t, s, fine).Execute(t.Context())
	require.NoError(t, err)
	all := slices.Sorted(slices.Values(slices.Concat(s.acts...)))
	assert.Equal(t, slices.Compact(slices.Clone(all)), all)
	assert.NotEmpty(t, all)
}

func TestDoIsolatedPerformsEachScenarioForItself(t *testing.T) {
	apart := &fakePerformer{}
	run := runOf(t, apart, func(text string) *check.Problem {
		if len(text)%2 == 0 {
			return &check.Problem{Kind: check.Failed, Summary: text}
		}
		return nil
	})
	together, err := run.Execute(t.Context())
	require.NoError(t, err)
	apart.acts, run.Isolate = nil, true
	isolated, err := run.Execute(t.Context())
	require.NoError(t, err)
	assert.Equal(t, verdicts(together), verdicts(isolated))
	assert.Len(t, apart.acts, len(verdicts(isolated)), "one lineage for each scenario")
	for _, acts := range apart.acts {
		assert.Len(t, acts, 2, "a create and a training, nothing of others")
	}
}

func TestDoPerformsQuietLineagesAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &fakePerformer{lasts: time.Second}
		_, err := runOf(t, s, fine).Execute(t.Context())
		require.NoError(t, err)
		assert.NotZero(t, s.quiet)
		assert.Greater(t, len(s.acts), s.quiet)
		assert.Empty(t, s.disturbed)
	})
}

func TestDoKeepsToItsParallelism(t *testing.T) {
	for _, parallel := range []int{1, 2, 3} {
		synctest.Test(t, func(t *testing.T) {
			s := &fakePerformer{lasts: time.Second}
			run := runOf(t, s, fine)
			run.Parallel = parallel
			_, err := run.Execute(t.Context())
			require.NoError(t, err)
			assert.Equal(t, parallel, s.together)
			assert.Empty(t, s.disturbed)
		})
	}
}

// A service that takes two projects at a time gets no third, however many
// lineages might be performed side by side.
func TestDoKeepsToThePlaces(t *testing.T) {
	for name, c := range map[string]struct{ places, together int }{"two": {2, 2}, "fewer than a pair needs": {1, 1}, "any number": {0, 4}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &fakePerformer{lasts: time.Second}
				run := runOf(t, s, fine)
				run.ProjectSlots = c.places
				out, err := run.Execute(t.Context())
				require.NoError(t, err)
				assert.Equal(t, c.together, s.together)
				assert.Equal(t, len(run.Requirements), out.Counts[report.Passed]+out.Counts[report.Observed])
			})
		})
	}
}

func TestAPairTakesTwoPlaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &fakePerformer{lasts: time.Second}
		run := runOf(t, s, fine)
		run.ProjectSlots = 2
		run.Define = func(sc *godog.ScenarioContext, w *World) {
			sc.Given(`^(.*)$`, func(text string) {
				w.Act(
					situation.Act{
						Verb:        situation.Create,
						Storage:     situation.Integrations{Queue: true},
						Pair:        true,
						FailureMode: situation.Failure(text),
					},
				)
			})
			sc.When(`^.*$`, func() {})
			sc.Then(`^.*$`, func() {})
		}
		_, err := run.Execute(t.Context())
		require.NoError(t, err)
		assert.Greater(t, len(s.acts), 2)
		assert.Equal(t, 1, s.together)
	})
}

// Who waits for a place does not keep an interrupted run.
func TestWaitingForAPlaceEndsWithTheRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &fakePerformer{lasts: time.Hour}
		run := runOf(t, s, fine)
		run.ProjectSlots = 1
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		began := time.Now()
		out, err := run.Execute(ctx)
		require.NoError(t, err)
		assert.Equal(t, time.Minute, time.Since(began))
		assert.False(t, out.Complete)
		assert.Equal(t, len(run.Requirements), out.Counts[report.NotRun])
	})
}

func TestDoReportsAnUndefinedStep(t *testing.T) {
	run := runOf(t, &fakePerformer{}, fine, "CVSI-TRAIN-01")
	run.Define = func(sc *godog.ScenarioContext, w *World) { sc.Given(`^.*$`, func() {}) }
	out, err := run.Execute(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 1, out.Counts[report.HarnessError])
	assert.Contains(t, out.Requirements[0].Reason, "a step cannot be declared")
	assert.Contains(t, out.Requirements[0].Reason, "is undefined")
}

func TestDoReportsPanicsAndErrors(t *testing.T) {
	const only = "CVSI-TRAIN-01"
	for name, c := range map[string]struct {
		stage *fakePerformer
		judge judgement
		want  string
	}{
		"a check panics":    {&fakePerformer{}, func(string) *check.Problem { panic("no such map") }, "check test panicked: no such map"},
		"performing panics": {&fakePerformer{fail: func(*situation.ActTree) error { panic("no such act") }}, fine, "performing panicked: no such act"},
		"performing fails":  {&fakePerformer{fail: func(*situation.ActTree) error { return errors.New("storage is gone") }}, fine, "storage is gone"},
		"a check is broken": {&fakePerformer{}, func(string) *check.Problem { return &check.Problem{Kind: check.Broken, Summary: "no such event"} }, "no such event"},
		"an event is missing": {&fakePerformer{}, func(string) *check.Problem {
			return &check.Problem{Kind: check.Broken, Summary: "#99", Events: []int{99, 0}}
		}, "#99"},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := runOf(t, c.stage, c.judge, only).Execute(t.Context())
			require.NoError(t, err)
			assert.Equal(t, 1, out.Counts[report.HarnessError])
			assert.Contains(t, out.Requirements[0].Reason, c.want)
			assert.True(t, out.Complete)
		})
	}
}

func TestDoReportsWhatAProblemSays(t *testing.T) {
	out, err := runOf(t, &fakePerformer{}, func(string) *check.Problem {
		return &check.Problem{
			Kind:    check.Failed,
			Summary: "no message",
			Want:    "one",
			Got:     "none",
			Diff:    "-1",
			Events:  []int{2},
		}
	}, "CVSI-TRAIN-08").Execute(t.Context())
	require.NoError(t, err)
	s := out.Requirements[0].Scenarios[0]
	assert.Equal(t, []any{report.Warned, "no message"}, []any{s.Verdict, s.Reason})
	var got []report.Verdict
	for _, step := range s.Steps {
		got = append(got, step.Verdict)
	}
	assert.Equal(t, []report.Verdict{report.Passed, report.Passed, report.Warned, report.NotRun}, got[:4])
	assert.Equal(
		t,
		report.Step{
			Text:    s.Steps[2].Text,
			Verdict: report.Warned,
			Summary: "no message",
			Want:    "one",
			Got:     "none",
			Diff:    "-1",
			Events:  []report.Event{{Seq: 2, Text: "ended: create a project with no URI"}},
		},
		s.Steps[2],
	)
}

func TestDoLeavesOutWhatDoesNotApply(t *testing.T) {
	s := &fakePerformer{}
	run := runOf(t, s, fine, "CVSI-TRAIN-01", "CVSI-BACKUP-01")
	run.Applicable = func(f features.Scenario, _ situation.Situation) string {
		return map[bool]string{true: "no backups here"}[f.Needs("backup")]
	}
	out, err := run.Execute(t.Context())
	require.NoError(t, err)
	assert.Len(t, s.acts, 1, "only what applies is performed")
	assert.Equal(
		t,
		map[report.Verdict]int{report.Passed: 1, report.NotApplicable: 1},
		map[report.Verdict]int{
			report.Passed:        out.Counts[report.Passed],
			report.NotApplicable: out.Counts[report.NotApplicable],
		},
	)
	assert.Contains(t, []string{out.Requirements[0].Reason, out.Requirements[1].Reason}, "no backups here")
}

func TestDoTakesAStepsWordThatItDoesNotApply(t *testing.T) {
	s := &fakePerformer{}
	run := runOf(t, s, fine, "CVSI-TRAIN-01")
	run.Define = func(sc *godog.ScenarioContext, w *World) {
		sc.Step(`^.*$`, func() { w.NotApplicable("one platform only") })
	}
	out, err := run.Execute(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 1, out.Counts[report.NotApplicable])
	assert.Empty(t, s.acts)
}

// An interrupted run reports what there is, whatever ended it.
func TestDoInterrupted(t *testing.T) {
	for name, cause := range map[string]error{"a signal": nil, "a cause of its own": errors.New("the window was closed"), "a deadline": context.DeadlineExceeded} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			s := &fakePerformer{}
			s.fail = func(*situation.ActTree) error { cancel(cause); return ctx.Err() }
			run := runOf(t, s, fine)
			run.Parallel = 1
			out, err := run.Execute(ctx)
			require.NoError(t, err)
			assert.False(t, out.Complete)
			assert.Len(t, s.acts, 1, "nothing is begun after the interruption")
			assert.Equal(t, len(run.Requirements), out.Counts[report.NotRun])
			assert.Equal(t, "the run was interrupted", out.Requirements[0].Reason)
		})
	}
}

func TestDoKeepsWhatWasPerformedBeforeAnInterruption(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := &fakePerformer{}
	s.fail = func(*situation.ActTree) error { cancel(); return nil }
	run := runOf(t, s, fine)
	run.Parallel = 1
	out, err := run.Execute(ctx)
	require.NoError(t, err)
	assert.Positive(t, out.Counts[report.Passed])
	assert.Positive(t, out.Counts[report.NotRun])
	assert.Equal(t, len(run.Requirements), sum(out))
}

func TestDoTellsItsProgress(t *testing.T) {
	var mu sync.Mutex
	var last Progress
	begun := 0
	run := runOf(t, &fakePerformer{}, fine)
	run.Observe = func(p Progress) {
		mu.Lock()
		defer mu.Unlock()
		last = p
		if !p.Ended {
			begun++
		}
	}
	out, err := run.Execute(t.Context())
	require.NoError(t, err)
	assert.Equal(t, len(out.Situations), begun)
	assert.Equal(t, []int{begun, begun}, []int{last.Done, last.All})
	assert.True(t, last.Ended)
}

func TestLatenciesAreTheLongestWaitsThatEnded(t *testing.T) {
	waited := func(budget string, satisfied bool, elapsed time.Duration) evidence.Event {
		return evidence.Event{
			Kind: evidence.KindWait,
			Wait: &evidence.Wait{Budget: budget, Satisfied: satisfied, Elapsed: elapsed},
		}
	}
	assert.Equal(t, map[string]float64{"backup": 12.5, "training": 1000}, latencies([]evidence.Event{
		waited(
			"backup",
			true,
			3*time.Millisecond,
		), waited("backup", true, 12500*time.Microsecond), waited("backup", true, time.Millisecond),
		waited("backup", false, time.Hour), waited("training", true, time.Second), waited("export", false, time.Second),
	}))
}

func TestTookIsTheTimeOfTheCasesOwnActs(t *testing.T) {
	create := situation.Act{Verb: situation.Create}
	act := func(key, phase string, at time.Duration) evidence.Event {
		return evidence.Event{Kind: evidence.KindAct, Act: key, At: at, ActBoundary: &evidence.ActBoundary{Phase: phase}}
	}
	c := &check.Case{Situation: situation.Situation{Acts: []situation.Act{create}}, Events: []evidence.Event{
		act("create(none)", "began", time.Second), act("create(none)", "ended", 3*time.Second),
		act("create(none) > train", "began", 3*time.Second), act("create(none) > train", "ended", 9*time.Second),
	}}
	assert.Equal(t, 2*time.Second, actDuration(c))
}

func TestDoReportsAStepThatTwoDefinitionsMatch(t *testing.T) {
	run := runOf(t, &fakePerformer{}, fine, "CVSI-TRAIN-01")
	run.Define = func(sc *godog.ScenarioContext, _ *World) {
		sc.Step(`^.*$`, func() {})
		sc.Step(`project`, func() {})
	}
	out, err := run.Execute(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 1, out.Counts[report.HarnessError])
	assert.Contains(t, out.Requirements[0].Reason, "is ambiguous")
}
