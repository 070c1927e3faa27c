// Package compare compares the reports of two runs: regressions, repaired requirements, requirements that are
// no longer judged, and changes of settings and latencies.
//
// It compares verdicts and reasons, and judges nothing itself. Stop extending it if a comparison would need the
// evidence.
package compare

import (
	"maps"
	"slices"
	"time"

	"github.com/cvconform/cvconform/steps/report"
)

// Schema identifies the JSON form of a [Comparison] and its version.
const Schema = "cvconform/diff/v1"

const (
	// A latency has changed if it is at least latencyFactor times as long or as short, and
	// the difference is at least minLatencyChange milliseconds.
	latencyFactor    = 2
	minLatencyChange = 100
)

// A Comparison has the differences between two reports.
type Comparison struct {
	Schema string `json:"schema"`
	// Old and New are the runs that were compared.
	Old Run `json:"old"`
	New Run `json:"new"`
	// Regressions are requirements that the new run proves to be broken, and that the old run did not.
	Regressions []Change `json:"regressions"`
	// Reasons are requirements that both runs prove to be broken, for another reason than before.
	Reasons []Change `json:"reasons"`
	// Repaired are requirements that the old run proved to be broken, and that hold now.
	Repaired []Change `json:"repaired"`
	// Unjudged are requirements that the old run judged and the new one did not, such as inconclusive ones.
	Unjudged []Change `json:"unjudged"`
	// Added and Removed are the ids of requirements that only one report has.
	Added   []string `json:"added"`
	Removed []string `json:"removed"`
	// Settings are readings and budgets with different values.
	Settings []Setting `json:"settings"`
	// Latencies are the longest waits that changed by more than noise.
	Latencies []Latency `json:"latencies"`
}

// A Run identifies a run.
type Run struct {
	ID       string            `json:"id"`
	Started  time.Time         `json:"started"`
	Target   string            `json:"target"`
	Verdict  report.RunVerdict `json:"verdict"`
	Features string            `json:"features"` // digest
}

// A Change is a change of verdicts that has one reason.
type Change struct {
	// Reason explains the verdicts of the requirements: those of the new run, or of the old one if they are repaired.
	Reason       string        `json:"reason"`
	Requirements []Requirement `json:"requirements"`
}

// A Requirement is a requirement with its verdicts in both runs.
type Requirement struct {
	ID    string         `json:"id"`
	Level string         `json:"level"`
	Old   report.Verdict `json:"old"`
	New   report.Verdict `json:"new"`
}

// A Setting is a reading or a budget that the runs had different values of. "" means that a run had no such setting.
type Setting struct {
	Kind string `json:"kind"` // "reading" or "budget"
	Name string `json:"name"`
	Old  string `json:"old"`
	New  string `json:"new"`
}

// A Latency is the longest wait that a budget limited, in milliseconds.
type Latency struct {
	Budget string  `json:"budget"`
	OldMs  float64 `json:"oldMs"`
	NewMs  float64 `json:"newMs"`
}

// Reports compares the reports of two runs.
func Reports(older, newer *report.Report) *Comparison {
	c := &Comparison{Schema: Schema, Old: runOf(older), New: runOf(newer)}
	before, after := byID(older), byID(newer)
	for _, q := range newer.Requirements {
		if _, found := before[q.ID]; !found {
			c.Added = append(c.Added, q.ID)
		}
	}
	both := map[string]Requirement{}
	for _, q := range older.Requirements {
		n, found := after[q.ID]
		if !found {
			c.Removed = append(c.Removed, q.ID)
			continue
		}
		both[q.ID] = Requirement{ID: q.ID, Level: n.Level, Old: q.Verdict, New: n.Verdict}
	}
	oldCauses, newCauses := causes(older), causes(newer)
	c.Regressions = changes(newer, both, func(q Requirement) bool { return rank(q.New) > max(rank(q.Old), unjudged) })
	c.Repaired = changes(older, both, func(q Requirement) bool { return rank(q.Old) > unjudged && rank(q.New) == good })
	c.Unjudged = changes(
		newer,
		both,
		func(q Requirement) bool { return rank(q.New) == unjudged && rank(q.Old) != unjudged },
	)
	c.Reasons = changes(newer, both, func(q Requirement) bool {
		return rank(q.Old) > unjudged && rank(q.New) > unjudged && rank(q.New) <= rank(q.Old) &&
			!slices.Equal(oldCauses[q.ID], newCauses[q.ID])
	})
	c.Settings = slices.Concat(settings("reading", older.Run.Readings, newer.Run.Readings),
		settings("budget", older.Run.Budgets, newer.Run.Budgets))
	c.Latencies = latencies(older, newer)
	return c
}

