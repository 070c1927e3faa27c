package report_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/steps/report"
)

// failing returns a report in which each step is the failed step of a requirement of its own.
func failing(steps ...report.Step) *report.Report {
	r := &report.Report{Verdict: report.NotConformant}
	r.Run.Platforms = []string{"CoreML", "ONNX"}
	for i, step := range steps {
		if step.Verdict == "" {
			step.Verdict = report.Failed
		}
		level := "must"
		if step.Verdict == report.Warned {
			level = "should"
		}
		r.Requirements = append(r.Requirements, report.Requirement{
			ID: fmt.Sprintf("CVSI-TRAIN-%02d", i+1), Level: level, Feature: "f.feature", Line: 1, Verdict: step.Verdict,
			Scenarios: []report.Scenario{{Name: "case", Line: 2, Verdict: step.Verdict, Steps: []report.Step{step}}},
		})
	}
	return r
}

func got(want, text string) report.Step {
	return report.Step{Text: "a step", Summary: text, Want: want, Got: text}
}

func ids(g report.Group) []string {
	var out []string
	for _, m := range g.Members {
		out = append(out, m.ID)
	}
	return out
}

const (
	idA = "ba73a785-0eaf-4d3a-93e6-0b077326c5a4"
	idB = "C7B412B5-4C25-4246-BA82-9F2AAFDF2948"
)

func TestFindGroupsJoinsEqualReasons(t *testing.T) {
	for name, c := range map[string][2]report.Step{
		"ids, containers, counts and platforms": {
			got(`blob "`+idA+`.CoreML" in container cvc-20260301t081500-5f3a9c01-01-c2`, `5 other blobs, the last: "`+idB+`.ONNX"`),
			got(`blob "`+idB+`.ONNX" in container cvc-20260302t081501-00000001-11-c1`, `1 other blobs, the last: "`+idA+`.CoreML"`),
		},
		"other content of a queue": {
			got("a message in queue cvc-20260301t081500-5f3a9c01-01-q1", "none that belongs here: the queue is empty"),
			got("a message in queue cvc-20260301t081500-5f3a9c01-02-q2", "the queue holds 1 ConnectionTest, 5 Export"),
		},
		"addresses": {got("x", "http://127.0.0.1:1/a"), got("x", "http://h:22222/a")},
		"times":     {got("x", "at 2026-03-01T08:15:00.5Z"), got("x", "at 2026-03-01T08:15:01Z")},
		"durations": {got("x", "stored 1ms before"), got("x", "stored 1m2.5s before")},
		"digests":   {got("x", "124353b1ebc7 here"), got("x", "a4f287824299 here")},
		"secrets":   {got("x", "⟦sig:1⟧"), got("x", "⟦sig:12⟧")},
		"projects":  {got("cvconform-20260301t081500-5f3a9c01-01", "y"), got("cvconform-20260301t081500-5f3a9c01-02a-renamed", "y")},
		"sizes":     {got("x", "120 bytes"), got("x", "99999 bytes")},
		"a blocked act, in whichever step": {
			{Text: "one", Summary: `blocked: CreateTag returned 500: {}`, Want: "to train the project", Got: `CreateTag returned 500: {}`},
			{Text: "two", Summary: `CreateTag returned 500: {}`, Want: "a tag", Got: `CreateTag returned 500: {}`},
		},
		"operations that the service does not have": {
			got("x", `CreateTag returned 404: no such resource`), got("y", `GetProject returned 404: no such resource`),
		},
		"failed and warned": {
			got("x", "y"), {Text: "a step", Summary: "y", Want: "x", Got: "y", Verdict: report.Warned},
		},
		"summaries alone": {{Text: "a step", Summary: "it was 1ms early"}, {Text: "a step", Summary: "it was 20ms early"}},
	} {
		groups := failing(c[0], c[1]).FindGroups()
		if assert.Len(t, groups, 1, name) {
			assert.Equal(t, []string{"CVSI-TRAIN-01", "CVSI-TRAIN-02"}, ids(groups[0]), name)
		}
	}
}

