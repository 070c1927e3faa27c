package evidence

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/cvconform/cvconform/internal/jsonfile"
)

// EncodeEvents returns a timeline as NDJSON, one event per line. The same events always give the
// same bytes. It returns an error if an event has a time that JSON cannot hold.
func EncodeEvents(events []Event) ([]byte, error) {
	var b bytes.Buffer
	for _, e := range events {
		line, err := jsonfile.EncodeLine(e)
		if err != nil {
			return nil, fmt.Errorf("event %d: %w", e.Seq, err)
		}
		b.Write(line)
	}
	return b.Bytes(), nil
}

// DigestEvents returns the SHA-256 of the encoded timeline, in lower-case hex. It returns the error
// of [EncodeEvents].
func DigestEvents(events []Event) (string, error) {
	text, err := EncodeEvents(events)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// DecodeEvents parses text that [EncodeEvents] returned, and nothing else: an unknown member,
// another spelling of the same event, and an incomplete line are errors that name the line.
func DecodeEvents(text []byte) ([]Event, error) {
	var events []Event
	for n := 1; len(text) > 0; n++ {
		line, rest, complete := bytes.Cut(text, []byte("\n"))
		if !complete {
			return nil, fmt.Errorf("line %d is incomplete", n)
		}
		var e Event
		if err := jsonfile.Decode(line, &e); err != nil {
			return nil, fmt.Errorf("line %d is not an event: %w", n, err)
		}
		again, err := jsonfile.EncodeLine(e)
		if err != nil || !bytes.Equal(bytes.TrimSuffix(again, []byte("\n")), line) {
			return nil, fmt.Errorf("line %d is not as cvconform writes an event", n)
		}
		events, text = append(events, e), rest
	}
	return events, nil
}
