package engine

import (
	"context"
	"errors"
	"time"

	"github.com/cucumber/godog"

	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/estimate"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/steps/report"
)

// An Outcome is what a run came to.
type Outcome struct {
	Requirements    []report.Requirement
	Situations      []report.ActTree
	Observed        map[string][]string
	Counts          map[report.Verdict]int
	Created         report.Created // what was created
	GatewayBypassed bool           // the service reaches its storage around the gateway
	Complete        bool           // false: the run was interrupted
}

// Execute runs all that was planned. It returns an outcome in every case; the error
// says that the verdicts do not add up.
func (r *Run) Execute(ctx context.Context) (Outcome, error) {
	items := r.declare(ctx)
	all := r.plan(items)
	r.perform(ctx, all)
	complete := ctx.Err() == nil
	out, err := r.conclude(context.WithoutCancel(ctx), items, all)
	out.Complete = complete
	return out, err
}

// conclude has every scenario judge what was performed, and draws the verdicts
// together.
func (r *Run) conclude(ctx context.Context, items []*scenarioRun, all []*treeResult) (Outcome, error) {
	out := Outcome{
		Complete:        true,
		Observed:        check.Observe(r.Recorded == nil, timelines(all)...),
		GatewayBypassed: !r.Visibility.IsPolled() && gatewayBypassed(all),
		Situations:      situations(all),
		Created:         estimate.Count(timelines(all)...),
	}
	for _, q := range r.Requirements {
		out.Requirements = append(
			out.Requirements,
			report.Requirement{ID: q.ID, Level: string(q.Level), Title: q.Title, Feature: q.Feature, Line: q.Line},
		)
	}
	for _, it := range items {
		q := &out.Requirements[it.requirement]
		q.Scenarios = append(q.Scenarios, r.judge(ctx, it, out.GatewayBypassed))
	}
	for i := range out.Requirements {
		applyWorstScenario(&out.Requirements[i])
	}
	var err error
	out.Counts, err = count(out.Requirements, len(r.Requirements))
	return out, err
}

// judge is the third pass: the scenario's Then steps read the evidence.
func (r *Run) judge(ctx context.Context, it *scenarioRun, around bool) report.Scenario {
	s := report.Scenario{
		Name:      it.scenario.Name,
		Line:      it.scenario.Line,
		Situation: it.situation.Key(),
		Steps:     []report.Step{},
	}
	switch {
	case it.declareErr != nil:
		s.Verdict, s.Reason = report.HarnessError, it.declareErr.Error()
	case it.notApplicable != "":
		s.Verdict, s.Reason = report.NotApplicable, it.notApplicable
	case errors.Is(it.performed.err, errInterrupted):
		s.Verdict, s.Reason = report.NotRun, errInterrupted.Error()
	case it.performed.err != nil:
		s.Verdict, s.Reason = report.HarnessError, it.performed.err.Error()
	default:
		r.evaluateSteps(ctx, it, around, &s)
	}
	return s
}

func (r *Run) evaluateSteps(ctx context.Context, it *scenarioRun, around bool, s *report.Scenario) {
	subject := &check.Case{
		Situation:       it.situation,
		Events:          it.performed.events,
		Started:         it.performed.started,
		Readings:        r.Readings,
		Budgets:         r.Budgets,
		Visibility:      r.Visibility,
		HasContainers:   r.HasContainers,
		GatewayBypassed: around,
		Replayed:        r.Replayed,
		Recorded:        r.Recorded,
	}
	w, err := runScenario(ctx, it.scenario, r.Define, subject)
	if err != nil {
		s.Verdict, s.Reason = report.HarnessError, err.Error()
		return
	}
	level := r.Requirements[it.requirement].Level
	problem := w.problem()
	s.Verdict = verdict(level, problem)
	s.DurationMs = actDuration(subject).Milliseconds()
	switch {
	case problem != nil:
		s.Reason = problem.Summary
	case level == features.May:
		s.Reason = "it holds"
	}
	for _, res := range w.results {
		s.Steps = append(s.Steps, stepReport(res, subject, level))
	}
}

// stepReport renders one step, with the verdict that its own problem comes to.
func stepReport(res result, subject *check.Case, level features.Level) report.Step {
	out := report.Step{Text: res.text, Verdict: report.Passed}
	if res.status == godog.StepSkipped {
		out.Verdict = report.NotRun
	}
	if res.err == nil {
		return out
	}
	p := asProblem(res.err)
	out.Verdict, out.Summary = verdict(level, p), p.Summary
	out.Want, out.Got, out.Diff = p.Want, p.Got, p.Diff
	for _, seq := range p.Events {
		if seq > 0 && seq <= len(subject.Events) {
			e := subject.Events[seq-1]
			out.Events = append(out.Events, report.Event{Seq: e.Seq, AtMs: e.At.Milliseconds(), Text: evidence.Describe(e)})
		}
	}
	return out
}

// actDuration sums up the time of the acts that the case looks at.
func actDuration(c *check.Case) time.Duration {
	var sum time.Duration
	began := map[string]time.Duration{}
	own := map[string]bool{}
	for _, key := range c.Situation.Nodes() {
		own[key] = true
	}
	for _, e := range c.Events {
		if e.Kind != evidence.KindAct || !own[e.Act] {
			continue
		}
		if e.ActBoundary.Phase == "began" {
			began[e.Act] = e.At
		} else {
			sum += e.At - began[e.Act]
		}
	}
	return sum
}

func situations(all []*treeResult) []report.ActTree {
	out := []report.ActTree{}
	for _, p := range all {
		s := report.ActTree{
			Key:       p.lineage.Key,
			Started:   p.started,
			Events:    len(p.events),
			SHA256:    p.digest,
			Latencies: latencies(p.events),
		}
		switch {
		case errors.Is(p.err, errInterrupted):
			s.Error = errInterrupted.Error()
		case p.err != nil:
			s.Error = p.err.Error()
		}
		if n := len(p.events); n > 0 {
			s.PerformedMs = p.events[n-1].At.Milliseconds()
		}
		out = append(out, s)
	}
	return out
}

// latencies is, for each budget, the longest wait that ended with its effect.
func latencies(events []evidence.Event) map[string]float64 {
	out := map[string]float64{}
	for _, e := range events {
		if e.Kind == evidence.KindWait && e.Wait.Satisfied {
			ms := float64(e.Wait.Elapsed.Microseconds()) / 1000
			out[e.Wait.Budget] = max(out[e.Wait.Budget], ms)
		}
	}
	return out
}

// gatewayBypassed says whether any lineage shows that the service reaches its storage
// around the gateway.
func gatewayBypassed(all []*treeResult) bool {
	for _, p := range all {
		if check.GatewayBypassed(p.events) {
			return true
		}
	}
	return false
}

func timelines(all []*treeResult) [][]evidence.Event {
	var lineages [][]evidence.Event
	for _, p := range all {
		lineages = append(lineages, p.events)
	}
	return lineages
}
