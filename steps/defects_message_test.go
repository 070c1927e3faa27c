package steps_test

import (
	"encoding/base64"
	"strings"
	"unicode/utf16"

	"github.com/cvconform/cvconform/internal/azurite"
)

func messageDefects() []defect {
	const one, two, three, four = "CVSI-MESSAGE-01", "CVSI-MESSAGE-02", "CVSI-MESSAGE-03", "CVSI-MESSAGE-04"
	return append(secretDefects(),
		broken("no-messages", "Nothing is ever sent.", breaks{one: "blocked: the queue is empty", two: "blocked: the queue is empty", three: "blocked: the queue is empty"}, lose("")),
		broken("ids-upper-case", "Ids are in capitals where small letters were agreed.", breaks{"CVSI-TRAIN-03": "in lower case (reading guid-case=lower)"},
			rewrite("", capitals)).read("guid-case", "lower"),
		broken("message-words", "A message is no JSON.", breaks{one: "not JSON"}, retext(export, func(string) string { return "export completed" })),
		broken("message-xml", "A message is XML.", breaks{one: "not JSON"}, retext(training, func(string) string { return "<Training/>" })),
		broken("message-two-documents", "A message is two documents.", breaks{one: "more than one JSON document"},
			retext(test, func(text string) string { return text + text })),
		broken("message-utf16", "A message is Base64 of UTF-16.", breaks{one: "not UTF-8"}, retext(export, wide)),
		broken("message-base64-twice", "A message is Base64 of Base64.", breaks{one: "not JSON"}, retext(export, func(text string) string { return base64Of(base64Of(text)) })),
		broken("message-quoted", "A message is a JSON string of its document.", breaks{"CVSI-EXPORT-01": "1 unrecognised"},
			retext(export, func(text string) string { return string(encoded(text)) })),
		broken("message-not-base64", "Messages are text where Base64 was agreed.", breaks{one: "encoding text"}).read("message-encoding", "base64"),
		broken("message-not-text", "Messages are Base64 where text was agreed.", breaks{one: "encoding base64"}, retext("", base64Of)).read("message-encoding", "text"),
		broken("message-encodings-mixed", "Only Training messages are Base64.", breaks{two: "text, then base64"}, retext(training, base64Of)),
		broken("message-bom", "Messages begin with a byte-order mark.", breaks{two: "U+FEFF before the JSON"}, retext("", func(text string) string { return "\uFEFF" + text })),
		broken("message-bom-base64", "Messages are Base64 of a byte-order mark and text.", breaks{two: "U+FEFF before the JSON"},
			retext("", func(text string) string { return base64Of("\uFEFF" + text) })),
		broken("one-queue-for-all", "All messages go to the first queue that anybody gave.", breaks{four: "message"}, func(s *service) {
			var queue box[string]
			handling("", func(l letter, send func(letter) error) error { l.queue = queue.first("", l.queue); return send(l) })(s)
		}),
		broken("messages-to-everybody", "The messages of one project go to another's queue too.", breaks{four: "one of project"},
			keeping(func(l *ledger) []fault {
				return []fault{handling(training, func(m letter, send func(letter) error) error {
					if _, last, latest := l.of(m.about("projectId")); latest != last {
						l.send(latest.Queue, m.text)
					}
					return send(m)
				})}
			})),
	)
}

// capitals writes the ids in capitals.
func capitals(_, content map[string]any) {
	for _, name := range []string{"projectId", "iterationId"} {
		if id, ok := content[name].(string); ok {
			content[name] = strings.ToUpper(id)
		}
	}
}

// wide is Base64 of UTF-16 with its byte-order mark.
func wide(text string) string {
	data := []byte{0xFF, 0xFE}
	for _, unit := range utf16.Encode([]rune(text)) {
		data = append(data, byte(unit), byte(unit>>8))
	}
	return base64.StdEncoding.EncodeToString(data)
}

func secretDefects() []defect {
	const three = "CVSI-MESSAGE-03"
	sas := "?sv=2021-08-06&se=2030-01-01T00%3A00%3A00Z&sr=b&sp=r&sig=c2VjcmV0LXNpZ25hdHVyZQ%3D%3D"
	signed := func(_, content map[string]any) {
		if link, ok := content["modelUri"].(string); ok {
			content["modelUri"] = link + sas
		}
	}
	leak := func(name, is, kind, value string) defect {
		return broken(name, is, breaks{three: "a " + kind + " in"}, rewrite(training, set("debug", value)))
	}
	return []defect{
		leak("leaks-training-key", "A message carries the training key.", "training-key", "Training-Key: "+canary),
		leak("leaks-account-key", "A message carries the storage key.", "account-key", "AccountKey="+azurite.AccountKey+";"),
		leak("leaks-token", "A message carries a token.", "bearer", "Bearer eyJhbGciOiJub25lIn0.e30.c2lnbmF0dXJl"),
		broken("leaks-escaped-account-key", "A message carries the storage key, escaped as some encoders do.", breaks{three: "a account-key in"},
			rewrite(training, set("debug", azurite.AccountKey)), retext(training, func(text string) string {
				return strings.NewReplacer("+", `\u002B`, "/", `\/`, "=", `\u003D`).Replace(text)
			})),
		broken("leaks-signature", "With a container modelUri carries a signature.", breaks{three: "a sig in"}, rewrite(export, signed)),
		broken("leaks-plain-signature", "A message carries a signature, unescaped.", breaks{three: "a sig in"}, rewrite(export, signed),
			retext(export, func(text string) string { return strings.ReplaceAll(text, `\u0026`, "&") })),
	}
}
