package steps

import "github.com/cvconform/cvconform/internal/check"

func (d *registrar) connectionChecks() {
	d.then("the ConnectionTest message names the project", check.ConnectionTestNamesProject())
	d.then("the queue holds exactly one ConnectionTest message", check.OneConnectionTest())
	d.then("the ConnectionTest message came within its budget", check.ConnectionTestInTime())
	d.then("a test blob appeared in the test-permission folder", check.TestBlobAppeared())
	d.then("the test blob is gone", check.TestBlobGone())
	d.then("the connection check left nothing behind", check.NothingLeftBehind())
}

func (d *registrar) messages() {
	d.then("the queue holds a ConnectionTest message", check.HasMessage(check.ConnectionTest))
	d.then("the queue holds a Training message", check.HasMessage(check.Training))
	d.then("the queue holds an Export message", check.HasMessage(check.Export))
	d.then("every ConnectionTest message has the documented form", check.MatchesSchema(check.ConnectionTest))
	d.then("every Training message has the documented form", check.MatchesSchema(check.Training))
	d.then("every Export message has the documented form", check.MatchesSchema(check.Export))
	d.then("every message is one JSON document in UTF-8", check.AllJSON())
	d.then("all messages use the same encoding", check.SameEncoding())
	d.then("no message begins with a byte-order mark", check.NoByteOrderMark())
	d.then("no message carries a secret", check.NoSecret())
	d.then("each queue holds the messages of its own project only", check.OwnMessagesOnly())
}
