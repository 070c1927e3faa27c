package check

import (
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/recording"
)

// unrecorded is the problem of an act in which a recording was asked what it does
// not know: that says something of the recording, and nothing of the service.
func (c *Case) unrecorded(act string) *Problem {
	if !c.Replayed {
		return nil
	}
	for _, e := range c.in(act, evidence.KindExchange) {
		if message, is := recording.Unrecorded(*e.Exchange); is {
			return &Problem{Kind: Inconclusive, Summary: message, Want: "a recorded answer to " + e.Exchange.Call, Got: message, Events: seqs([]evidence.Event{e})}
		}
	}
	return nil
}
