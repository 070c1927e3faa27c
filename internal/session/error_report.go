package session

import (
	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/clock"
	"github.com/cvconform/cvconform/steps/report"
)

// ErrorReport returns the report of a run that did not begin.
func ErrorReport(s Settings, cause report.RunError) *report.Report {
	now := clock.New()()
	r := &report.Report{Schema: report.Schema, Verdict: report.Invalid, Error: &cause, Run: report.Run{
		Started:  now,
		Finished: now,
		Target:   report.Target{Kind: string(s.Target.Kind), Endpoint: s.Target.Value},
		Storage:  report.StorageInfo{Kind: s.Storage.Kind},
		Parallel: DefaultPace(s.Target.Local()).Parallel,
		Isolate:  s.Criteria.Isolate,
		Selection: report.Selection{
			Only: s.Criteria.Only, Skip: s.Criteria.Skip,
		},
	}}
	if _, known := Profiles()[s.Criteria.ProfileName]; known {
		r.Run.Profile = s.Criteria.ProfileName
	}
	if catalogue, err := features.Load(); err == nil {
		r.Run.Suite = SuiteReport(catalogue)
	}
	return r
}
