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

// ReadMessage makes the evidence of a message from the text that the queue
// gives out: it tells the encoding (plain text, or Base64 of it, which older
// Azure SDKs use by default), cuts off a byte-order mark and remembers it, and
// says what keeps the text from being one JSON document in UTF-8.
func ReadMessage(queue, id, raw string) Message {
	text, encoding, bom := Decode(raw)
	return Message{Queue: queue, ID: id, Text: text, Encoding: encoding, BOM: bom, Invalid: invalid(text)}
}

// Decode returns the plain text of a message, its encoding ("text" or
// "base64") and whether it began with a byte-order mark.
func Decode(raw string) (text, encoding string, bom bool) {
	text, encoding = raw, "text"
	if decoded, ok := fromBase64(raw); ok {
		text, encoding = decoded, "base64"
	}
	plain := strings.TrimPrefix(text, byteOrderMark)
	return plain, encoding, plain != text
}

// fromBase64 takes the text for Base64 only where it is not JSON as it stands:
// the digits 1234 are both.
func fromBase64(raw string) (string, bool) {
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

func invalid(text string) string {
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
