package check_test

import (
	"testing"

	"github.com/cvconform/cvconform/internal/check"
)

func TestNoDuplicateMembers(t *testing.T) {
	inMessages, inResponses := check.NoDuplicateInMessages(), check.NoDuplicateInResponses()
	message := func(text string) *timelineBuilder {
		return newGatewayTimeline().endAct().messageAtEnd("q", "m", text)
	}
	response := func(body string) *timelineBuilder { return newGatewayTimeline().call("GetProject", 3, 4, body) }
	const want = "failed: the message has "
	assertVerdicts(t, map[string]verdict{
		"no message":        {inMessages, newGatewayTimeline(), "blocked: the queue is empty"},
		"once":              {inMessages, message(trainingText), ""},
		"not JSON":          {inMessages, message(`{"a":1,"a":2`), ""},
		"no object":         {inMessages, message(`["a","a"]`), ""},
		"at the top":        {inMessages, message(`{"a":1,"b":{},"a":1}`), want + "a twice"},
		"in an object":      {inMessages, message(`{"a":{"b":{"c":1,"c":2}}}`), want + "a.b.c twice"},
		"in an array":       {inMessages, message(`{"a":[{"b":1},{"b":1,"b":2}]}`), want + "a.b twice"},
		"escaped":           {inMessages, message(`{"a":1,"\u0061":2}`), want + "a twice"},
		"after an array":    {inMessages, message(`{"a":[[],{}],"b":1,"b":2}`), want + "b twice"},
		"in another object": {inMessages, message(`{"a":{"b":1},"c":{"b":1}}`), ""},
		"a value as a name": {inMessages, message(`{"a":"b","b":"a"}`), ""},
		"in another case":   {inMessages, message(`{"a":1,"A":2}`), ""},

		"response":       {inResponses, response(`{"id":"x"}`), ""},
		"response twice": {inResponses, response(`[{"id":"x","id":"y"}]`), "failed: the response of GetProject has id twice"},
		"response, HTML": {inResponses, response(`<html>`), ""},
	})
}
