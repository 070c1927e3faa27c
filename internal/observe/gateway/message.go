package gateway

import (
	"bytes"
	"encoding/xml"
	"io"
	"net/http"
)

// messageText is the text in the body of a PutMessage or UpdateMessage, or ""
// if the body is not one.
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

// messageID reads the answer to a PutMessage for the id that the queue gave,
// and puts the answer's body back as it came, a read error included.
func messageID(answer *http.Response) string {
	body, err := io.ReadAll(io.LimitReader(answer.Body, keepLimit))
	rest := answer.Body
	answer.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(body), withError(err, rest)), rest}
	var list struct {
		XMLName xml.Name `xml:"QueueMessagesList"`
		IDs     []string `xml:"QueueMessage>MessageId"`
	}
	if xml.Unmarshal(bytes.TrimPrefix(body, []byte("\ufeff")), &list) != nil || len(list.IDs) == 0 {
		return ""
	}
	return list.IDs[0]
}

// withError is rest, or, if err is not nil, a reader that gives err.
func withError(err error, rest io.Reader) io.Reader {
	if err == nil {
		return rest
	}
	return readerFunc(func([]byte) (int, error) { return 0, err })
}
