package verify

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"runtime/debug"
	"slices"

	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/diff"
	"github.com/cvconform/cvconform/internal/engine"
	"github.com/cvconform/cvconform/internal/evidence/bundle"
	"github.com/cvconform/cvconform/internal/session"
	"github.com/cvconform/cvconform/steps/report"
)

// rejudge judges the timelines of a part again, and compares the result with the
// report.
func (v *verifier) rejudge(
	ctx context.Context,
	part string,
	claimed *report.Report,
	rules session.Rules,
	records []engine.TimelineRecord,
) {
	name := path.Join(part, bundle.ReportFile)
	actual, err := v.judgeRecords(ctx, claimed, rules, records)
	if err != nil {
		v.addFinding("%s does not follow: %v", name, err)
		return
	}
	differences, err := reportDifferences(claimed, actual)
	if err != nil {
		v.addFinding("%s cannot be compared: %v", name, err)
	}
	for _, d := range differences {
		v.addFinding("%s: %s", name, d)
	}
}

// judgeRecords returns the report that the timelines give. A panic about
// timelines that cannot have been recorded is an error.
func (v *verifier) judgeRecords(
	ctx context.Context,
	claimed *report.Report,
	rules session.Rules,
	records []engine.TimelineRecord,
) (actual *report.Report, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the evidence cannot be judged: %v\n%s", p, debug.Stack())
		}
	}()
	chosen, deselected, err := engine.Select(v.catalogue, claimed.Run.Selection.Only, claimed.Run.Selection.Skip)
	if err != nil {
		return nil, err
	}
	out, err := rules.Engine(chosen).Rejudge(ctx, records)
	if err != nil {
		return nil, err
	}
	r := *claimed
	r.Requirements, r.Situations, r.Counts = out.Requirements, out.Situations, out.Counts
	r.Run.Observed, r.Run.GatewayBypassed = out.Observed, out.GatewayBypassed
	if claimed.Run.Created != nil { // older reports have no such counts
		r.Run.Created = &out.Created
	}
	r.Run.Selection.Deselected = deselected
	r.Run.Suite.Musts = v.catalogue.Count(features.Must)
	r.Verdict = engine.RunVerdict(&r)
	addRecentMembers(claimed, &r)
	own := max(0, len(claimed.Warnings)-len(claimed.WarnedOrInconclusive()))
	r.Warnings = slices.Concat(claimed.Warnings[:own], r.WarnedOrInconclusive())
	return &r, nil
}

// addRecentMembers makes the members that reports of older versions do not have equal in both reports: it adds the
// groups to r only if the claimed report has groups, and removes the sources if the claimed report has none.
func addRecentMembers(claimed, r *report.Report) {
	if claimed.Groups != nil {
		r.Groups = r.FindGroups()
	}
	hasSource := func(q report.Requirement) bool { return q.Source != "" }
	if slices.ContainsFunc(claimed.Requirements, hasSource) {
		return
	}
	for i := range r.Requirements {
		r.Requirements[i].Source = ""
	}
}

// reportDifferences returns how a report differs from the one that its evidence
// gives.
func reportDifferences(claimed, actual *report.Report) ([]string, error) {
	var texts [2]bytes.Buffer
	for i, r := range []*report.Report{claimed, actual} {
		if err := report.WriteJSON(&texts[i], r); err != nil {
			return nil, err
		}
	}
	return diff.JSON(texts[0].Bytes(), texts[1].Bytes())
}
