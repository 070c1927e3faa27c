package report

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// countsText is the counts in words, those of zero left out.
func (r *Report) countsText() string {
	var counts []string
	for _, v := range Verdicts() {
		if r.Counts[v] > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", r.Counts[v], v))
		}
	}
	return strings.Join(counts, ", ")
}

// readingNames lists the readings, and what was seen beside them.
func (r *Report) readingNames() []string {
	names := slices.AppendSeq(slices.Collect(maps.Keys(r.Run.Readings)), maps.Keys(r.Run.Observed))
	slices.Sort(names)
	return slices.Compact(names)
}

func (r *Report) budgetNames() []string { return slices.Sorted(maps.Keys(r.Run.Budgets)) }

// maxLatencies is the longest wait on a budget that ended with its effect; "-" where
// there was none.
func (r *Report) maxLatencies(budget string) string {
	longest, seen := 0.0, false
	for _, s := range r.Situations {
		if ms, ok := s.Latencies[budget]; ok {
			longest, seen = max(longest, ms), true
		}
	}
	if !seen {
		return "-"
	}
	return time.Duration(longest * float64(time.Millisecond)).Round(100 * time.Microsecond).String()
}
