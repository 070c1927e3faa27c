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

func TestExecuteGivesEveryRequirementAVerdict(t *testing.T) {
	run := newRun(t, &fakePerformer{}, passAll)
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

func TestExecutePerformsEachActOnce(t *testing.T) {
	s := &fakePerformer{}
	_, err := newRun(t, s, passAll).Execute(t.Context())
	require.NoError(t, err)
	all := slices.Sorted(slices.Values(slices.Concat(s.acts...)))
	assert.Equal(t, slices.Compact(slices.Clone(all)), all)
	assert.NotEmpty(t, all)
}

func TestIsolatePerformsEveryScenarioSeparately(t *testing.T) {
	performer := &fakePerformer{}
	run := newRun(t, performer, func(text string) *check.Problem {
		if len(text)%2 == 0 {
			return &check.Problem{Kind: check.Failed, Summary: text}
		}
		return nil
	})
	together, err := run.Execute(t.Context())
	require.NoError(t, err)
	performer.acts, run.Isolate = nil, true
	isolated, err := run.Execute(t.Context())
	require.NoError(t, err)
	assert.Equal(t, verdicts(together), verdicts(isolated))
	assert.Len(t, performer.acts, len(verdicts(isolated)), "one tree for each scenario")
	for _, acts := range performer.acts {
		assert.Len(t, acts, 2, "a create and a training only")
	}
}

func TestExclusiveTreesArePerformedAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &fakePerformer{lasts: time.Second}
		_, err := newRun(t, s, passAll).Execute(t.Context())
		require.NoError(t, err)
		assert.NotZero(t, s.exclusive)
		assert.Greater(t, len(s.acts), s.exclusive)
		assert.Empty(t, s.disturbed)
	})
}

func TestParallelLimitsTreesAtATime(t *testing.T) {
	for _, parallel := range []int{1, 2, 3} {
		synctest.Test(t, func(t *testing.T) {
			s := &fakePerformer{lasts: time.Second}
			run := newRun(t, s, passAll)
			run.Parallel = parallel
			_, err := run.Execute(t.Context())
			require.NoError(t, err)
			assert.Equal(t, parallel, s.together)
			assert.Empty(t, s.disturbed)
		})
	}
}

func TestProjectSlotsLimitProjectsAtATime(t *testing.T) {
	for name, c := range map[string]struct{ slots, together int }{"two": {2, 2}, "one": {1, 1}, "any number": {0, 4}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &fakePerformer{lasts: time.Second}
				run := newRun(t, s, passAll)
				run.ProjectSlots = c.slots
				out, err := run.Execute(t.Context())
				require.NoError(t, err)
				assert.Equal(t, c.together, s.together)
				assert.Equal(t, len(run.Requirements), out.Counts[report.Passed]+out.Counts[report.Observed])
			})
		})
	}
}

func TestPairTakesTwoProjectSlots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &fakePerformer{lasts: time.Second}
		run := newRun(t, s, passAll)
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

func TestWaitForAProjectSlotEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &fakePerformer{lasts: time.Hour}
		run := newRun(t, s, passAll)
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

func TestUndefinedStepIsAHarnessError(t *testing.T) {
	run := newRun(t, &fakePerformer{}, passAll, "CVSI-TRAIN-01")
	run.Define = func(sc *godog.ScenarioContext, w *World) { sc.Given(`^.*$`, func() {}) }
	out, err := run.Execute(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 1, out.Counts[report.HarnessError])
	assert.Contains(t, out.Requirements[0].Reason, "cannot declare a step")
	assert.Contains(t, out.Requirements[0].Reason, "is undefined")
}

func TestPanicsAndErrorsAreHarnessErrors(t *testing.T) {
	const only = "CVSI-TRAIN-01"
	for name, c := range map[string]struct {
		performer *fakePerformer
		judge     judgeFunc
		want      string
	}{
		"a check panics": {
			&fakePerformer{},
			func(string) *check.Problem { panic("no such map") },
			"check test panicked: no such map",
		},
		"performing panics": {
			&fakePerformer{fail: func(*situation.ActTree) error { panic("no such act") }},
			passAll,
			"performing panicked: no such act",
		},
		"performing fails": {
			&fakePerformer{fail: func(*situation.ActTree) error { return errors.New("storage is gone") }},
			passAll,
			"storage is gone",
		},
		"a check is broken": {
			&fakePerformer{},
			func(string) *check.Problem { return &check.Problem{Kind: check.Broken, Summary: "no such event"} },
			"no such event",
		},
		"an event is missing": {&fakePerformer{}, func(string) *check.Problem {
			return &check.Problem{Kind: check.Broken, Summary: "#99", Events: []int{99, 0}}
		}, "#99"},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := newRun(t, c.performer, c.judge, only).Execute(t.Context())
			require.NoError(t, err)
			assert.Equal(t, 1, out.Counts[report.HarnessError])
			assert.Contains(t, out.Requirements[0].Reason, c.want)
			assert.True(t, out.Complete)
		})
	}
}

