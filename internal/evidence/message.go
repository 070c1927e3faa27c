package evidence

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"
)

const byteOrderMark = "\uFEFF"

// The encodings of a message.
const (
	textEncoding   = "text"
	base64Encoding = "base64"
)

// ReadMessage returns the evidence of a message with the text that the queue returned. It decodes
// the text (plain, or Base64, which older Azure SDKs use by default), removes and records a
// byte-order mark, and records why the text is not one JSON document in UTF-8.
func ReadMessage(queue, id, raw string) Message {
	text, encoding, bom := Decode(raw)
	return Message{Queue: queue, ID: id, Text: text, Encoding: encoding, BOM: bom, Invalid: invalidReason(text, encoding)}
}

// StoredMessage returns the evidence of the message that a PutMessage of a timeline stored.
func StoredMessage(put Operation) Message {
	encoding := textEncoding
	if put.Base64 {
		encoding = base64Encoding
	}
	return Message{Queue: put.Resource, ID: put.MessageID, Text: put.Text, Encoding: encoding, BOM: put.BOM,
		Invalid: invalidReason(put.Text, encoding)}
}

// Decode returns the plain text of a message, its encoding ("text" or "base64"), and whether the
// text began with a byte-order mark.
func Decode(raw string) (text, encoding string, bom bool) {
	text, encoding = raw, textEncoding
	if decoded, ok := decodeBase64(raw); ok {
		text, encoding = decoded, base64Encoding
	}
	plain := strings.TrimPrefix(text, byteOrderMark)
	return plain, encoding, plain != text
}

// decodeBase64 decodes a text that is Base64 and not JSON: the digits 1234 are both.
func decodeBase64(raw string) (string, bool) {
	trimmed := strings.TrimSpace(raw)
	if trimmed == "" || json.Valid([]byte(trimmed)) {
		return "", false
	}
	decoded, err := base64.StdEncoding.DecodeString(trimmed)
	if err != nil {
		return "", false
	}
	return string(decoded), true
}

// invalidReason returns why a decoded text is not one JSON document in UTF-8; "" if it is one. A document in another
// form is named, such as "this is Base64 of Base64 of a JSON document".
func invalidReason(text, encoding string) string {
	reason := documentProblem(text)
	if reason == "" {
		return ""
	}
	_, name := JSONForm(text)
	switch {
	case name == "":
		return reason
	case encoding == base64Encoding:
		name = "Base64 of " + name
	}
	return "this is " + name
}

// documentProblem returns why text is not one JSON document in UTF-8; "" if it is one.
func documentProblem(text string) string {
	if !utf8.ValidString(text) {
		return "not UTF-8"
	}
	if text == "" {
		return "empty"
	}
	dec := json.NewDecoder(strings.NewReader(text))
	var first any
	if err := dec.Decode(&first); err != nil {
		return fmt.Sprintf("not JSON: %v", err)
	}
	rest := bytes.TrimSpace([]byte(text)[dec.InputOffset():])
	if len(rest) > 0 {
		return "more than one JSON document"
	}
	return ""
}
