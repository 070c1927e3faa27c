package evidence

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"html"
	"io"
	"net/url"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	maxForms    = 4       // that are undone one after another
	maxUnzipped = 1 << 20 // bytes of a gzip form that are read
)

// A form is a way in which a service may send a JSON document by mistake.
type form struct {
	name string
	undo func(string) (string, bool)
}

// forms lists the forms in the order in which they are tried.
func forms() []form {
	return []form{
		{"the NUL-terminated form", trimmed("\x00", strings.TrimRight)},
		{"the UTF-16 (little-endian) form", func(s string) (string, bool) { return fromUTF16(s, 0, 1) }},
		{"the UTF-16 (big-endian) form", func(s string) (string, bool) { return fromUTF16(s, 1, 0) }},
		{"the form with one more byte-order mark", trimmed(byteOrderMark, strings.TrimPrefix)},
		{"the gzip form", gunzip},
		{"hexadecimal", decoder(hex.DecodeString)},
		{"Base64", decoder(base64.StdEncoding.DecodeString)},
		{"Base64 without padding", decoder(base64.RawStdEncoding.DecodeString)},
		{"URL-safe Base64 (RFC 4648, section 5)", decoder(base64.URLEncoding.DecodeString)},
		{"URL-safe Base64 (RFC 4648, section 5) without padding", decoder(base64.RawURLEncoding.DecodeString)},
		{"the XML-escaped form", changed(html.UnescapeString)},
		{"the percent-encoded form", changed(unescapePercent)},
		{"the JSON string", jsonString},
	}
}

// JSONForm returns the JSON document, an object, that a text holds in another form, and the name of that form: such as
// "Base64 of Base64 of a JSON document". The name is "" if the text is a JSON object itself, or holds none.
func JSONForm(text string) (document, name string) {
	var names []string
	if undone := undoForms(text, &names, maxForms); undone != "" && len(names) > 0 {
		return undone, strings.Join(names, " of ") + " of a JSON document"
	}
	return text, ""
}

// undoForms returns the JSON object in text and appends the names of the forms that it undid, or returns "".
func undoForms(text string, names *[]string, limit int) string {
	if isObject(text) {
		return text
	}
	if limit == 0 {
		return ""
	}
	for _, f := range forms() {
		inner, ok := f.undo(text)
		if !ok || inner == text {
			continue
		}
		below := append(slices.Clone(*names), f.name)
		if document := undoForms(inner, &below, limit-1); document != "" {
			*names = below
			return document
		}
	}
	return ""
}

func isObject(text string) bool {
	return strings.HasPrefix(strings.TrimSpace(text), "{") && json.Valid([]byte(text)) && utf8.ValidString(text)
}

// decoder returns the undo function of an encoding of bytes as text.
func decoder(decode func(string) ([]byte, error)) func(string) (string, bool) {
	return func(s string) (string, bool) {
		b, err := decode(strings.TrimSpace(s))
		return string(b), err == nil && len(b) > 0
	}
}

// trimmed returns the undo function of something before or after a text.
func trimmed(cutset string, trim func(s, cutset string) string) func(string) (string, bool) {
	return changed(func(s string) string { return trim(s, cutset) })
}

// changed returns the undo function that applies if it changes the text.
func changed(undo func(string) string) func(string) (string, bool) {
	return func(s string) (string, bool) {
		t := undo(s)
		return t, t != s
	}
}

func unescapePercent(s string) string {
	if t, err := url.QueryUnescape(s); err == nil {
		return t
	}
	return s
}

// jsonString undoes the encoding of a document as a JSON string.
func jsonString(s string) (t string, ok bool) {
	return t, json.Unmarshal([]byte(s), &t) == nil
}

// fromUTF16 decodes UTF-16 whose bytes of a character are at these offsets. A byte-order mark may precede it.
func fromUTF16(s string, low, high int) (string, bool) {
	if len(s) < 4 || len(s)%2 != 0 {
		return "", false
	}
	units := make([]uint16, len(s)/2)
	for i := range units {
		units[i] = uint16(s[2*i+low]) | uint16(s[2*i+high])<<8
	}
	decoded := strings.TrimPrefix(string(utf16.Decode(units)), byteOrderMark)
	return decoded, strings.HasPrefix(strings.TrimSpace(decoded), "{")
}

func gunzip(s string) (string, bool) {
	r, err := gzip.NewReader(strings.NewReader(s))
	if err != nil {
		return "", false
	}
	var b bytes.Buffer
	_, err = io.Copy(&b, io.LimitReader(r, maxUnzipped))
	return b.String(), err == nil
}
