package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// MustCounts returns the number of musts that have the verdict passed or failed, the
// number of musts in the contract, and a description of the difference: each other must
// with its verdict, and the number of musts that were deselected.
func (r *Report) MustCounts() (judged, all int, rest []string) {
	if r.Error != nil {
		return 0, r.Run.Suite.Musts, []string{"the run did not begin"}
	}
	for _, q := range r.Requirements {
		if q.Level != "must" {
			continue
		}
		all++
		if q.Verdict == Passed || q.Verdict == Failed {
			judged++
		} else {
			rest = append(rest, q.ID+" "+string(q.Verdict))
		}
	}
	if deselected := r.Run.Suite.Musts - all; deselected > 0 {
		rest = append(rest, fmt.Sprintf("%d deselected", deselected))
		all = r.Run.Suite.Musts
	}
	return judged, all, rest
}

// FailsStrictly reports whether the run is strict and a should is broken.
func (r *Report) FailsStrictly() bool { return r.Run.Strict && r.Counts[Warned] > 0 }

// TargetName returns the target as it was given, or for reports of older versions its kind and address.
func (r *Report) TargetName() string {
	if r.Run.Target.Name != "" {
		return r.Run.Target.Name
	}
	return strings.TrimSpace(r.Run.Target.Kind + " " + r.Run.Target.Endpoint)
}

// countsByFeature returns the names of the features, and the number of requirements with each verdict for each of
// them.
func (r *Report) countsByFeature() (names []string, counts map[string]map[Verdict]int) {
	counts = map[string]map[Verdict]int{}
	for _, q := range r.Requirements {
		if counts[q.Feature] == nil {
			names = append(names, q.Feature)
			counts[q.Feature] = map[Verdict]int{}
		}
		counts[q.Feature][q.Verdict]++
	}
	return names, counts
}

// ownWarnings returns the warnings that do not repeat the reason of a requirement.
func (r *Report) ownWarnings() []string {
	repeated := r.WarnedOrInconclusive()
	return slices.DeleteFunc(slices.Clone(r.Warnings), func(w string) bool { return slices.Contains(repeated, w) })
}

// WarnedOrInconclusive returns one line for each requirement with one of these two
// verdicts: id, verdict and reason.
func (r *Report) WarnedOrInconclusive() []string {
	var out []string
	for _, q := range r.Requirements {
		if q.Verdict == Warned || q.Verdict == Inconclusive {
			out = append(out, fmt.Sprintf("%s %s: %s", q.ID, q.Verdict, q.Reason))
		}
	}
	return out
}

// countsText returns the counts that are not zero, in words.
func countsText(counts map[Verdict]int) string {
	var all []string
	for _, v := range Verdicts() {
		if counts[v] > 0 {
			all = append(all, fmt.Sprintf("%d %s", counts[v], v))
		}
	}
	return strings.Join(all, ", ")
}

// readingNames returns the names of all readings and observations, sorted.
func (r *Report) readingNames() []string {
	names := slices.AppendSeq(slices.Collect(maps.Keys(r.Run.Readings)), maps.Keys(r.Run.Observed))
	slices.Sort(names)
	return slices.Compact(names)
}

func (r *Report) budgetNames() []string { return slices.Sorted(maps.Keys(r.Run.Budgets)) }

// observationWindow says how long the effects of an act were observed; "" if the report does not have the budget.
func (r *Report) observationWindow() string {
	window := r.Run.Budgets["absence"]
	if window == "" {
		return ""
	}
	return "The effects of each act were observed until " + window + " after its end (budget absence). " +
		"A later one is a warning."
}

// maxLatency returns the longest wait that the budget limited and that ended with its
// effect, or "-" if there was none.
func (r *Report) maxLatency(budget string) string {
	longest, found := 0.0, false
	for _, s := range r.Situations {
		if ms, ok := s.Latencies[budget]; ok {
			longest, found = max(longest, ms), true
		}
	}
	if !found {
		return "-"
	}
	return time.Duration(longest * float64(time.Millisecond)).Round(100 * time.Microsecond).String()
}
