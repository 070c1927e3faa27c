package check_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/evidence"
)

// refused records an operation of the service that storage did not carry out, at that second.
func (s *timelineBuilder) refused(second float64, op evidence.Operation) *timelineBuilder {
	op.Began, op.Ended = at(second), at(second)
	return s.add(evidence.Event{Kind: evidence.KindOperation, Operation: &op})
}

// put records an operation that stored a message with that text, and the message, if it was stored.
func (s *timelineBuilder) put(id, text string, second float64) *timelineBuilder {
	op := evidence.Operation{Service: evidence.Queue, Name: "PutMessage", Resource: "q", MessageID: id, Text: text}
	return s.operation(second, second, op).messageAtEnd("q", id, text)
}

// respond replaces the status and the body of the last response.
func (s *timelineBuilder) respond(status int, body string) *timelineBuilder {
	x := s.events[len(s.events)-1].Exchange
	x.Status, x.Body = status, body
	return s
}

func (s *timelineBuilder) blocked(reason string) *timelineBuilder {
	s.ended = true
	boundary := evidence.ActBoundary{Blocked: reason}
	e := ended(boundary)
	nodes := s.situation.Nodes()
	e.Act = nodes[len(nodes)-1]
	return s.add(e)
}

// messageOperation returns a PutMessage with this response.
func messageOperation(text string, status int, code string) evidence.Operation {
	return evidence.Operation{Service: evidence.Queue, Name: "PutMessage", Resource: "q", Text: text,
		Status: status, Code: code}
}

// blobOperation returns an operation on a blob with this response.
func blobOperation(name, object string, status int, code string) evidence.Operation {
	return evidence.Operation{
		Service:  evidence.Blob,
		Name:     name,
		Resource: "c",
		Object:   object,
		Status:   status,
		Code:     code,
	}
}

// unanswered returns the operation without a response.
func unanswered(op evidence.Operation) evidence.Operation {
	op.Status, op.Error = 0, evidence.NoStorageResponse+": connection reset by peer"
	return op
}

// TestStorageFaultIsNoFailure judges effects that are missing because storage did not carry out a request of the
// service.
func TestStorageFaultIsNoFailure(t *testing.T) {
	training, export := check.HasMessage(check.Training), check.HasMessage(check.Export)
	const refused = "inconclusive: storage refused the service's "
	gateway := newGatewayTimeline
	denied := messageOperation(trainingText, 403, "AuthorizationPermissionMismatch")
	denied.Denied = true
	version := messageOperation(trainingText, 400, "InvalidHeaderValue")
	version.RefusedVersion = "2026-12-06"
	assertVerdicts(t, map[string]verdict{
		"503": {training, gateway().train().refused(22, messageOperation(trainingText, 503, "ServerBusy")),
			refused + "PutMessage: 503 ServerBusy; repeat the run when storage is well"},
		"403": {training, gateway().train().refused(22, messageOperation(trainingText, 403, "AuthorizationFailure")),
			refused + "PutMessage: 403 AuthorizationFailure; check the key or the SAS"},
		"an API version": {training, gateway().train().refused(22, version),
			refused + "PutMessage: 400 InvalidHeaderValue, because of API version 2026-12-06; start Azurite with --skip"},
		"no response": {training, gateway().train().refused(22, unanswered(messageOperation(trainingText, 0, ""))),
			"inconclusive: storage did not respond to the service's PutMessage: connection reset by peer; is storage running?"},
		"stored without a response": {training, gateway().train().
			refused(22, unanswered(messageOperation(trainingText, 0, ""))).messageAtEnd("q", "m", trainingText), ""},
		"an operation that storage lacks": {check.HasBackup(),
			gateway().export().refused(39, blobOperation("PutBlobFromURL", backupName, 501, "APINotImplemented")),
			refused + "PutBlobFromURL: 501 APINotImplemented; this storage lacks the operation"},
		"the bytes of that backup": {check.BackupIsCopy(),
			gateway().export().refused(39, blobOperation("PutBlobFromURL", backupName, 501, "APINotImplemented")),
			refused + "PutBlobFromURL: 501"},
		"blocks of the backup": {check.HasBackup(),
			gateway().export().refused(39, blobOperation("PutBlock", backupName, 500, "")), refused + "PutBlock: 500;"},
		"a test blob that cannot be deleted": {check.TestBlobGone(), gateway().
			putBlob("c", testBlob, "e", 1, 1, 1).refused(2, blobOperation("DeleteBlob", testBlob, 503, "ServerBusy")).
			blobAtEnd(testBlob, "e", 1), refused + "DeleteBlob: 503 ServerBusy"},
		"a test blob that cannot be stored": {check.NothingLeftBehind(),
			gateway().refused(1, blobOperation("PutBlob", testBlob, 500, "InternalError")), refused + "PutBlob: 500"},
		"the message of an export without its backup": {export,
			gateway().export().refused(39, blobOperation("PutBlob", backupName, 503, "")), refused + "PutBlob: 503;"},
		"a retry that succeeds": {training, gateway().train().
			refused(22, messageOperation(trainingText, 503, "ServerBusy")).put("m", trainingText, 23), ""},
		"one of two tries without a response": {check.OneMessageEach(check.Training), gateway().train().
			refused(22, unanswered(messageOperation(trainingText, 0, ""))).messageAtEnd("q", "m", trainingText).
			put("n", trainingText, 23), "inconclusive: storage did not respond to the service's PutMessage"},
		"denied by the harness": {training, gateway().train().refused(22, denied), "failed: none that belongs here"},
		"no such queue": {training, gateway().train().refused(22, messageOperation(trainingText, 404, "QueueNotFound")),
			"failed: none that belongs here"},
		"a malformed request": {training, gateway().train().
			refused(22, messageOperation(trainingText, 400, "InvalidHeaderValue")), "failed: none that belongs here"},
		"a body that the service did not send": {training, gateway().train().refused(22, func() evidence.Operation {
			op := messageOperation(trainingText, 0, "")
			op.Error = "the client stopped sending: unexpected EOF"
			return op
		}()), "failed: none that belongs here"},
		"another message": {export, gateway().export().
			refused(22, messageOperation(trainingText, 503, "ServerBusy")), "failed: none that belongs here"},
		"a message with another fault": {check.HasStatus(check.Training, "TrainingCompleted"), gateway().train().
			refused(22, messageOperation(trainingText, 503, "ServerBusy")).put("m", trainingText, 23),
			`failed: Content.trainingStatus = ""`},
	})
}

