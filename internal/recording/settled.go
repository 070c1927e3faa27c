package recording

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf16"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/training"
)

// A Ruling is what became of one check over the evidence of a recording.
type Ruling struct {
	Failed bool   `json:"failed,omitempty"`
	Open   string `json:"open,omitempty"` // why it was left open; "" where it was decided
}

// Settled is what the evidence of one recorded project settles of the situations
// that end with one act. A replay has to play in some order what nobody saw in
// order, so whoever judges it has to know what is settled: the replay says it in the
// header [training.Settled] of the answer with which the act begins.
type Settled struct {
	Project    int                          `json:"project"`    // number of the recorded situation
	Situations map[string]map[string]Ruling `json:"situations"` // by key, then by the check's name; a check that passed is not named
}

// An Origin is where an answer stands in a recording: the number of the situation,
// from 1, and the key of the act.
type Origin struct {
	Situation int
	Act       string
}

// Header is the header's value: JSON in ASCII.
func (s Settled) Header() string {
	text, err := json.Marshal(s)
	if err != nil {
		return "" // strings and numbers can always be encoded
	}
	var b strings.Builder
	for _, r := range string(text) {
		switch {
		case r < 0x7f:
			b.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// SettledIn reads what a replay says with an answer; ok is false where it says nothing.
func SettledIn(x evidence.Exchange) (s Settled, ok bool) {
	text := x.Header[training.Settled]
	ok = text != "" && json.Unmarshal([]byte(text), &s) == nil
	return s, ok
}
