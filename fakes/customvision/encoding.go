package customvision

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// timestamp encodes a time as recorded: ISO 8601 in UTC, with milliseconds and without trailing zeros.
type timestamp time.Time

func (t timestamp) MarshalJSON() ([]byte, error) {
	return []byte(time.Time(t).UTC().Format(`"2006-01-02T15:04:05.999Z"`)), nil
}

// imageTime encodes a time as recorded for images: up to seven decimals, without trailing zeros and without a zone.
type imageTime time.Time

func (t imageTime) MarshalJSON() ([]byte, error) {
	return []byte(time.Time(t).UTC().Format(`"2006-01-02T15:04:05.9999999"`)), nil
}

// number encodes a number as recorded: always with a decimal point.
type number float64

func (n number) MarshalJSON() ([]byte, error) {
	text := strconv.FormatFloat(float64(n), 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return []byte(text), nil
}

// fraction encodes a number as recorded for regions: with seven digits if they identify it, otherwise with nine.
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

// encode returns compact JSON in which the characters of URIs are not escaped, as the service does.
func encode(value any) ([]byte, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buffer.Bytes(), []byte("\n")), nil
}

// guid decodes a GUID. A text that is not a GUID gives an error that quotes it.
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

// guids decodes a list of GUIDs.
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
