package check

import (
	"encoding/json"
	"fmt"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/trainingapi"
)

// Unauthorized requires that the response to the attempt has status 401.
func Unauthorized() Check {
	return responseCheck("unauthorized", func(_ *Case, e evidence.Event) *Problem {
		if e.Exchange.Status != 401 {
			return fail("401", trainingapi.Describe(*e.Exchange), e)
		}
		return nil
	})
}

// Refused requires that the response to the attempt has a status 4xx and an error document with a code and a message
// (API reference: CustomVisionError).
func Refused() Check {
	return responseCheck("refused", func(c *Case, e evidence.Event) *Problem {
		const want = "4xx with a JSON error that has code and message"
		if problem := denialProblem(c, want); problem != nil {
			return problem
		}
		x := *e.Exchange
		var doc struct{ Code, Message string }
		if x.Status < 400 || x.Status > 499 || json.Unmarshal([]byte(x.Body), &doc) != nil ||
			doc.Code == "" || doc.Message == "" {
			return fail(want, trainingapi.Describe(x), e)
		}
		return nil
	})
}

// denialProblem returns the problem of an attempt with storage for which the gateway denies every request, in a run
// whose service bypasses the gateway; nil for any other.
func denialProblem(c *Case, want string) *Problem {
	if !c.Situation.Last().UsesDeniedStorage() {
		return nil
	}
	return bypassProblem(c, want)
}

// NotCreated requires that the project list after the attempt has no project of its name. A list without the project
// that existed before proves nothing.
func NotCreated() Check {
	return responseCheck("not-created", func(c *Case, attempt evidence.Event) *Problem {
		name := requestedName(*attempt.Exchange)
		if problem := denialProblem(c, "no project "+name); problem != nil {
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
		existing, problem := c.singleProject()
		if problem != nil {
			return problem
		}
		return listProblem(list, name, existing, e)
	})
}

func listProblem(list []trainingapi.Project, attempted string, existing project, e evidence.Event) *Problem {
	found := false
	for _, p := range list {
		if p.Name == attempted {
			return fail("no project "+attempted, "the list shows it, with id "+p.ID, e)
		}
		found = found || sameID(p.ID, existing.id)
	}
	if !found {
		return &Problem{
			Kind:    Blocked,
			Summary: "blocked: the project list does not show the project that exists, so it proves nothing",
			Want:    "project " + existing.id + " in the list",
			Got:     fmt.Sprintf("%d projects without it", len(list)),
			Events:  eventNumbers([]evidence.Event{e}),
		}
	}
	return nil
}
