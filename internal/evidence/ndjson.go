package evidence

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
)

// EncodeEvents is the one form of a timeline in bytes: NDJSON, an event a line. The
// error is that of an instant which JSON cannot hold.
func EncodeEvents(events []Event) ([]byte, error) {
	var b bytes.Buffer
	for _, e := range events {
		if err := canonical(&b, e, ""); err != nil {
			return nil, fmt.Errorf("event %d: %w", e.Seq, err)
		}
	}
	return b.Bytes(), nil
}

// canonical writes v as JSON as this package writes it: members in the order of
// the type, maps sorted, no escapes for HTML, a newline at the end.
func canonical(w io.Writer, v any, indent string) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", indent)
	return enc.Encode(v)
}

// DigestEvents is the SHA-256 of a timeline's one form, in lower-case hex. The error
// is that of [EncodeEvents].
func DigestEvents(events []Event) (string, error) {
	text, err := EncodeEvents(events)
	if err != nil {
		return "", err
	}
	return digestOf(text), nil
}

func digestOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// DecodeEvents reads what [EncodeEvents] wrote, and nothing else: an unknown member, another
// spelling, or half a line is an error that names the line.
func DecodeEvents(text []byte) ([]Event, error) {
	var events []Event
	for n := 1; len(text) > 0; n++ {
		line, rest, whole := bytes.Cut(text, []byte("\n"))
		if !whole {
			return nil, fmt.Errorf("line %d has no end", n)
		}
		var e Event
		if err := decodeStrict(line, &e); err != nil {
			return nil, fmt.Errorf("line %d is no event: %w", n, err)
		}
		var again bytes.Buffer
		if err := canonical(&again, e, ""); err != nil || !bytes.Equal(bytes.TrimSuffix(again.Bytes(), []byte("\n")), line) {
			return nil, fmt.Errorf("line %d is not as cvconform writes an event", n)
		}
		events, text = append(events, e), rest
	}
	return events, nil
}

// decodeStrict reads one JSON document into v: no unknown member, nothing after it.
func decodeStrict(text []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return err
	}
	if _, err := dec.Token(); err != io.EOF {
		return fmt.Errorf("something follows the document")
	}
	return nil
}
