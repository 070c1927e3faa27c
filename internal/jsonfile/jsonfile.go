// Package jsonfile encodes and decodes the JSON documents that cvconform writes to
// files: reports, plans, manifests, recordings. All of them have the same layout, and
// none has a null where a list or map is meant. The package knows no document's
// members; their schemas stay with their types.
package jsonfile

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// Encode returns v as an indented JSON document with a final newline. Members are in
// the order of the type, maps are sorted, characters with a meaning in HTML are not
// escaped, and a nil slice or map is written as if it were empty (see [NonNil]). It
// returns the error of encoding/json.
func Encode[T any](v T) ([]byte, error) { return encode(NonNil(v), "  ") }

// EncodeLine returns v as JSON on one line, with a final newline. A nil slice or map
// is written as null. It returns the error of encoding/json.
func EncodeLine(v any) ([]byte, error) { return encode(v, "") }

// Write writes v to w in the form of [Encode]. It returns the error of encoding/json
// or of w.
func Write[T any](w io.Writer, v T) error {
	text, err := Encode(v)
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

func encode(v any, indent string) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", indent)
	err := encoder.Encode(v)
	return b.Bytes(), err
}

// Decode decodes one JSON document into v. It returns an error if the document has a
// member that v's type does not have, or if anything but white space follows it.
func Decode(text []byte, v any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(v); err != nil {
		return err
	}
	if _, err := decoder.Token(); err != io.EOF {
		return errors.New("unexpected data after the JSON document")
	}
	return nil
}
