package check

import (
	"fmt"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/check/interval"
	"github.com/cvconform/cvconform/internal/evidence"
)

// ConnectionTestNamesProject requires that Content.projectId of the ConnectionTest message is the id of the project.
func ConnectionTestNamesProject() Check {
	return messageCheck("connection-test-names-project", ConnectionTest, func(c *Case, p project, m message) *Problem {
		return sameGUID(c, m, "projectId", p.id)
	})
}

// OneConnectionTest requires that the queue holds exactly one ConnectionTest message.
func OneConnectionTest() Check {
	return projectCheck("one-connection-test", func(c *Case, p project) *Problem {
		found := c.relevantMessages(ConnectionTest, p)
		if len(found) != 1 {
			return fail("exactly one ConnectionTest message", fmt.Sprintf("%d", len(found)), eventsOf(found)...)
		}
		return nil
	})
}

// ConnectionTestInTime requires that a ConnectionTest message was stored within budget connection-test of the
// response.
func ConnectionTestInTime() Check {
	return projectCheck("connection-test-in-time", func(c *Case, p project) *Problem {
		response, problem := c.response()
		if problem != nil {
			return problem
		}
		limit := c.Budgets[budget.ConnectionTest]
		inTime := ordering{
			want:    fmt.Sprintf("the ConnectionTest message within %s (budget %s)", limit, budget.ConnectionTest),
			after:   "it was not stored in time",
			unknown: "not observed: whether it was stored in time; no poll of the queue was close enough",
		}
		deadline := interval.At(response.Exchange.Ended.Add(limit))
		found := c.relevantMessages(ConnectionTest, p)
		var possible []evidence.Event
		for _, m := range found {
			if !m.observed() {
				possible = append(possible, m.event)
				continue
			}
			switch c.completion(m.put.Operation).Compare(deadline) {
			case interval.Before:
				return nil
			case interval.Unknown:
				possible = append(possible, m.put)
			}
		}
		if problem := bypassProblem(c, inTime.want); problem != nil {
			return problem
		}
		if len(possible) > 0 {
			return inconclusive(inTime.want, inTime.unknown, possible...)
		}
		return fail(inTime.want, inTime.after, append(c.expiredWaits(budget.ConnectionTest), eventsOf(found)...)...)
	})
}
