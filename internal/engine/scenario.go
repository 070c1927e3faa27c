package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"

	"github.com/cucumber/godog"

	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/engine/situation"
)

// A World is the state that the steps of one scenario share (Cucumber's term). In the first pass Given and When build
// the situation. In the second pass they build it again, and Then judges the evidence.
type World struct {
	situation     situation.Situation
	subject       *check.Case // nil in the first pass
	notApplicable string      // why the scenario does not apply
	results       []result
	judged        []checkResult
	inconclusive  *check.Problem // of the current step
	watches       bool           // a check judges effects that follow the last act
}

// A checkResult is the result of one check of a scenario. A nil problem means that it passed.
type checkResult struct {
	check   string
	problem *check.Problem
}

// A result is the result of one step.
type result struct {
	text   string
	status godog.StepResultStatus
	err    error
}

// Act adds one act to the situation.
func (w *World) Act(a situation.Act) { w.situation = w.situation.With(a) }

// Situation returns the situation that the steps have built so far.
func (w *World) Situation() situation.Situation { return w.situation }

// NotApplicable marks the scenario as not applicable to this run.
func (w *World) NotApplicable(reason string) { w.notApplicable = reason }

// Judge applies a check to the evidence; in the first pass it does nothing. The error is a [*check.Problem], or the
// panic of the check. An inconclusive problem is not returned, so that the scenario continues: a later step may prove
// that the requirement is violated.
func (w *World) Judge(k check.Check) (err error) {
	if w.subject == nil {
		w.watches = w.watches || !k.Immediate
		return nil
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("check %s panicked: %v\n%s", k.Name, r, debug.Stack())
			w.judged = append(
				w.judged,
				checkResult{k.Name, &check.Problem{Kind: check.Broken, Summary: fmt.Sprintf("check %s panicked", k.Name)}},
			)
		}
	}()
	p := check.Judge(w.subject, k)
	w.judged = append(w.judged, checkResult{k.Name, p})
	switch {
	case p == nil:
		return nil
	case p.Kind == check.Inconclusive:
		w.inconclusive = p
		return nil
	default:
		return p
	}
}

// recordStep adds the result of a step.
func (w *World) recordStep(text string, status godog.StepResultStatus, err error) {
	if w.inconclusive != nil {
		err = w.inconclusive
	}
	w.inconclusive = nil
	w.results = append(w.results, result{text, status, err})
}

// StepDefinitions registers the step definitions of one scenario.
type StepDefinitions func(*godog.ScenarioContext, *World)

// runScenario runs one scenario as a godog suite of its own. The error says that the suite did not run all its steps
// exactly once.
func runScenario(
	ctx context.Context,
	s features.Scenario,
	define StepDefinitions,
	subject *check.Case,
) (*World, error) {
	w := &World{subject: subject}
	ran := 0
	suite := godog.TestSuite{
		Name: s.Requirement,
		ScenarioInitializer: func(sc *godog.ScenarioContext) {
			ran++
			define(sc, w)
			sc.StepContext().
				After(func(ctx context.Context, st *godog.Step, status godog.StepResultStatus, err error) (context.Context, error) {
					w.recordStep(st.Text, status, err)
					return ctx, nil
				})
		},
		Options: &godog.Options{Format: "progress", Output: io.Discard, NoColors: true, Strict: true, Concurrency: 1,
			DefaultContext: ctx, FeatureContents: []godog.Feature{{Name: s.Feature, Contents: s.Content()}}},
	}
	status := suite.Run()
	if err := checkAllStepsRan(s, w, ran, status, subject == nil); err != nil {
		return nil, fmt.Errorf("%s:%d: %w", s.Feature, s.Line, err)
	}
	return w, nil
}

// checkAllStepsRan returns an error unless godog ran the scenario once, with all its steps.
func checkAllStepsRan(s features.Scenario, w *World, ran, status int, declaring bool) error {
	switch {
	case ran != 1:
		return fmt.Errorf("godog ran %d scenarios instead of one", ran)
	case len(w.results) != len(s.Steps):
		return fmt.Errorf("godog ran %d of %d steps", len(w.results), len(s.Steps))
	case declaring && status != 0:
		return fmt.Errorf("cannot declare a step: %w", w.firstError())
	case !declaring && status == 0 && w.failedStep() != nil:
		return fmt.Errorf("godog passed a scenario with a failed step: %w", w.failedStep())
	}
	for _, r := range w.results {
		if r.status == godog.StepUndefined || r.status == godog.StepPending || r.status == godog.StepAmbiguous {
			return fmt.Errorf("step %q is %s", r.text, r.status)
		}
	}
	return nil
}

// firstError returns the error that ended the scenario, or else the first inconclusive problem; nil if it passed.
func (w *World) firstError() error {
	if err := w.failedStep(); err != nil {
		return err
	}
	for _, r := range w.results {
		if r.err != nil {
			return r.err
		}
	}
	return nil
}

// failedStep returns the error of the step that ended the scenario, or nil.
func (w *World) failedStep() error {
	for _, r := range w.results {
		switch {
		case r.status == godog.StepUndefined || r.status == godog.StepAmbiguous:
			return fmt.Errorf("step %q is %s", r.text, r.status)
		case r.err != nil && r.status != godog.StepPassed:
			return r.err
		}
	}
	return nil
}

// problem returns the problem that decides the verdict of the scenario; nil if it passed.
func (w *World) problem() *check.Problem {
	if err := w.firstError(); err != nil {
		return asProblem(err)
	}
	return nil
}

// asProblem returns the problem in the error of a step. An error without one is an error of the harness.
func asProblem(err error) *check.Problem {
	var p *check.Problem
	if errors.As(err, &p) {
		return p
	}
	return &check.Problem{Kind: check.Broken, Summary: err.Error()}
}