// IsRegression reports whether the new run proves more requirements to be broken, or broken more severely.
func (c *Comparison) IsRegression() bool { return len(c.Regressions) > 0 }

func runOf(r *report.Report) Run {
	return Run{
		ID:       r.Run.ID,
		Started:  r.Run.Started,
		Target:   r.TargetName(),
		Verdict:  r.Verdict,
		Features: r.Run.Suite.FeaturesDigest,
	}
}

func byID(r *report.Report) map[string]report.Requirement {
	out := map[string]report.Requirement{}
	for _, q := range r.Requirements {
		out[q.ID] = q
	}
	return out
}

// The ranks of verdicts, from the best to the worst.
const (
	good = iota
	unjudged
	warned
	broken
	invalid
)

func rank(v report.Verdict) int {
	switch v {
	case report.Passed, report.Observed, report.ExpectedFailure, report.UnexpectedPass:
		return good
	case report.Warned:
		return warned
	case report.Failed:
		return broken
	case report.HarnessError:
		return invalid
	}
	return unjudged
}

// causes returns the causes of each requirement's verdict.
func causes(r *report.Report) map[string][]string {
	out := map[string][]string{}
	for _, g := range r.FindGroups() {
		for _, m := range g.Members {
			if !slices.Contains(out[m.ID], g.Cause) {
				out[m.ID] = append(out[m.ID], g.Cause)
			}
		}
	}
	for _, all := range out {
		slices.Sort(all)
	}
	return out
}

// changes returns the selected requirements, by their reason in a report. A requirement with several reasons is
// part of the first one only.
func changes(r *report.Report, both map[string]Requirement, selected func(Requirement) bool) []Change {
	var out []Change
	done := map[string]bool{}
	add := func(reason, id string) {
		q, found := both[id]
		if !found || done[id] || !selected(q) {
			return
		}
		done[id] = true
		if n := len(out); n == 0 || out[n-1].Reason != reason {
			out = append(out, Change{Reason: reason})
		}
		last := &out[len(out)-1]
		last.Requirements = append(last.Requirements, q)
	}
	for _, g := range r.FindGroups() {
		for _, m := range g.Members {
			add(g.Reason, m.ID)
		}
	}
	for _, q := range r.Requirements { // those without a group, such as not-applicable ones
		add(q.Reason, q.ID)
	}
	return out
}

func settings(kind string, before, after map[string]string) []Setting {
	var out []Setting
	names := slices.AppendSeq(slices.Collect(maps.Keys(before)), maps.Keys(after))
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if before[name] != after[name] {
			out = append(out, Setting{Kind: kind, Name: name, Old: before[name], New: after[name]})
		}
	}
	return out
}

func latencies(older, newer *report.Report) []Latency {
	before, after := longest(older), longest(newer)
	var out []Latency
	for _, name := range slices.Sorted(maps.Keys(after)) {
		a, found := before[name]
		b := after[name]
		low, high := min(a, b), max(a, b)
		if found && high >= latencyFactor*low && high-low >= minLatencyChange {
			out = append(out, Latency{Budget: name, OldMs: a, NewMs: b})
		}
	}
	return out
}

// longest returns the longest wait by budget, in milliseconds. The wait for an absence has a fixed length, so it is no
// latency of the service.
func longest(r *report.Report) map[string]float64 {
	out := map[string]float64{}
	for _, s := range r.Situations {
		for name, ms := range s.Latencies {
			if name != "absence" {
				out[name] = max(out[name], ms)
			}
		}
	}
	return out
}
