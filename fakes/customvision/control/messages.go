package control

import (
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/cvconform/cvconform/fakes/customvision/journal"
)

// sentMessage is a message that the fake sent to a queue, or tried to send.
type sentMessage struct {
	Seq     int       `json:"seq"` // of its entry in the journal
	At      time.Time `json:"at"`
	Project string    `json:"project"`
	Queue   string    `json:"queue"`  // name of the queue
	Status  int       `json:"status"` // of the storage's response; 0 if there was none
	Message any       `json:"message"`
}

// messages returns the messages of the journal, decoded.
func (h handlers) messages(r *http.Request) (any, error) {
	for name := range r.URL.Query() {
		if name != "after" && name != "project" {
			return nil, httpErrorf(http.StatusBadRequest, "unknown parameter %q (use after or project)", name)
		}
	}
	filter, err := readFilter(r.URL.Query())
	if err != nil {
		return nil, err
	}
	filter.Kind, filter.Operation = journal.Storage, "PutMessage"
	list := []sentMessage{}
	for _, e := range h.fake.Journal().Entries(filter) {
		list = append(list, sentMessage{e.Seq, e.At, e.Project, queueName(e.URL), e.Status, decodeMessage(e.Request)})
	}
	return list, nil
}

// queueName returns the name in the URL of a request to …/{queue}/messages.
func queueName(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	path := strings.TrimSuffix(u.Path, "/messages")
	return path[strings.LastIndex(path, "/")+1:]
}

// decodeMessage returns the document in the body of a request that puts a message, which may be in Base64. If it is no
// JSON document, decodeMessage returns the text.
func decodeMessage(body string) any {
	var request struct{ MessageText string }
	if err := xml.Unmarshal([]byte(body), &request); err != nil {
		return body
	}
	text := []byte(request.MessageText)
	if decoded, err := base64.StdEncoding.DecodeString(request.MessageText); err == nil {
		text = decoded
	}
	if json.Valid(text) {
		return json.RawMessage(text)
	}
	return request.MessageText
}
