package check

// RecordedResults holds the results that the evidence of a recording gives, by the key of the
// situation and the name of the check. A replay of a polled recording has to choose an order for
// events whose order was not observed, so it must not prove more than these results do.
type RecordedResults map[string]map[string]RecordedResult

// A RecordedResult is the result of one check over the evidence of a recording.
type RecordedResult struct {
	Outcome RecordedOutcome `json:"outcome"`
	Reason  string          `json:"reason,omitempty"` // of an inconclusive result
}

// A RecordedOutcome is one of the three outcomes of a check.
type RecordedOutcome string

// The outcomes.
const (
	RecordedPass         RecordedOutcome = "passed"
	RecordedFailure      RecordedOutcome = "failed" // blocked included
	RecordedInconclusive RecordedOutcome = "inconclusive"
)

// AddSituation adds a situation without results.
func (r RecordedResults) AddSituation(key string) {
	if r[key] == nil {
		r[key] = map[string]RecordedResult{}
	}
}

// Add adds the result of a check in a situation. Where several recorded projects give different
// results the result is inconclusive, because a replay may play any of them.
func (r RecordedResults) Add(key, name string, p *Problem) {
	r.AddSituation(key)
	result := RecordedResult{Outcome: RecordedPass}
	switch {
	case p == nil:
	case p.Kind == Failed || p.Kind == Blocked:
		result.Outcome = RecordedFailure
	default:
		result = RecordedResult{Outcome: RecordedInconclusive, Reason: p.Summary}
	}
	before, known := r[key][name]
	switch {
	case !known:
		r[key][name] = result
	case before.Outcome == result.Outcome || before.Outcome == RecordedInconclusive:
	case result.Outcome == RecordedInconclusive:
		r[key][name] = result
	default:
		r[key][name] = RecordedResult{RecordedInconclusive, "it passed for one recorded project and failed for another"}
	}
}
