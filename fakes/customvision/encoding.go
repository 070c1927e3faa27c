package customvision

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// timestamp is written as recorded: ISO 8601, UTC, milliseconds with trailing
// zeros cut.
type timestamp time.Time

func (t timestamp) MarshalJSON() ([]byte, error) {
	return []byte(time.Time(t).UTC().Format(`"2006-01-02T15:04:05.999Z"`)), nil
}

// imageTime is written as recorded for images: up to seven decimals, without
// trailing zeros and without a zone.
type imageTime time.Time

func (t imageTime) MarshalJSON() ([]byte, error) {
	return []byte(time.Time(t).UTC().Format(`"2006-01-02T15:04:05.9999999"`)), nil
}

// number is written with a point always, as recorded.
type number float64

func (n number) MarshalJSON() ([]byte, error) {
	text := strconv.FormatFloat(float64(n), 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return []byte(text), nil
}

// fraction is written as recorded: with seven digits where they are enough, else
// with nine.
type fraction float32

func (f fraction) MarshalJSON() ([]byte, error) {
	text := strconv.FormatFloat(float64(f), 'g', 7, 32)
	if short, err := strconv.ParseFloat(text, 32); err != nil || fraction(short) != f {
		text = strconv.FormatFloat(float64(f), 'g', 9, 32)
	}
	if !strings.ContainsAny(text, ".e") {
		text += ".0"
	}
	return []byte(text), nil
}

// encode gives the compact form that the service uses, URIs unescaped.
func encode(value any) ([]byte, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buffer.Bytes(), []byte("\n")), nil
}

// guid is a GUID in a body. A text that is none is named in the error.
type guid struct{ uuid.UUID }

func (g *guid) UnmarshalJSON(data []byte) error {
	var text string
	if err := json.Unmarshal(data, &text); err != nil {
		return err
	}
	id, err := parseID(text)
	g.UUID = id
	return err
}

// guids is a list of GUIDs in a body.
type guids []uuid.UUID

func (g *guids) UnmarshalJSON(data []byte) error {
	var texts []string
	if err := json.Unmarshal(data, &texts); err != nil {
		return err
	}
	ids, err := parseIDs(texts)
	*g = ids
	return err
}

func parseID(text string) (uuid.UUID, error) {
	id, err := uuid.Parse(text)
	if err != nil {
		return uuid.UUID{}, errInvalidID(text)
	}
	return id, nil
}

func parseIDs(texts []string) ([]uuid.UUID, error) {
	ids := make([]uuid.UUID, 0, len(texts))
	for _, text := range texts {
		id, err := parseID(text)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}
