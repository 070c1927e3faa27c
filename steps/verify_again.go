package steps

import (
	"bytes"
	"context"
	"fmt"
	"path"
	"runtime/debug"

	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/engine"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/steps/report"
)

// rejudge judges the records of a part once more, and holds the result against the
// report.
func (v *verifier) rejudge(
	ctx context.Context,
	part string,
	r *Report,
	rules ruleset,
	records []engine.TimelineRecord,
) {
	name := path.Join(part, evidence.ReportFile)
	got, err := v.judgeRecords(ctx, r, rules, records)
	if err != nil {
		v.addFinding("%s does not follow: %v", name, err)
		return
	}
	differences, err := reportDifferences(r, got)
	if err != nil {
		v.addFinding("%s cannot be compared: %v", name, err)
	}
	for _, d := range differences {
		v.addFinding("%s: %s", name, d)
	}
}

// judgeRecords is the report that the records give. A panic over records that nobody
// can have recorded is an error.
func (v *verifier) judgeRecords(
	ctx context.Context,
	r *Report,
	rules ruleset,
	records []engine.TimelineRecord,
) (got *Report, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the evidence cannot be judged: %v\n%s", p, debug.Stack())
		}
	}()
	chosen, deselected, err := engine.Select(v.catalogue, r.Run.Selection.Only, r.Run.Selection.Skip)
	if err != nil {
		return nil, err
	}
	out, err := rules.engine(chosen).Rejudge(ctx, records)
	if err != nil {
		return nil, err
	}
	again := *r
	again.Requirements, again.Situations, again.Counts = out.Requirements, out.Situations, out.Counts
	again.Run.Observed, again.Run.GatewayBypassed = out.Observed, out.GatewayBypassed
	if r.Run.Created != nil { // else it is of before it was counted
		again.Run.Created = &out.Created
	}
	again.Run.Selection.Deselected = deselected
	again.Run.Suite.Musts = v.catalogue.Count(features.Must)
	again.Verdict = engine.RunVerdict(&again)
	own := max(0, len(r.Warnings)-len(r.WarnedOrInconclusive()))
	again.Warnings = append(nonNil(r.Warnings[:own]), again.WarnedOrInconclusive()...)
	return &again, nil
}

// reportDifferences says in what a report is not the one that its evidence gives.
func reportDifferences(said, got *Report) ([]string, error) {
	var texts [2]bytes.Buffer
	for i, r := range []*Report{said, got} {
		if err := report.WriteJSON(&texts[i], r); err != nil {
			return nil, err
		}
	}
	return diffReports(texts[0].Bytes(), texts[1].Bytes())
}
