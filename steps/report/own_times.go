package report

import (
	"strings"
	"time"
)

// ownTimes distributes the time of situations to scenarios, so that the time of acts that scenarios share is
// counted once, for the first of them.
type ownTimes struct {
	durations map[string]time.Duration // by situation
	counted   []string                 // situations
	isolate   bool                     // nothing was shared
}

func newOwnTimes(r *Report) *ownTimes {
	t := &ownTimes{durations: map[string]time.Duration{}, isolate: r.Run.Isolate}
	for _, q := range r.Requirements {
		for _, s := range q.Scenarios {
			t.durations[s.Situation] = max(t.durations[s.Situation], time.Duration(s.DurationMs)*time.Millisecond)
		}
	}
	return t
}

// of returns the time of the scenario's situation without the part that was counted before.
func (t *ownTimes) of(s Scenario) time.Duration {
	all := time.Duration(s.DurationMs) * time.Millisecond
	if t.isolate {
		return all
	}
	shared := time.Duration(0)
	for _, before := range t.counted {
		shared = max(shared, t.durations[commonActs(s.Situation, before)])
	}
	t.counted = append(t.counted, s.Situation)
	return max(0, all-shared)
}

// commonActs returns the situation of the first acts that two situations share; "" if there are none.
func commonActs(a, b string) string {
	const then = " > "
	acts, others := strings.Split(a, then), strings.Split(b, then)
	n := 0
	for n < min(len(acts), len(others)) && acts[n] == others[n] {
		n++
	}
	return strings.Join(acts[:n], then)
}
