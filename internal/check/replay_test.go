package check_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/recording"
	"github.com/cvconform/cvconform/internal/trainingapi"
)

// A replay of a recording for which storage was listed proves nothing that the
// recorded evidence does not.
func TestAReplayIsNoBetterThanItsRecording(t *testing.T) {
	create := situation.Situation{}.With(situation.Act{Verb: situation.Create})
	train := create.With(situation.Act{Verb: situation.Train})
	held := check.Check{Name: "it", Judge: func(*check.Case) *check.Problem { return nil }}
	problem := func(k check.Kind) check.Check {
		return check.Check{
			Name:  "it",
			Judge: func(*check.Case) *check.Problem { return &check.Problem{Kind: k, Summary: "it is wrong"} },
		}
	}
	since := held
	since.Since = situation.Create
	says := func(number int, r ...recording.CheckResult) recording.RecordedVerdicts {
		s := recording.RecordedVerdicts{
			Project:    number,
			Situations: map[string]map[string]recording.CheckResult{train.Key(): {}},
		}
		for _, one := range r {
			s.Situations[train.Key()]["it"] = one
		}
		return s
	}
	elsewhere := recording.RecordedVerdicts{
		Project:    2,
		Situations: map[string]map[string]recording.CheckResult{create.Key(): {}},
	}
	const open, other = "inconclusive: nobody could tell when this was recorded: no look came between “the two”", "inconclusive: the recording has this in another situation only"
	for name, c := range map[string]struct {
		check check.Check
		said  recording.RecordedVerdicts
		want  string
	}{
		"held, and holds":             {held, says(2), ""},
		"failed, and fails":           {problem(check.Failed), says(2, recording.CheckResult{Failed: true}), "failed: it is wrong"},
		"blocked, and is":             {problem(check.Blocked), says(2, recording.CheckResult{Failed: true}), "blocked: it is wrong"},
		"open, and holds":             {held, says(2, recording.CheckResult{Open: "no look came between “the two”"}), open},
		"open, and fails":             {problem(check.Failed), says(2, recording.CheckResult{Open: "no look came between “the two”"}), open},
		"failed, and holds":           {held, says(2, recording.CheckResult{Failed: true}), "inconclusive: it failed when this was recorded, and passes in the replay"},
		"held, and fails":             {problem(check.Failed), says(2), "inconclusive: it passed when this was recorded, and in the replay: it is wrong"},
		"held, and is blocked":        {problem(check.Blocked), says(2), "inconclusive: it passed when this was recorded, and in the replay: it is wrong"},
		"held, and is open":           {problem(check.Inconclusive), says(2), "inconclusive: it is wrong"},
		"held, and is broken":         {problem(check.Broken), says(2), "broken: it is wrong"},
		"held in another situation":   {held, elsewhere, other},
		"failed in another situation": {problem(check.Failed), elsewhere, other},
		"held, partly elsewhere":      {since, says(2), "inconclusive: the replay took it from more than one project"},
		"held, all of it there":       {since, says(1), ""},
		"said by no replay":           {held, recording.RecordedVerdicts{}, ""},
	} {
		events := settledBy(
			create.Key(),
			recording.RecordedVerdicts{Project: 1, Situations: map[string]map[string]recording.CheckResult{create.Key(): {}}},
		)
		events = append(events, settledBy(train.Key(), c.said)...)
		for _, replayed := range []bool{true, false} {
			got := said(check.Judge(&check.Case{Situation: train, Events: events, Replayed: replayed}, c.check))
			if replayed {
				assert.Truef(
					t,
					c.want == "" && got == "" || c.want != "" && len(got) >= len(c.want) && got[:len(c.want)] == c.want,
					"%s: %q",
					name,
					got,
				)
			} else {
				assert.NotContains(t, got, "recorded", "%s: no service is believed that", name)
			}
		}
	}
}

// settledBy is an act whose call was answered with what a recording settles; the zero
// Settled is not said.
func settledBy(act string, s recording.RecordedVerdicts) []evidence.Event {
	x := &evidence.Exchange{Call: "TrainProject", Status: 200, Ended: time.Unix(1, 0)}
	if s.Situations != nil {
		x.Header = map[string]string{trainingapi.RecordedVerdictsHeader: s.Header()}
	}
	return []evidence.Event{{Seq: 1, Act: act, Kind: evidence.KindExchange, Exchange: x},
		{Seq: 2, Act: act, Kind: evidence.KindAct, ActBoundary: &evidence.ActBoundary{Phase: "ended"}}}
}

func said(p *check.Problem) string {
	if p == nil {
		return ""
	}
	return string(p.Kind) + ": " + p.Summary
}

// What came first is observed only where somebody saw it.
func TestNobodyObservesAnOrderThatNobodySaw(t *testing.T) {
	const text = `{"type":"Training","Content":{"projectId":"` + projectID + `","iterationId":"` + iterationID + `"}}`
	for name, c := range map[string]struct {
		began, ended float64
		replayed     bool
		want         []string
	}{
		"the status first":          {21.5, 23, false, []string{"Training: status first"}},
		"the message first":         {13, 14, false, []string{"Training: message first"}},
		"between the same looks":    {19, 23, false, nil},
		"in one order, of a replay": {21.5, 23, true, nil},
	} {
		s := newTimeline(true).trained()
		s.sent("q", "m", c.began, c.ended).done().found("q", "m", text)
		if c.replayed {
			for _, e := range s.events {
				if e.Kind == evidence.KindExchange && e.Exchange.Call == "TrainProject" {
					e.Exchange.Header[trainingapi.RecordedVerdictsHeader] = recording.RecordedVerdicts{}.Header()
				}
			}
		}
		assert.Equal(t, c.want, check.Observe(s.events)["status-lag"], name)
	}
}
