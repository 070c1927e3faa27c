package evidence_test

import (
	"encoding/base64"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/redact"
)

const bom = "\uFEFF"

func base64Of(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func TestReadMessage(t *testing.T) {
	const notUTF8 = "{\"a\":\"\xff\"}"
	for name, c := range map[string]struct {
		raw  string
		want evidence.Message
	}{
		"plain text":            {`{"version":"1.0"}`, evidence.Message{Text: `{"version":"1.0"}`, Encoding: "text"}},
		"base64":                {base64Of(`{"version":"1.0"}`), evidence.Message{Text: `{"version":"1.0"}`, Encoding: "base64"}},
		"base64 with a newline": {base64Of(`{}`) + "\n", evidence.Message{Text: `{}`, Encoding: "base64"}},
		"byte-order mark":       {bom + `{}`, evidence.Message{Text: `{}`, Encoding: "text", BOM: true}},
		"both":                  {base64Of(bom + `{}`), evidence.Message{Text: `{}`, Encoding: "base64", BOM: true}},
		"digits are JSON":       {"1234", evidence.Message{Text: "1234", Encoding: "text"}},
		"a word that is base64": {"true", evidence.Message{Text: "true", Encoding: "text"}},
		"umlauts":               {base64Of(`{"ä":"ö"}`), evidence.Message{Text: `{"ä":"ö"}`, Encoding: "base64"}},
		"not UTF-8":             {base64Of(notUTF8), evidence.Message{Text: notUTF8, Encoding: "base64", Invalid: "not UTF-8"}},
		"empty":                 {"", evidence.Message{Encoding: "text", Invalid: "empty"}},
		"only a mark":           {bom, evidence.Message{Encoding: "text", BOM: true, Invalid: "empty"}},
		"no JSON": {"Training done.", evidence.Message{Text: "Training done.", Encoding: "text",
			Invalid: "not JSON: invalid character 'T' looking for beginning of value"}},
		"half a document": {`{"a":`, evidence.Message{Text: `{"a":`, Encoding: "text", Invalid: "not JSON: unexpected EOF"}},
		"two documents":   {`{} {}`, evidence.Message{Text: `{} {}`, Encoding: "text", Invalid: "more than one JSON document"}},
		"base64 twice": {base64Of(base64Of(`{}`)), evidence.Message{Text: base64Of(`{}`), Encoding: "base64",
			Invalid: "this is Base64 of Base64 of a JSON document"}},
		"a string in base64": {base64Of(`"{}"`), evidence.Message{Text: `"{}"`, Encoding: "base64"}},
		"space around":       {" {}\n", evidence.Message{Text: " {}\n", Encoding: "text"}},
	} {
		t.Run(name, func(t *testing.T) {
			c.want.Queue, c.want.ID = "q", "7"
			assert.Equal(t, c.want, evidence.ReadMessage("q", "7", c.raw))
			put := evidence.Operation{Name: "PutMessage", Resource: "q", MessageID: "7", Text: c.raw}
			timeline := evidence.NewTimeline(clock(), &redact.Redactor{})
			recorded := timeline.Record(evidence.Event{Kind: evidence.KindOperation, Operation: &put}).Operation
			if utf8.ValidString(c.want.Text) {
				assert.Equal(t, c.want, evidence.StoredMessage(*recorded))
			}
			text, encoding, marked := evidence.Decode(c.raw)
			assert.Equal(t, []any{c.want.Text, c.want.Encoding, c.want.BOM}, []any{text, encoding, marked})
		})
	}
}
