package steps

import (
	"bytes"
	"context"
	"fmt"
	"path"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/engine"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/steps/report"
)

// section verifies one part of the bundle: the run itself ("") or a control. It
// returns the report of that part; nil where there is nothing to go on with.
func (v *verifier) section(ctx context.Context, part string) *Report {
	r, err := v.readReport(part)
	if err != nil {
		v.addFinding("%v", err)
		return nil
	}
	if suite := suiteInfo(r); suite != v.bundle.Manifest.Suite {
		v.addFinding(
			"%s was made by cvconform %s, the manifest says %s",
			path.Join(part, evidence.ReportFile),
			suiteVersion(suite),
			suiteVersion(v.bundle.Manifest.Suite),
		)
	}
	v.referencedFiles[path.Join(part, evidence.OutputFile)] = writesOutput(target.Kind(r.Run.Target.Kind))
	rules, err := rulesOf(r.Run)
	if err != nil {
		v.addFinding("%s cannot be judged by: %v", path.Join(part, evidence.ReportFile), err)
		return nil
	}
	if rules.replayed && rules.recordedVisibility.IsPolled() {
		if rules.results, err = v.recordedResults(part); err != nil {
			v.addFinding("%v", err)
			return nil
		}
	}
	before := len(v.findings)
	records := v.records(part, r, rules.budgets)
	if len(v.findings) > before {
		return r // what cannot be is not judged
	}
	v.rejudge(ctx, part, r, rules, records)
	return r
}

// recordedResults returns the results that limit the replay of a polled recording.
func (v *verifier) recordedResults(part string) (check.RecordedResults, error) {
	name := path.Join(part, evidence.RecordedResultsFile)
	text, err := v.bundle.Read(name)
	if err != nil {
		return nil, err
	}
	v.referencedFiles[name] = true
	return decodeRecordedResults(text)
}

// writesOutput says whether the output of a target of that kind is evidence: that of a
// program which cvconform started.
func writesOutput(kind target.Kind) bool {
	return kind == target.Exec || kind == target.Image || kind == target.Container
}

// readReport reads a report that is as cvconform writes it.
func (v *verifier) readReport(part string) (*Report, error) {
	name := path.Join(part, evidence.ReportFile)
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

// records reads the timelines of a part.
func (v *verifier) records(part string, r *Report, budgets budget.Set) []engine.TimelineRecord {
	var records []engine.TimelineRecord
	for i, s := range r.Situations {
		name := path.Join(part, evidence.TimelineFile(i+1))
		events, err := v.timeline(name, s)
		if err != nil {
			v.addFinding("%s: %v", name, err)
			continue
		}
		if why := (runScope{r.Run, i + 1, budgets}).firstForeignEvent(events, s.Started); why != "" {
			v.addFinding("%s: %s", name, why)
		}
		for _, e := range events {
			v.addContent(e, fmt.Sprintf("%s, event %d,", name, e.Seq))
		}
		records = append(records, engine.TimelineRecord{Key: s.Key, Started: s.Started, Events: events, Error: s.Error})
	}
	return records
}

// timeline reads one timeline, and holds it against itself and against what the
// report says of it. One that was never begun has no file.
func (v *verifier) timeline(name string, s report.ActTree) ([]evidence.Event, error) {
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
	if why := evidence.Validate(events, s.Started); why != "" {
		return nil, fmt.Errorf("%s", why)
	}
	if len(events) != s.Events {
		return nil, fmt.Errorf("it has %d events, the report says %d", len(events), s.Events)
	}
	if sum, err := evidence.DigestEvents(events); err != nil || sum != s.SHA256 && (len(events) > 0 || s.SHA256 != "") {
		return nil, fmt.Errorf("it has the SHA-256 %s, the report says %s", sum, s.SHA256)
	}
	return events, nil
}
