package trainingapi

import (
	"encoding/json"

	"github.com/cvconform/cvconform/internal/evidence"
)

// NotRecordedCode is the error code with which a replay refuses a call that its recording does not contain. No
// service uses it.
const NotRecordedCode = "NotRecorded"

const statusNotImplemented = 501

// NotRecorded reports whether a replay refused the call because its recording does not contain it, and with which
// message.
func NotRecorded(x evidence.Exchange) (message string, refused bool) {
	var doc struct{ Code, Message string }
	refused = x.Status == statusNotImplemented && json.Unmarshal([]byte(x.Body), &doc) == nil &&
		doc.Code == NotRecordedCode
	return doc.Message, refused
}