func TestStepReportsItsProblem(t *testing.T) {
	out, err := newRun(t, &fakePerformer{}, func(string) *check.Problem {
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

func TestScenarioThatDoesNotApplyIsNotPerformed(t *testing.T) {
	s := &fakePerformer{}
	run := newRun(t, s, passAll, "CVSI-TRAIN-01", "CVSI-BACKUP-01")
	run.Applicable = func(f features.Scenario, _ situation.Situation) string {
		return map[bool]string{true: "no backups here"}[f.Needs("backup")]
	}
	out, err := run.Execute(t.Context())
	require.NoError(t, err)
	assert.Len(t, s.acts, 1, "only the scenario that applies is performed")
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

func TestStepMarksItsScenarioAsNotApplicable(t *testing.T) {
	s := &fakePerformer{}
	run := newRun(t, s, passAll, "CVSI-TRAIN-01")
	run.Define = func(sc *godog.ScenarioContext, w *World) {
		sc.Step(`^.*$`, func() { w.NotApplicable("one platform only") })
	}
	out, err := run.Execute(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 1, out.Counts[report.NotApplicable])
	assert.Empty(t, s.acts)
}

func TestInterruptedRunReportsEveryRequirement(t *testing.T) {
	for name, cause := range map[string]error{
		"a signal": nil, "a cause": errors.New("the window was closed"), "a deadline": context.DeadlineExceeded,
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			s := &fakePerformer{}
			s.fail = func(*situation.ActTree) error { cancel(cause); return ctx.Err() }
			run := newRun(t, s, passAll)
			run.Parallel = 1
			out, err := run.Execute(ctx)
			require.NoError(t, err)
			assert.False(t, out.Complete)
			assert.Len(t, s.acts, 1, "nothing is started after the interruption")
			assert.Equal(t, len(run.Requirements), out.Counts[report.NotRun])
			assert.Equal(t, "the run was interrupted", out.Requirements[0].Reason)
		})
	}
}

func TestVerdictsBeforeAnInterruptionAreKept(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := &fakePerformer{}
	s.fail = func(*situation.ActTree) error { cancel(); return nil }
	run := newRun(t, s, passAll)
	run.Parallel = 1
	out, err := run.Execute(ctx)
	require.NoError(t, err)
	assert.Positive(t, out.Counts[report.Passed])
	assert.Positive(t, out.Counts[report.NotRun])
	assert.Equal(t, len(run.Requirements), sum(out))
}

func TestExecuteReportsProgress(t *testing.T) {
	var mu sync.Mutex
	var last Progress
	started := 0
	run := newRun(t, &fakePerformer{}, passAll)
	run.Observe = func(p Progress) {
		mu.Lock()
		defer mu.Unlock()
		last = p
		if !p.Ended {
			started++
		}
	}
	out, err := run.Execute(t.Context())
	require.NoError(t, err)
	assert.Equal(t, len(out.Situations), started)
	assert.Equal(t, []int{started, started}, []int{last.Done, last.All})
	assert.True(t, last.Ended)
}

func TestLatenciesAreTheLongestSatisfiedWaits(t *testing.T) {
	waited := func(budget string, satisfied bool, elapsed time.Duration) evidence.Event {
		return evidence.Event{
			Kind: evidence.KindWait,
			Wait: &evidence.Wait{Budget: budget, Satisfied: satisfied, Elapsed: elapsed},
		}
	}
	assert.Equal(t, map[string]float64{"backup": 12.5, "training": 1000}, latencies([]evidence.Event{
		waited("backup", true, 3*time.Millisecond), waited("backup", true, 12500*time.Microsecond),
		waited("backup", true, time.Millisecond),
		waited("backup", false, time.Hour), waited("training", true, time.Second), waited("export", false, time.Second),
	}))
}

func TestActDurationSumsTheActsOfTheSituation(t *testing.T) {
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

func TestAmbiguousStepIsAHarnessError(t *testing.T) {
	run := newRun(t, &fakePerformer{}, passAll, "CVSI-TRAIN-01")
	run.Define = func(sc *godog.ScenarioContext, _ *World) {
		sc.Step(`^.*$`, func() {})
		sc.Step(`project`, func() {})
	}
	out, err := run.Execute(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 1, out.Counts[report.HarnessError])
	assert.Contains(t, out.Requirements[0].Reason, "is ambiguous")
}
