package recording

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf16"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/trainingapi"
)

// A CheckResult is what became of one check over the evidence of a recording.
type CheckResult struct {
	Failed bool   `json:"failed,omitempty"`
	Open   string `json:"open,omitempty"` // why it was left open; "" where it was decided
}

// RecordedVerdicts is what the evidence of one recorded project settles of the situations
// that end with one act. A replay has to play in some order what nobody saw in
// order, so whoever judges it has to know what is settled: the replay says it in the
// header [training.Settled] of the answer with which the act begins.
type RecordedVerdicts struct {
	Project    int                               `json:"project"`    // number of the recorded situation
	Situations map[string]map[string]CheckResult `json:"situations"` // by key, then by the check's name; a check that passed is not named
}

// An Position is where an answer stands in a recording: the number of the situation,
// from 1, and the key of the act.
type Position struct {
	Situation int
	Act       string
}

// Header is the header's value: JSON in ASCII.
func (s RecordedVerdicts) Header() string {
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

// VerdictsFrom reads what a replay says with an answer; ok is false where it says nothing.
func VerdictsFrom(x evidence.Exchange) (s RecordedVerdicts, ok bool) {
	text := x.Header[trainingapi.RecordedVerdictsHeader]
	ok = text != "" && json.Unmarshal([]byte(text), &s) == nil
	return s, ok
}
