package check

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/cvconform/cvconform/internal/evidence"
)

// NoDuplicateInMessages requires that no object in a message of the project's queue has two members of the same name.
func NoDuplicateInMessages() Check {
	return queueCheck("no-duplicate-in-messages", func(_ *Case, _ project, m message) *Problem {
		return duplicateProblem("message", m.event.Message.Text, m.event)
	})
}

// NoDuplicateInResponses requires that no object in an API response of the situation has two members of the same name.
func NoDuplicateInResponses() Check {
	return Check{Name: "no-duplicate-in-responses", Judge: func(c *Case) *Problem {
		for _, e := range c.ownEvents(evidence.KindExchange) {
			if problem := duplicateProblem("response of "+e.Exchange.Call, e.Exchange.Body, e); problem != nil {
				return problem
			}
		}
		return nil
	}}
}

func duplicateProblem(subject, text string, e evidence.Event) *Problem {
	path := duplicateMember(text)
	if path == "" {
		return nil
	}
	return fail("each member of the "+subject+" once", fmt.Sprintf("the %s has %s twice", subject, path), e)
}

// duplicateMember returns the path of the first member of a JSON document that has the name of an earlier member of
// the same object, such as "Content.projectId", or "". Names are compared after their escapes are decoded. A text that
// is not JSON has no members.
func duplicateMember(text string) string {
	if !json.Valid([]byte(text)) {
		return ""
	}
	return duplicateIn(json.NewDecoder(strings.NewReader(text)), nil)
}

// duplicateIn reads one value and returns the path of its first duplicate member. path leads to the value.
func duplicateIn(dec *json.Decoder, path []string) string {
	token, err := dec.Token()
	if err != nil {
		return ""
	}
	names := map[string]bool{}
	for isObject := token == json.Delim('{'); dec.More() && (isObject || token == json.Delim('[')); {
		inner := path
		if isObject {
			token, _ := dec.Token() // a name, because the text is valid
			name, _ := token.(string)
			inner = append(path[:len(path):len(path)], name)
			if names[name] {
				return strings.Join(inner, ".")
			}
			names[name] = true
		}
		if found := duplicateIn(dec, inner); found != "" {
			return found
		}
	}
	if _, opened := token.(json.Delim); opened {
		_, _ = dec.Token() // the end of the object or array, because the text is valid
	}
	return ""
}