// TestMessageThatCouldNotBeRead judges messages that the gateway saw stored, and that the final reading did not show.
func TestMessageThatCouldNotBeRead(t *testing.T) {
	stored := func() *timelineBuilder {
		op := evidence.Operation{Service: evidence.Queue, Name: "PutMessage", Resource: "q", MessageID: "m", Text: trainingText}
		return newGatewayTimeline().train().operation(22, 22, op)
	}
	deleted := stored().operation(23, 23,
		evidence.Operation{Service: evidence.Queue, Name: "DeleteMessage", Resource: "q", MessageID: "m"})
	const reason = "inconclusive: not observed: the service stored the message, but the harness could not read it"
	assertVerdicts(t, map[string]verdict{
		"a message":              {check.HasMessage(check.Training), stored(), reason},
		"all messages":           {check.AllJSON(), stored(), reason},
		"another message":        {check.HasMessage(check.ConnectionTest), stored(), "failed: none that belongs here"},
		"deleted by the service": {check.HasMessage(check.Training), deleted, "failed: none that belongs here"},
	})
}

// TestStorageFaultDuringACall judges calls that the service refused, and acts that ended, because storage did not
// carry out a request of the service.
func TestStorageFaultDuringACall(t *testing.T) {
	const reason = "inconclusive: storage refused the service's PutBlob: 503 ServerBusy"
	busy := blobOperation("PutBlob", testBlob, 503, "ServerBusy")
	create := func(second float64) *timelineBuilder {
		return newGatewayTimeline().respond(400, `{"code":"BadRequest","message":"no access"}`).refused(second, busy)
	}
	wrongKey := create(1.5)
	wrongKey.situation.Acts[0].Key = "wrong"
	for i := range wrongKey.events {
		wrongKey.events[i].Act = wrongKey.situation.Nodes()[0]
	}
	assertVerdicts(t, map[string]verdict{
		"during the call":  {check.ResponseIsProject(), create(1.5), reason},
		"after the call":   {check.ResponseIsProject(), create(2.5), "failed: CreateProject returned 400"},
		"a wrong key":      {check.ResponseIsProject(), wrongKey, "failed: CreateProject returned 400"},
		"a blocked act":    {check.HasBackup(), create(1.5).blocked("CreateProject returned 400"), reason},
		"an act before it": {check.HasBackup(), create(1.5).export().blocked("it failed"), "blocked: blocked: it failed"},
		"content that was not stored": {check.BackupAtModelURI(), newGatewayTimeline().export().
			refused(39, blobOperation("PutBlob", backupName, 503, "ServerBusy")), reason},
	})
}

func TestStoredWithoutAResponseIsNoBypass(t *testing.T) {
	lineage := newGatewayTimeline().train().refused(22, unanswered(messageOperation(trainingText, 0, ""))).
		refused(23, unanswered(blobOperation("PutBlob", backupName, 0, ""))).
		messageAtEnd("q", "m", trainingText).blobAtEnd(backupName, "", 1)
	assert.False(t, check.GatewayBypassed(lineage.events))
	assert.True(t, check.GatewayBypassed(lineage.messageAtEnd("q", "n", exportText).events))
}
