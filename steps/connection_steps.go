package steps

import "github.com/cvconform/cvconform/internal/check"

func (d *registrar) connectionSteps() {
	d.then("the ConnectionTest message has the id of the project", check.ConnectionTestNamesProject())
	d.then("the queue holds exactly one ConnectionTest message", check.OneConnectionTest())
	d.then("a test blob appeared in the test-permission folder", check.TestBlobAppeared())
	d.then("the test blob was deleted within the test-blob budget", check.TestBlobGone())
	d.then("the container is empty after the connection check", check.NothingLeftBehind())
}
