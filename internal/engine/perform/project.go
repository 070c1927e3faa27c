package perform

import "github.com/cvconform/cvconform/internal/engine/situation"

// Description is the description of every project that a run creates.
const Description = "made by cvconform"

// A project is one project of the act tree.
type project struct {
	label, name, id  string // label is "" unless there are two projects
	failureMode      situation.Failure
	queue, container string // names; "" if it has none
	queueURI         string
	containerURI     string
	tagged           bool
	iteration        string   // the last one
	iterations       []string // all, in order
	exported         []string // platforms of the exports, in order
}

// An actResult is the result of an act. The zero value is success.
type actResult struct {
	blocked      string // why the act could not be performed
	inconclusive string // why it did not end within its budget, or did not have the provoked effect
}

func (r actResult) succeeded() bool { return r.blocked == "" && r.inconclusive == "" }
