package gateway

import (
	"bytes"
	"encoding/xml"
	"io"
	"net/http"
)

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

// messageID returns the id in the response to a PutMessage. It restores the body of the response, including a read
// error.
func messageID(response *http.Response) string {
	body, err := io.ReadAll(io.LimitReader(response.Body, bufferLimit))
	rest := response.Body
	response.Body = struct {
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

// withError returns rest, or, if err is not nil, a reader that returns err.
func withError(err error, rest io.Reader) io.Reader {
	if err == nil {
		return rest
	}
	return readerFunc(func([]byte) (int, error) { return 0, err })
}
