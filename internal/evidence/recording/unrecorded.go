package recording

import (
	"encoding/json"
	"net/http"

	"github.com/cvconform/cvconform/internal/evidence"
)

// NotRecorded is the code of the error that answers a call which a recording does
// not know. No service has it.
const NotRecorded = "NotRecorded"

// Unrecorded says whether a call was answered so, and what is not in the recording.
func Unrecorded(x evidence.Exchange) (message string, is bool) {
	var doc struct{ Code, Message string }
	is = x.Status == http.StatusNotImplemented && json.Unmarshal([]byte(x.Body), &doc) == nil && doc.Code == NotRecorded
	return doc.Message, is
}
