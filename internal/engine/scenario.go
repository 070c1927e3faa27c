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
	"github.com/cvconform/cvconform/internal/situation"
)

// A World is what the steps of one scenario share. In the first pass Given and
// When build the situation; in the second they build it again and Then judges.
type World struct {
	situation situation.Situation
	subject   *check.Case // nil in the first pass
	absent    string      // why the scenario cannot apply
	results   []result
	judged    []judged
	open      *check.Problem // of the step that runs: it leaves the verdict to the steps behind it
}

// A judged is one check that a scenario has made; no problem means that it held.
type judged struct {
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
func (w *World) Act(a situation.Act) { w.situation = w.situation.Then(a) }

// Situation is what the steps have built so far.
func (w *World) Situation() situation.Situation { return w.situation }

// NotApplicable says that the scenario cannot apply to this run, and why.
func (w *World) NotApplicable(reason string) { w.absent = reason }

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
			w.judged = append(w.judged, judged{k.Name, &check.Problem{Kind: check.Broken, Summary: fmt.Sprintf("check %s panicked", k.Name)}})
		}
	}()
	p := check.Judge(w.subject, k)
	w.judged = append(w.judged, judged{k.Name, p})
	switch {
	case p == nil:
		return nil
	case p.Kind == check.Inconclusive:
		w.open = p
		return nil
	default:
		return p
	}
}

// note keeps what became of a step.
func (w *World) note(text string, status godog.StepResultStatus, err error) {
	if w.open != nil {
		err = w.open
	}
	w.open = nil
	w.results = append(w.results, result{text, status, err})
}

// Definitions registers the step definitions of one scenario.
type Definitions func(*godog.ScenarioContext, *World)

// pass runs one scenario as a godog suite of its own. The error says that the
// suite did not run it exactly once, whole.
func pass(ctx context.Context, s features.Scenario, define Definitions, subject *check.Case) (*World, error) {
	w := &World{subject: subject}
	ran := 0
	suite := godog.TestSuite{
		Name: s.Requirement,
		ScenarioInitializer: func(sc *godog.ScenarioContext) {
			ran++
			define(sc, w)
			sc.StepContext().After(func(ctx context.Context, st *godog.Step, status godog.StepResultStatus, err error) (context.Context, error) {
				w.note(st.Text, status, err)
				return ctx, nil
			})
		},
		Options: &godog.Options{Format: "progress", Output: io.Discard, NoColors: true, Strict: true, Concurrency: 1,
			DefaultContext: ctx, FeatureContents: []godog.Feature{{Name: s.Feature, Contents: s.Content()}}},
	}
	status := suite.Run()
	if err := whole(s, w, ran, status, subject == nil); err != nil {
		return nil, fmt.Errorf("%s:%d: %w", s.Feature, s.Line, err)
	}
	return w, nil
}

// whole makes sure that godog ran the scenario once and every step of it.
func whole(s features.Scenario, w *World, ran, status int, declaring bool) error {
	switch {
	case ran != 1:
		return fmt.Errorf("godog ran %d scenarios, not one", ran)
	case len(w.results) != len(s.Steps):
		return fmt.Errorf("godog ran %d of %d steps", len(w.results), len(s.Steps))
	case declaring && status != 0:
		return fmt.Errorf("a step cannot be declared: %w", w.trouble())
	case !declaring && status == 0 && w.ended() != nil:
		return fmt.Errorf("godog passed a scenario with a failed step: %w", w.ended())
	}
	for _, r := range w.results {
		if r.status == godog.StepUndefined || r.status == godog.StepPending || r.status == godog.StepAmbiguous {
			return fmt.Errorf("step %q is %s", r.text, r.status)
		}
	}
	return nil
}

// trouble is the worst that there is to say of the scenario: what ended it, else
// the first step that was left open; nil where it passed.
func (w *World) trouble() error {
	if err := w.ended(); err != nil {
		return err
	}
	for _, r := range w.results {
		if r.err != nil {
			return r.err
		}
	}
	return nil
}

// ended is the error of the step that ended the scenario.
func (w *World) ended() error {
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
	if err := w.trouble(); err != nil {
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
