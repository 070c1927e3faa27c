package check_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
)

// sent adds a PutMessage of a Training message at that second.
func (s *timelineBuilder) sent(second float64, op evidence.Operation) *timelineBuilder {
	op.Service, op.Name, op.Text, op.MessageID = evidence.Queue, "PutMessage", trainingText, "m"
	if op.Resource == "" {
		op.Resource = "q"
	}
	return s.operation(second, second, op)
}

func (s *timelineBuilder) blobOperation(name, object string) *timelineBuilder {
	op := evidence.Operation{Service: evidence.Blob, Name: name, Resource: "c", Object: object}
	return s.operation(33, 33, op)
}

func TestMissingEffectSaysWhatWasSeen(t *testing.T) {
	const empty = "failed: none that belongs here: the queue is empty; "
	const spelled = "failed: the name of a blob differs: "
	queue := func(name string) evidence.Operation {
		return evidence.Operation{Service: evidence.Queue, Name: name, Resource: "q", MessageID: "m"}
	}
	trained := func(op evidence.Operation) *timelineBuilder { return newGatewayTimeline().train().sent(14, op) }
	later := func(s *timelineBuilder, name string) *timelineBuilder { return s.operation(15, 15, queue(name)) }
	exportedAs := func(name string) *timelineBuilder { return newGatewayTimeline().export().blobAtEnd(name, "", 9) }
	withoutSpaces := projectID + "-" + iterationID + ".CoreML"
	swapped := iterationID + " - " + projectID + ".CoreML"
	for want, c := range map[string]struct {
		check    check.Check
		timeline *timelineBuilder
	}{
		empty + "the service stored the Training message with a time-to-live of 1s (messagettl), after which it is gone": {
			check.HasMessage(check.Training), trained(evidence.Operation{TimeToLive: time.Second})},
		empty + "the service stored the Training message invisible for 30s (visibilitytimeout)": {
			check.HasMessage(check.Training), trained(evidence.Operation{VisibilityTimeout: 30 * time.Second})},
		empty + "the service stored the Training message and deleted it itself 1s later (DeleteMessage)": {
			check.MatchesSchema(check.Training), later(trained(evidence.Operation{}), "DeleteMessage")},
		empty + "the service stored the Training message and cleared the queue 1s later (ClearMessages)": {
			check.HasIDs(check.Training), later(trained(evidence.Operation{}), "ClearMessages")},
		empty + "the service sent the Training message to queue elsewhere, which the run did not make": {
			check.HasMessage(check.Training), trained(evidence.Operation{Resource: "elsewhere"})},
		"failed: none that belongs here: the queue is empty": {check.HasMessage(check.Training), newGatewayTimeline().train()},
		"blocked: blocked: the queue is empty, there is no message to judge; " +
			"the service stored the Training message and cleared the queue 1s later (ClearMessages)": {
			check.AllJSON(), later(trained(evidence.Operation{}), "ClearMessages")},
		"blocked: blocked: the queue is empty, there is no message to judge": {check.AllJSON(), newGatewayTimeline().train()},
		"failed: none that belongs here: the queue holds 1 unrecognised; a message there has no type: {}": {
			check.HasMessage(check.Training), newGatewayTimeline().train().messageAtEnd("q", "m", "{}")},
		spelled + `there are no spaces around the hyphen between its ids; 1 other blobs, the last: "` + withoutSpaces + `"`: {
			check.HasBackup(), exportedAs(withoutSpaces)},
		spelled + `the ids of project and iteration are swapped; 1 other blobs, the last: "` + swapped + `"`: {check.HasBackup(), exportedAs(swapped)},
		spelled + `there are no spaces around the hyphen between its ids; 2 other blobs, the last: "x"; it is "` +
			withoutSpaces + `"`: {
			check.HasBackup(), exportedAs(withoutSpaces).blobAtEnd("x", "", 9)},
		`failed: 1 other blobs, the last: "` + projectID + " - " + iterationID + `.ONNX"`: {
			check.HasBackup(), newGatewayTimeline().train().endAct().
				act(situation.Act{Verb: situation.Export, Platform: "ONNX"}).platformCall("ONNX").endAct().
				act(situation.Act{Verb: situation.Export, Platform: "CoreML"}).platformCall("CoreML").
				blobAtEnd(projectID+" - "+iterationID+".ONNX", "", 9)},
		`failed: the container is empty; the service never committed its blocks (1 PutBlock, no PutBlockList) of blob "` +
			backupName + `"`: {
			check.BackupIsCopy(), newGatewayTimeline().export().blobOperation("PutBlock", backupName)},
		"failed: the container is empty": {check.HasBackup(), newGatewayTimeline().export()},
		`failed: stored instead: CustomVision-TestPermission; it is a placeholder of the folder, not a blob in it`: {
			check.TestBlobAppeared(), newGatewayTimeline().putBlob("c", "CustomVision-TestPermission", "", 1, 1, 2)},
		`failed: no blob was stored; the service never committed its blocks (1 PutBlock, no PutBlockList) of blob "` +
			testBlob + `"`: {
			check.TestBlobAppeared(), newGatewayTimeline().operation(1, 2, evidence.Operation{
				Service: evidence.Blob, Name: "PutBlock", Resource: "c", Object: testBlob})},
	} {
		assert.Equal(t, want, c.timeline.judge(c.check))
	}
}

