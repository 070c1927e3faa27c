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

// A World is what the steps of one scenario share. In the first pass Given and
// When build the situation; in the second they build it again and Then judges.
type World struct {
	situation     situation.Situation
	subject       *check.Case // nil in the first pass
	notApplicable string      // why the scenario cannot apply
	results       []result
	judged        []checkResult
	inconclusive  *check.Problem // of the step that runs: it leaves the verdict to the steps behind it
}

// A checkResult is one check that a scenario has made; no problem means that it held.
type checkResult struct {
	check   string
	problem *check.Problem
}

// A result is what became of one step.
type result struct {
	text   string
	status godog.StepResultStatus
	err    error
}

// Act adds one act to the situation.
func (w *World) Act(a situation.Act) { w.situation = w.situation.With(a) }

// Situation is what the steps have built so far.
func (w *World) Situation() situation.Situation { return w.situation }

// NotApplicable says that the scenario cannot apply to this run, and why.
func (w *World) NotApplicable(reason string) { w.notApplicable = reason }

// Judge applies a check to the evidence; in the first pass it does nothing. The
// error is a [*check.Problem], or a panic of the check. What is inconclusive ends no
// scenario: the steps behind it may prove that the requirement is broken.
func (w *World) Judge(k check.Check) (err error) {
	if w.subject == nil {
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

// recordStep keeps what became of a step.
func (w *World) recordStep(text string, status godog.StepResultStatus, err error) {
	if w.inconclusive != nil {
		err = w.inconclusive
	}
	w.inconclusive = nil
	w.results = append(w.results, result{text, status, err})
}

// StepDefinitions registers the step definitions of one scenario.
type StepDefinitions func(*godog.ScenarioContext, *World)

// runScenario runs one scenario as a godog suite of its own. The error says that the
// suite did not run it exactly once, whole.
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

// checkAllStepsRan makes sure that godog ran the scenario once and every step of it.
func checkAllStepsRan(s features.Scenario, w *World, ran, status int, declaring bool) error {
	switch {
	case ran != 1:
		return fmt.Errorf("godog ran %d scenarios, not one", ran)
	case len(w.results) != len(s.Steps):
		return fmt.Errorf("godog ran %d of %d steps", len(w.results), len(s.Steps))
	case declaring && status != 0:
		return fmt.Errorf("a step cannot be declared: %w", w.firstError())
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

// firstError is the worst that there is to say of the scenario: what ended it, else
// the first step that was left open; nil where it passed.
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

// failedStep is the error of the step that ended the scenario.
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

// problem is the problem that decides the scenario; nil where it passed.
func (w *World) problem() *check.Problem {
	if err := w.firstError(); err != nil {
		return asProblem(err)
	}
	return nil
}

// asProblem is what became of a step: an error that is no problem is the harness's.
func asProblem(err error) *check.Problem {
	var p *check.Problem
	if errors.As(err, &p) {
		return p
	}
	return &check.Problem{Kind: check.Broken, Summary: err.Error()}
}
