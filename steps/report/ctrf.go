package report

import (
	"io"
	"time"

	"github.com/cvconform/cvconform/internal/jsonfile"
	"github.com/cvconform/cvconform/internal/textfmt"
)

// ctrfVersion is the version of the Common Test Report Format that [WriteCTRF] writes.
const ctrfVersion = "0.0.0"

// WriteCTRF writes the report in the Common Test Report Format, one test per scenario. A test is passed if the
// scenario was passed, warned or observed (warned ones fail in a strict run); skipped if it was not applicable
// or an expected failure; pending if it was not run; and other if it is inconclusive. WriteCTRF returns the
// error of w.
func WriteCTRF(w io.Writer, r *Report) error {
	out := ctrf{
		Format: "CTRF", Version: ctrfVersion, Timestamp: r.Run.Finished, GeneratedBy: "cvconform " + r.Run.Suite.Version,
		Extra: ctrfRun{Run: r.Run.ID, Verdict: r.Verdict, Target: r.TargetName(), Complete: r.Run.Complete},
	}
	out.Results.Tool = ctrfTool{Name: "cvconform", Version: r.Run.Suite.Version}
	out.Results.Tests = ctrfTests(r)
	out.Results.Summary = ctrfSummaryOf(r, out.Results.Tests)
	return jsonfile.Write(w, out)
}

type ctrf struct {
	Format      string    `json:"reportFormat"`
	Version     string    `json:"specVersion"`
	Timestamp   time.Time `json:"timestamp"`
	GeneratedBy string    `json:"generatedBy"`
	Results     struct {
		Tool    ctrfTool    `json:"tool"`
		Summary ctrfSummary `json:"summary"`
		Tests   []ctrfTest  `json:"tests"`
	} `json:"results"`
	Extra ctrfRun `json:"extra"`
}

type ctrfTool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// A ctrfRun has the facts of the run that the format has no members for.
type ctrfRun struct {
	Run      string     `json:"run"`
	Verdict  RunVerdict `json:"verdict"`
	Target   string     `json:"target"`
	Complete bool       `json:"complete"`
}

type ctrfSummary struct {
	Tests    int   `json:"tests"`
	Passed   int   `json:"passed"`
	Failed   int   `json:"failed"`
	Skipped  int   `json:"skipped"`
	Pending  int   `json:"pending"`
	Other    int   `json:"other"`
	Suites   int   `json:"suites"`
	Start    int64 `json:"start"` // in milliseconds since 1970
	Stop     int64 `json:"stop"`
	Duration int64 `json:"duration"`
}

type ctrfTest struct {
	Name      string         `json:"name"`
	Status    string         `json:"status"`
	Duration  int64          `json:"duration"` // in milliseconds
	Suite     []string       `json:"suite,omitempty"`
	Message   string         `json:"message,omitempty"`
	Trace     string         `json:"trace,omitempty"`
	Line      int            `json:"line,omitempty"`
	RawStatus string         `json:"rawStatus,omitempty"`
	Tags      []string       `json:"tags,omitempty"`
	FilePath  string         `json:"filePath,omitempty"`
	Extra     map[string]any `json:"extra,omitempty"`
}

func ctrfTests(r *Report) []ctrfTest {
	out := []ctrfTest{}
	if r.Error != nil {
		out = append(out, ctrfTest{
			Name: "the run begins", Status: "failed", Message: textfmt.EscapeControl(r.Error.String()), RawStatus: r.Error.Kind,
		})
	}
	times := newOwnTimes(r)
	for _, q := range r.Requirements {
		for _, s := range q.Scenarios {
			t := ctrfTest{
				Name:      textfmt.EscapeControl(q.ID + " " + s.Name),
				Status:    ctrfStatus(r, s.Verdict),
				Duration:  times.of(s).Milliseconds(),
				Suite:     []string{q.Feature, textfmt.EscapeControl(q.ID + " " + q.Title)},
				Message:   textfmt.EscapeControl(s.Reason),
				Line:      s.Line,
				RawStatus: string(s.Verdict),
				Tags:      []string{q.Level},
				FilePath:  "features/" + q.Feature,
				Extra:     map[string]any{"id": q.ID, "level": q.Level, "source": q.Source},
			}
			if groupRank(s.Verdict) >= 0 {
				t.Trace = r.Explain(q, s)
			}
			out = append(out, t)
		}
	}
	return out
}

func ctrfStatus(r *Report, v Verdict) string {
	switch v {
	case Warned:
		if r.Run.Strict {
			return "failed"
		}
		return "passed"
	case Passed, Observed:
		return "passed"
	case NotApplicable, ExpectedFailure:
		return "skipped"
	case NotRun:
		return "pending"
	case Inconclusive:
		return "other"
	}
	return "failed"
}

func ctrfSummaryOf(r *Report, tests []ctrfTest) ctrfSummary {
	features, _ := r.countsByFeature()
	out := ctrfSummary{
		Tests:    len(tests),
		Suites:   len(features),
		Start:    r.Run.Started.UnixMilli(),
		Stop:     r.Run.Finished.UnixMilli(),
		Duration: r.Run.Finished.Sub(r.Run.Started).Milliseconds(),
	}
	for _, t := range tests {
		switch t.Status {
		case "passed":
			out.Passed++
		case "failed":
			out.Failed++
		case "skipped":
			out.Skipped++
		case "pending":
			out.Pending++
		case "other":
			out.Other++
		}
	}
	return out
}
