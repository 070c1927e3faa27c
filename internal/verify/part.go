package verify

import (
	"bytes"
	"context"
	"fmt"
	"path"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/engine"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/bundle"
	"github.com/cvconform/cvconform/internal/session"
	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/steps/report"
)

// verifyPart verifies one part of the bundle: the run itself ("") or a control.
// It returns the report of that part; nil if it cannot be judged.
func (v *verifier) verifyPart(ctx context.Context, part string) *report.Report {
	r, err := v.readReport(part)
	if err != nil {
		v.addFinding("%v", err)
		return nil
	}
	reportFile := path.Join(part, bundle.ReportFile)
	if suite := session.SuiteOf(r); suite != v.bundle.Manifest.Suite {
		v.addFinding("%s was made by cvconform %s, the manifest says %s",
			reportFile, suiteVersion(suite), suiteVersion(v.bundle.Manifest.Suite))
	}
	v.referencedFiles[path.Join(part, bundle.OutputFile)] = recordsOutput(target.Kind(r.Run.Target.Kind))
	rules, err := session.ReadRules(r.Run, v.definitions)
	if err != nil {
		v.addFinding("%s has no usable rules: %v", reportFile, err)
		return nil
	}
	if rules.Replayed && rules.RecordedVisibility.IsPolled() {
		if rules.RecordedResults, err = v.recordedResults(part); err != nil {
			v.addFinding("%v", err)
			return nil
		}
	}
	before := len(v.findings)
	records := v.readRecords(part, r, rules.Budgets)
	if len(v.findings) > before {
		return r // timelines that cannot be of the run are not judged
	}
	v.rejudge(ctx, part, r, rules, records)
	return r
}

// recordedResults returns the results that limit the replay of a polled recording.
func (v *verifier) recordedResults(part string) (check.RecordedResults, error) {
	name := path.Join(part, bundle.RecordedResultsFile)
	text, err := v.bundle.Read(name)
	if err != nil {
		return nil, err
	}
	v.referencedFiles[name] = true
	return session.DecodeRecordedResults(text)
}

// recordsOutput reports whether the output of a target of this kind is evidence:
// that of a program that cvconform started.
func recordsOutput(kind target.Kind) bool {
	return kind == target.Exec || kind == target.Image || kind == target.Container
}

// readReport reads the report of a part, and makes sure that cvconform wrote it
// in this form.
func (v *verifier) readReport(part string) (*report.Report, error) {
	name := path.Join(part, bundle.ReportFile)
	text, err := v.bundle.Read(name)
	if err != nil {
		return nil, err
	}
	v.referencedFiles[name] = true
	r, err := report.ReadJSON(text)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", name, err)
	}
	var again bytes.Buffer
	if err := report.WriteJSON(&again, r); err != nil || !bytes.Equal(again.Bytes(), text) {
		return nil, fmt.Errorf("%s is not as cvconform writes it", name)
	}
	return r, nil
}

// readRecords reads the timelines of a part.
func (v *verifier) readRecords(part string, r *report.Report, budgets budget.Set) []engine.TimelineRecord {
	var records []engine.TimelineRecord
	for i, s := range r.Situations {
		name := path.Join(part, bundle.TimelineFile(i+1))
		events, err := v.readTimeline(name, s)
		if err != nil {
			v.addFinding("%s: %v", name, err)
			continue
		}
		if problem := (runScope{r.Run, i + 1, budgets}).firstForeignEvent(events, s.Started); problem != "" {
			v.addFinding("%s: %s", name, problem)
		}
		for _, e := range events {
			v.addContent(e, fmt.Sprintf("%s, event %d,", name, e.Seq))
		}
		records = append(records, engine.TimelineRecord{Key: s.Key, Started: s.Started, Events: events, Error: s.Error})
	}
	return records
}

// readTimeline reads one timeline, and compares it with itself and with the
// report. A timeline that was never begun has no file.
func (v *verifier) readTimeline(name string, s report.ActTree) ([]evidence.Event, error) {
	var events []evidence.Event
	if v.bundle.Has(name) || s.Events > 0 {
		v.referencedFiles[name] = true
		text, err := v.bundle.Read(name)
		if err != nil {
			return nil, err
		}
		if events, err = evidence.DecodeEvents(text); err != nil {
			return nil, err
		}
	}
	if problem := evidence.Validate(events, s.Started); problem != "" {
		return nil, fmt.Errorf("%s", problem)
	}
	if len(events) != s.Events {
		return nil, fmt.Errorf("it has %d events, the report says %d", len(events), s.Events)
	}
	if sum, err := evidence.DigestEvents(events); err != nil || sum != s.SHA256 && (len(events) > 0 || s.SHA256 != "") {
		return nil, fmt.Errorf("it has the SHA-256 %s, the report says %s", sum, s.SHA256)
	}
	return events, nil
}