// platformCall adds an export to a platform that ends in time.
func (s *timelineBuilder) platformCall(platform string) *timelineBuilder {
	s.call("ExportIteration", 31, 32, `{"status":"Exporting"}`)
	s.events[len(s.events)-1].Exchange.URL = "http://service/export?platform=" + platform
	return s.call("GetExports", 40, 41, `[{"platform":"`+platform+`","status":"Done"}]`)
}

// download adds a download of a link at second 42.
func (s *timelineBuilder) download(link, url string, d evidence.Download) *timelineBuilder {
	d.Link, d.URL, d.Began = link, url, at(42)
	return s.add(evidence.Event{Kind: evidence.KindDownload, Download: &d})
}

func TestWrongContentSaysHowItDiffers(t *testing.T) {
	archive := evidence.Download{Status: 200, Length: 7, SHA256: "y", Format: "a zip archive"}
	gzipped := newGatewayTimeline().export().download("downloadUri", "http://s/m", archive).blobAtEnd(backupName, "", 9)
	gzipped.events[len(gzipped.events)-1].Blob.Format = "gzip data"
	assert.Equal(t, "failed: 9 bytes, SHA-256 x; it is gzip data, the model is a zip archive",
		gzipped.judge(check.BackupIsCopy()))

	expired := newGatewayTimeline().export().download("downloadUri", "http://s/m?sig=x&se=2026-03-01",
		evidence.Download{Status: 403, Error: "returned 403 Forbidden"})
	assert.Equal(t, "failed: status 403: returned 403 Forbidden; "+
		"its SAS had expired: se=2026-03-01, requested at 2026-03-01T00:00:42Z", expired.judge(check.ModelDownloads()))

	link := "http://s/c/" + strings.ReplaceAll(backupName, " ", "%2520")
	message := strings.Replace(exportText, `"Content":{`, `"Content":{"modelUri":"`+link+`",`, 1)
	encodedTwice := newGatewayTimeline().export().putMessage("q", "m", 41, 42).messageAtEnd("q", "m", message).
		blobAtEnd(backupName, "", 9)
	assert.Equal(t, "failed: modelUri = "+link+"; the name of the blob is percent-encoded twice",
		encodedTwice.judge(check.ModelURIIsBackup()))
}

// A message counts if it is in the queue for as long as its budget, here 10 s, whenever the harness reads the queue.
func TestMessageThatEnds(t *testing.T) {
	trained := func(ttl time.Duration) *timelineBuilder {
		return newGatewayTimeline().train().sent(14, evidence.Operation{TimeToLive: ttl, Base64: true}).
			call("GetProject", 29, 30, "")
	}
	deleted := func(second float64) *timelineBuilder {
		return trained(0).operation(second, second,
			evidence.Operation{Service: evidence.Queue, Name: "DeleteMessage", Resource: "q", MessageID: "m"})
	}
	const short = "failed: none that belongs here: the queue is empty; the service stored the Training message with " +
		"a time-to-live of 9s (messagettl), after which it is gone"
	k := check.HasMessage(check.Training)
	assert.Equal(t, short, trained(9*time.Second).judge(k))
	assert.Equal(t, short, trained(9*time.Second).messageAtEnd("q", "m", trainingText).judge(k))
	assert.Empty(t, trained(10*time.Second).judge(k))
	assert.Empty(t, trained(10*time.Second).judge(check.HasIDs(check.Training)))
	assert.Equal(t, "failed: encoding base64", trained(10*time.Second).judge(check.AllJSON()), "without a reading")
	assert.Empty(t, trained(10*time.Second).messageAtEnd("q", "m", trainingText).judge(k))
	assert.Empty(t, deleted(24).judge(k))
	assert.Contains(t, trained(time.Hour).judge(k), "inconclusive: not observed: the service stored the message")
	assert.Equal(t, "failed: none that belongs here: the queue is empty; "+
		"the service stored the Training message and deleted it itself 9s later (DeleteMessage)", deleted(23).judge(k))
}
