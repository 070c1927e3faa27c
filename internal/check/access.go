package check

import (
	"encoding/json"
	"fmt"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/trainingapi"
)

// Unauthorized: the attempt was answered with 401.
func Unauthorized() Check {
	return Check{Name: "unauthorized", Answer: true, Judge: func(c *Case) *Problem {
		e, ok := c.answer()
		if !ok {
			return c.noAnswer()
		}
		if e.Exchange.Status != 401 {
			return fail("401", outcome(*e.Exchange), e)
		}
		return nil
	}}
}

// Refused: the attempt was answered with 4xx and an error document that has a
// code and a message (API reference: CustomVisionError).
func Refused() Check {
	return Check{Name: "refused", Answer: true, Judge: func(c *Case) *Problem {
		e, ok := c.answer()
		if !ok {
			return c.noAnswer()
		}
		const want = "4xx with a JSON error that has code and message"
		if problem := c.denialBypassed(want); problem != nil {
			return problem
		}
		x := *e.Exchange
		if x.Status < 400 || x.Status > 499 {
			return fail(want, outcome(x), e)
		}
		var doc struct{ Code, Message string }
		if err := json.Unmarshal([]byte(x.Body), &doc); err != nil || doc.Code == "" || doc.Message == "" {
			return fail(want, outcome(x), e)
		}
		return nil
	}}
}

// denialBypassed is the problem of an attempt that asks for storage which refuses
// everything, in a run whose service goes around who refuses it; nil for any other.
func (c *Case) denialBypassed(want string) *Problem {
	if !c.Situation.Last().UsesDeniedStorage() {
		return nil
	}
	return c.bypassProblem(want)
}

func outcome(x evidence.Exchange) string {
	if x.Status == 0 {
		return trainingapi.FailureReason(x)
	}
	return trainingapi.DescribeResponse(x)
}

// NotCreated: the project list after the attempt has no project of its name. A
// list that does not show the project that stood before proves nothing.
func NotCreated() Check {
	return Check{Name: "not-created", Answer: true, Judge: func(c *Case) *Problem {
		attempt, ok := c.answer()
		if !ok {
			return c.noAnswer()
		}
		if problem := c.denialBypassed("no project " + requestedName(*attempt.Exchange)); problem != nil {
			return problem
		}
		e, problem := c.laterGet("GetProjects")
		if problem != nil {
			return problem
		}
		var list []trainingapi.Project
		if err := trainingapi.Decode(*e.Exchange, &list); err != nil {
			return fail("a list of projects", err.Error(), e)
		}
		standing, problem := c.singleProject()
		if problem != nil {
			return problem
		}
		return judgeList(list, requestedName(*attempt.Exchange), standing, e)
	}}
}

func judgeList(list []trainingapi.Project, attempted string, standing project, e evidence.Event) *Problem {
	found := false
	for _, p := range list {
		if p.Name == attempted {
			return fail("no project "+attempted, "the list shows it, with id "+p.ID, e)
		}
		found = found || sameID(p.ID, standing.id)
	}
	if !found {
		return &Problem{
			Kind:    Blocked,
			Summary: "blocked: the project list does not show the project that exists, so it cannot show that another does not",
			Want:    "project " + standing.id + " in the list",
			Got:     fmt.Sprintf("%d projects without it", len(list)),
			Events:  eventNumbers([]evidence.Event{e}),
		}
	}
	return nil
}
