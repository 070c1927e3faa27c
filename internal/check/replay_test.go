package check_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
)

// A replay of a polled recording proves nothing that the recorded evidence does not prove.
func TestReplayIsLimitedToItsRecording(t *testing.T) {
	train := situation.Situation{}.With(situation.Act{Verb: situation.Create}).With(situation.Act{Verb: situation.Train})
	problem := func(kind check.Kind) *check.Problem { return &check.Problem{Kind: kind, Summary: "it is wrong"} }
	recorded := func(problems ...*check.Problem) check.RecordedResults {
		results := check.RecordedResults{}
		results.AddSituation(train.Key())
		for _, p := range problems {
			results.Add(train.Key(), "it", p)
		}
		return results
	}
	passed := recorded(nil)
	failed := recorded(problem(check.Failed))
	unclear := &check.Problem{Kind: check.Inconclusive, Summary: "no poll came between"}
	const onlyReplayed = "inconclusive: it passed when this was recorded, and in the replay: it is wrong"
	const notObserved = "inconclusive: not observed when this was recorded: "
	for name, c := range map[string]struct {
		recorded check.RecordedResults
		result   *check.Problem
		want     string
	}{
		"passed, passes":          {passed, nil, ""},
		"failed, fails":           {failed, problem(check.Failed), "failed: it is wrong"},
		"failed, is blocked":      {failed, problem(check.Blocked), "blocked: it is wrong"},
		"blocked, is blocked":     {recorded(problem(check.Blocked)), problem(check.Blocked), "blocked: it is wrong"},
		"inconclusive, passes":    {recorded(unclear), nil, notObserved + "no poll came between"},
		"inconclusive, fails":     {recorded(unclear), problem(check.Failed), notObserved + "no poll came between"},
		"failed, passes":          {failed, nil, "inconclusive: it failed when this was recorded, and passes in the replay"},
		"passed, fails":           {passed, problem(check.Failed), onlyReplayed},
		"passed, is blocked":      {passed, problem(check.Blocked), onlyReplayed},
		"passed, is inconclusive": {passed, problem(check.Inconclusive), "inconclusive: it is wrong"},
		"passed, is broken":       {passed, problem(check.Broken), "broken: it is wrong"},
		"another situation": {check.RecordedResults{}, nil,
			"inconclusive: the recording has this in another situation only, and storage was polled when this was recorded"},
		"fails in another situation": {check.RecordedResults{}, problem(check.Failed),
			"inconclusive: the recording has this in another situation only, and storage was polled when this was recorded"},
		"not judged": {recorded(), nil,
			"inconclusive: this was not judged when this was recorded, and storage was polled then"},
		"passed twice": {recorded(nil, nil), nil, ""},
		"passed once, failed once": {recorded(nil, problem(check.Failed)), nil,
			notObserved + "it passed for one recorded project and failed for another"},
		"failed once, passed once, failed once": {
			recorded(problem(check.Failed), nil, problem(check.Failed)), problem(check.Failed),
			notObserved + "it passed for one recorded project and failed for another"},
		"passed once, inconclusive once": {recorded(nil, unclear), nil, notObserved + "no poll came between"},
		"inconclusive once, passed once": {recorded(unclear, nil), nil, notObserved + "no poll came between"},
		"no limit":                       {nil, nil, ""},
		"no limit, fails":                {nil, problem(check.Failed), "failed: it is wrong"},
	} {
		subject := &check.Case{Situation: train, Recorded: c.recorded}
		for _, act := range train.Nodes() {
			subject.Events = append(subject.Events, performedAct(act)...)
		}
		k := check.Check{Name: "it", Judge: func(*check.Case) *check.Problem { return c.result }}
		assert.Equal(t, c.want, describeProblem(check.Judge(subject, k)), name)
	}
}

// performedAct returns an act with one call.
func performedAct(act string) []evidence.Event {
	x := &evidence.Exchange{Call: "TrainProject", Status: 200, Ended: time.Unix(1, 0)}
	return []evidence.Event{{Seq: 1, Act: act, Kind: evidence.KindExchange, Exchange: x},
		{Seq: 2, Act: act, Kind: evidence.KindAct, ActBoundary: &evidence.ActBoundary{Phase: "ended"}}}
}

func TestAnOrderThatWasNotObservedIsNotReported(t *testing.T) {
	for name, c := range map[string]struct {
		began, ended float64
		replayed     bool
		want         []string
	}{
		"status first":           {21.5, 23, false, []string{"Training: status first"}},
		"message first":          {13, 14, false, []string{"Training: message first"}},
		"between the same polls": {19, 23, false, nil},
		"in a replay":            {21.5, 23, true, nil},
	} {
		s := newTimeline(true).train()
		s.putMessage("q", "m", c.began, c.ended).endAct().messageAtEnd("q", "m", trainingText)
		assert.Equal(t, c.want, check.Observe(!c.replayed, s.events)["status-lag"], name)
	}
}
