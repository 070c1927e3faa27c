package steps

import "github.com/cvconform/cvconform/internal/check"

func (d *registrar) messageSteps() {
	d.then("the queue holds a ConnectionTest message", check.HasMessage(check.ConnectionTest))
	d.then("the queue holds a Training message", check.HasMessage(check.Training))
	d.then("the queue holds an Export message", check.HasMessage(check.Export))
	d.then("the queue holds a ConnectionTest message of each project", check.EachHasMessage(check.ConnectionTest))
	d.then("the queue holds a Training message of each project", check.EachHasMessage(check.Training))
	d.then("the queue holds an Export message of each project", check.EachHasMessage(check.Export))
	d.then("every ConnectionTest message matches the documented schema", check.MatchesSchema(check.ConnectionTest))
	d.then("every Training message matches the documented schema", check.MatchesSchema(check.Training))
	d.then("every Export message matches the documented schema", check.MatchesSchema(check.Export))
	d.then("every message is one JSON document in UTF-8", check.AllJSON())
	d.then("all messages use the same encoding", check.SameEncoding())
	d.then("no message begins with a byte-order mark", check.NoByteOrderMark())
	d.then("every message stays in the queue", check.MessagesStay())
	d.then("no member occurs twice in a message", check.NoDuplicateInMessages())
	d.then("no member occurs twice in an API response", check.NoDuplicateInResponses())
	d.then("no message carries a secret", check.NoSecret())
	d.then("each queue holds the messages of its own project only", check.OwnMessagesOnly())
}
