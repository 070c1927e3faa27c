package check

import (
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/trainingapi"
)

// ResponseIsOK requires that the response to the last act's own call has status 200.
func ResponseIsOK() Check {
	return responseCheck("response-is-ok", func(_ *Case, e evidence.Event) *Problem {
		if e.Exchange.Status != 200 {
			return fail("200", trainingapi.Describe(*e.Exchange), e)
		}
		return nil
	})
}
