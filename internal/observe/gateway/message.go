package gateway

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/cvconform/cvconform/internal/evidence"
)

// defaultVisibilityTimeout is how long Get Messages makes a message invisible unless it names a time.
const defaultVisibilityTimeout = 30 * time.Second

// messageText returns the text in the body of a PutMessage or UpdateMessage, or "" for any other body.
func messageText(body []byte) string {
	var m struct {
		XMLName xml.Name `xml:"QueueMessage"`
		Text    string   `xml:"MessageText"`
	}
	if xml.Unmarshal(bytes.TrimPrefix(body, []byte("\ufeff")), &m) != nil {
		return ""
	}
	return m.Text
}

// setLifetime sets what the query of a request says about the life of a message.
func setLifetime(op *evidence.Operation, query url.Values) {
	timeout, ttl := seconds(query.Get("visibilitytimeout")), query.Get("messagettl")
	switch op.Name {
	case "GetMessages":
		op.VisibilityTimeout = cmp.Or(timeout, defaultVisibilityTimeout)
	case "UpdateMessage":
		op.VisibilityTimeout = timeout
	case "PutMessage":
		op.VisibilityTimeout, op.TimeToLive = timeout, seconds(ttl)
		if ttl == "-1" {
			op.TimeToLive = evidence.NeverExpires
		}
	}
}

// seconds returns the duration of a positive number of seconds, or 0 for any other text.
func seconds(s string) time.Duration {
	n, err := strconv.ParseUint(s, 10, 31)
	if err != nil {
		return 0
	}
	return time.Duration(n) * time.Second
}

// storedMessage returns the id and the expiry in the body of a response to a PutMessage.
func storedMessage(body []byte) (id string, expires time.Time) {
	var list struct {
		XMLName xml.Name `xml:"QueueMessagesList"`
		ID      string   `xml:"QueueMessage>MessageId"`
		Expires string   `xml:"QueueMessage>ExpirationTime"`
	}
	if xml.Unmarshal(bytes.TrimPrefix(body, []byte("\ufeff")), &list) != nil {
		return "", time.Time{}
	}
	expires, _ = http.ParseTime(list.Expires)
	return list.ID, expires
}

// withError returns rest, or, if err is not nil, a reader that returns err.
func withError(err error, rest io.Reader) io.Reader {
	if err == nil {
		return rest
	}
	return readerFunc(func([]byte) (int, error) { return 0, err })
}
