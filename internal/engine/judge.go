package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/cucumber/godog"

	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/estimate"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/textfmt"
	"github.com/cvconform/cvconform/steps/report"
)

// An Outcome is the result of a run.
type Outcome struct {
	Requirements    []report.Requirement
	Situations      []report.ActTree
	Observed        map[string][]string
	Counts          map[report.Verdict]int
	Created         report.Created
	Late            []string // effects that came too late to be judged
	GatewayBypassed bool     // the service uses its storage without the gateway
	Complete        bool     // false if the run was interrupted
}

// judge judges the evidence by every scenario, and combines the verdicts.
func (r *Run) judge(ctx context.Context, scenarios []*scenarioRun, results []*treeResult) (Outcome, error) {
	timelines := timelines(results)
	var late []string
	others := otherProjects(timelines)
	for i, t := range results {
		t.others = others[i]
		late = append(late, check.LateEffects(&check.Case{Events: t.events, Started: t.started, Budgets: r.Budgets})...)
	}
	out := Outcome{
		Complete:        true,
		Observed:        check.Observe(r.Recorded == nil, timelines...),
		GatewayBypassed: !r.Visibility.IsPolled() && slices.ContainsFunc(timelines, check.GatewayBypassed),
		Situations:      situations(results),
		Created:         estimate.Count(timelines...),
		Late:            late,
	}
	for _, q := range r.Requirements {
		out.Requirements = append(
			out.Requirements,
			report.Requirement{
				ID:      q.ID,
				Level:   string(q.Level),
				Title:   q.Title,
				Feature: q.Feature,
				Line:    q.Line,
				Source:  q.Source,
			},
		)
	}
	for _, s := range scenarios {
		q := &out.Requirements[s.requirement]
		q.Scenarios = append(q.Scenarios, r.judgeScenario(ctx, s, out.GatewayBypassed))
	}
	for i := range out.Requirements {
		applyWorstScenario(&out.Requirements[i])
	}
	var err error
	out.Counts, err = count(out.Requirements, len(r.Requirements))
	return out, err
}

// judgeScenario returns the result of one scenario. Its Then steps judge the evidence if there is any.
func (r *Run) judgeScenario(ctx context.Context, s *scenarioRun, gatewayBypassed bool) report.Scenario {
	out := report.Scenario{
		Name:      s.scenario.Name,
		Line:      s.scenario.Line,
		Situation: s.situation.Key(),
		Steps:     []report.Step{},
	}
	switch {
	case s.declareErr != nil:
		out.Verdict, out.Reason = report.HarnessError, s.declareErr.Error()
	case s.notApplicable != "":
		out.Verdict, out.Reason = report.NotApplicable, s.notApplicable
	case errors.Is(s.result.err, errInterrupted):
		out.Verdict, out.Reason = report.NotRun, errInterrupted.Error()
	case s.result.err != nil:
		out.Verdict, out.Reason = report.HarnessError, s.result.err.Error()
	default:
		r.evaluateSteps(ctx, s, gatewayBypassed, &out)
	}
	return out
}

// evaluateSteps runs the scenario over its evidence and adds the results to out.
func (r *Run) evaluateSteps(ctx context.Context, s *scenarioRun, gatewayBypassed bool, out *report.Scenario) {
	subject := &check.Case{
		Situation:       s.situation,
		Events:          s.result.events,
		Started:         s.result.started,
		Readings:        r.Readings,
		Budgets:         r.Budgets,
		Visibility:      r.Visibility,
		HasContainers:   r.HasContainers,
		GatewayBypassed: gatewayBypassed,
		Replayed:        r.Replayed,
		Recorded:        r.Recorded,
		OtherProjects:   s.result.others,
	}
	w, err := runScenario(ctx, s.scenario, r.Define, subject)
	if err != nil {
		out.Verdict, out.Reason = report.HarnessError, err.Error()
		return
	}
	level := r.Requirements[s.requirement].Level
	problem := w.problem()
	out.Verdict = verdict(level, problem)
	out.DurationMs = actDuration(subject).Milliseconds()
	switch {
	case problem != nil:
		out.Reason = shorten(problem.Summary)
	case level == features.May:
		out.Reason = "it holds"
	}
	for _, res := range w.results {
		out.Steps = append(out.Steps, stepReport(res, subject, level))
	}
}

// stepReport returns the report of one step, with the verdict of the step's own problem.
func stepReport(res result, subject *check.Case, level features.Level) report.Step {
	out := report.Step{Text: res.text, Verdict: report.Passed}
	if res.status == godog.StepSkipped {
		out.Verdict = report.NotRun
	}
	if res.err == nil {
		return out
	}
	p := asProblem(res.err)
	out.Verdict, out.Summary = verdict(level, p), shorten(p.Summary)
	out.Want, out.Got, out.Diff = shorten(p.Want), shorten(p.Got), shorten(p.Diff)
	for _, seq := range p.Events {
		if seq > 0 && seq <= len(subject.Events) {
			e := subject.Events[seq-1]
			out.Events = append(out.Events, report.Event{Seq: e.Seq, AtMs: e.At.Milliseconds(), Text: evidence.Describe(e)})
		}
	}
	return out
}

// maxValue is the number of characters of a value in a report. The evidence has the whole value.
const maxValue = 4000

// shorten returns a value for a report. A value that is too long ends with its length.
func shorten(value string) string {
	if n := utf8.RuneCountInString(value); n > maxValue {
		return fmt.Sprintf("%s (%d characters; the evidence has all)", textfmt.Truncate(value, maxValue), n)
	}
	return value
}

// actDuration returns the total duration of the acts of the case's situation.
func actDuration(c *check.Case) time.Duration {
	var sum time.Duration
	began := map[string]time.Duration{}
	acts := c.Situation.Nodes()
	for _, e := range c.Events {
		if e.Kind != evidence.KindAct || !slices.Contains(acts, e.Act) {
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

// situations returns the reports of all act trees.
func situations(results []*treeResult) []report.ActTree {
	out := []report.ActTree{}
	for _, t := range results {
		s := report.ActTree{
			Key:       t.tree.Key,
			Started:   t.started,
			Events:    len(t.events),
			SHA256:    t.digest,
			Latencies: latencies(t.events),
		}
		switch {
		case errors.Is(t.err, errInterrupted):
			s.Error = errInterrupted.Error()
		case t.err != nil:
			s.Error = t.err.Error()
		}
		if n := len(t.events); n > 0 {
			s.PerformedMs = t.events[n-1].At.Milliseconds()
		}
		out = append(out, s)
	}
	return out
}

// latencies returns, for each budget, the longest wait in milliseconds that ended with the expected effect.
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

// otherProjects returns, for each timeline, the ids of the projects of all others.
func otherProjects(timelines [][]evidence.Event) [][]string {
	ids := make([][]string, len(timelines))
	for i, events := range timelines {
		ids[i] = check.ProjectsCreated(events)
	}
	others := make([][]string, len(timelines))
	for i := range others {
		others[i] = slices.Concat(slices.Concat(ids[:i]...), slices.Concat(ids[i+1:]...))
	}
	return others
}

func timelines(results []*treeResult) [][]evidence.Event {
	var all [][]evidence.Event
	for _, t := range results {
		all = append(all, t.events)
	}
	return all
}