func TestFindGroupsSeparatesReasons(t *testing.T) {
	for name, c := range map[string][2]report.Step{
		"values":            {got("x", "version 1"), got("x", "version 2")},
		"expected values":   {got("a Training message", "nothing"), got("an Export message", "nothing")},
		"statuses":          {got("x", "200 with a project"), got("x", "201 with a project")},
		"refused calls":     {got("x", "CreateTag returned 500: {}"), got("x", "TrainProject returned 500: {}")},
		"refusals":          {got("x", "CreateTag returned 404: a"), got("x", "CreateTag returned 404: b")},
		"accepted calls":    {got("4xx", "CreateProject returned 200: {}"), got("401", "CreateProject returned 200: {}")},
		"steps without got": {{Text: "a", Summary: "no"}, {Text: "b", Summary: "no"}},
		"verdicts": {
			got("x", "y"), {Text: "a step", Summary: "y", Want: "x", Got: "y", Verdict: report.Inconclusive},
		},
	} {
		assert.Len(t, failing(c[0], c[1]).FindGroups(), 2, name)
	}
}

func TestFindGroupsOrdersByVerdictAndSize(t *testing.T) {
	warned := got("w", "w")
	warned.Verdict = report.Warned
	inconclusive := got("i", "i")
	inconclusive.Verdict = report.Inconclusive
	broken := got("h", "h")
	broken.Verdict = report.HarnessError
	r := failing(
		inconclusive,
		inconclusive,
		inconclusive,
		warned,
		warned,
		got("a", "a"),
		got("b", "b"),
		got("b", "b"),
		broken,
	)
	var order [][]string
	for _, g := range r.FindGroups() {
		order = append(order, ids(g))
	}
	assert.Equal(t, [][]string{
		{"CVSI-TRAIN-09"}, {"CVSI-TRAIN-07", "CVSI-TRAIN-08"}, {"CVSI-TRAIN-06"}, {"CVSI-TRAIN-04", "CVSI-TRAIN-05"},
		{"CVSI-TRAIN-01", "CVSI-TRAIN-02", "CVSI-TRAIN-03"},
	}, order)
}

// The evidence of a group is that of a failed must with few acts, in the feature that is concerned most.
func TestFindGroupsChoosesTheFirstMember(t *testing.T) {
	warned := got("x", "y")
	warned.Verdict = report.Warned
	r := failing(warned, got("x", "y"), got("x", "y"), got("x", "y"), got("x", "y"))
	for i, situation := range []string{"create", "create > train > export", "create > train", "create > train", "create > train"} {
		r.Requirements[i].Scenarios[0].Situation = situation
	}
	r.Requirements[2].Feature = "other.feature"
	groups := r.FindGroups()
	require.Len(t, groups, 1)
	assert.Equal(t, report.Failed, groups[0].Verdict)
	assert.Equal(
		t,
		[]string{"CVSI-TRAIN-04", "CVSI-TRAIN-01", "CVSI-TRAIN-02", "CVSI-TRAIN-03", "CVSI-TRAIN-05"},
		ids(groups[0]),
	)
}

func TestFindGroupsStatesTheReason(t *testing.T) {
	for want, r := range map[string]*report.Report{
		"CreateTag, GetTags returned 404: gone": failing(got("x", "CreateTag returned 404: gone"), got("x", "GetTags returned 404: gone")),
		"want exactly one message, got 0":       failing(got("exactly one message", "0")),
		"it was stored 1ms before the response": failing(got("later", "it was stored 1ms before the response")),
		"CreateTag returned 500: {}": failing(report.Step{Summary: "blocked: CreateTag returned 500: {}", Want: "to train",
			Got: "CreateTag returned 500: {}"}),
	} {
		assert.Equal(t, want, r.FindGroups()[0].Reason)
	}
}
