package check

import "github.com/cvconform/cvconform/internal/trainingapi"

// IterationCompleted requires that the training succeeded.
func IterationCompleted() Check {
	return Check{Name: "iteration-completed", Immediate: true, Judge: func(c *Case) *Problem {
		e, problem := finalStatus(c, Training)
		if problem != nil {
			return problem
		}
		var it trainingapi.Iteration
		if err := trainingapi.Decode(*e.Exchange, &it); err != nil {
			return fail("a completed iteration", err.Error(), e)
		}
		if _, succeeded := it.Finished(); !succeeded {
			return fail("status Completed", "status "+it.Status, e)
		}
		return nil
	}}
}
