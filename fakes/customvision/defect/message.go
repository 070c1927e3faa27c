package defect

import (
	"encoding/base64"
	"strings"
	"unicode/utf16"

	"github.com/cvconform/cvconform/fakes/azurite/devaccount"
)

func messageDefects() []Defect {
	return append(append(messageFormDefects(), encodingDefects()...), append(secretDefects(), mixedUpDefects()...)...)
}

func messageFormDefects() []Defect {
	const one, two, three = "CVSI-MESSAGE-01", "CVSI-MESSAGE-02", "CVSI-MESSAGE-03"
	return []Defect{
		newDefect(
			"no-messages",
			"No message is ever sent.",
			catches{
				one:   "blocked: the queue is empty",
				two:   "blocked: the queue is empty",
				three: "blocked: the queue is empty",
			},
			lose(""),
		),
		newDefect(
			"message-words",
			"A message is no JSON.",
			catches{one: "not JSON"},
			rewriteText(export, func(string) string { return "export completed" }),
		),
		newDefect(
			"message-xml",
			"A message is XML.",
			catches{one: "not JSON"},
			rewriteText(training, func(string) string { return "<Training/>" }),
		),
		newDefect(
			"message-cut",
			"A message is cut off before its end.",
			catches{one: "not JSON"},
			rewriteText(training, func(text string) string { return text[:len(text)-1] }),
		),
		newDefect("message-two-documents", "A message is two documents.", catches{one: "more than one JSON document"},
			rewriteText(test, func(text string) string { return text + text })),
		newDefect("message-quoted", "A message is a JSON string of its document.", catches{"CVSI-EXPORT-01": "unrecognised"},
			rewriteText(export, func(text string) string { return string(encoded(text)) })),
		newDefect(
			"ids-upper-case",
			"Ids are in capitals where small letters were agreed.",
			catches{"CVSI-TRAIN-03": "in lower case (reading guid-case=lower)"},
			rewrite("", capitals),
		).read("guid-case", "lower"),
	}
}

func encodingDefects() []Defect {
	const one, two = "CVSI-MESSAGE-01", "CVSI-MESSAGE-02"
	return []Defect{
		newDefect(
			"message-utf16",
			"A message is Base64 of UTF-16.",
			catches{one: "not UTF-8"},
			rewriteText(export, encodeUTF16),
		),
		newDefect(
			"message-base64-twice",
			"A message is Base64 of Base64.",
			catches{one: "not JSON"},
			rewriteText(export, func(text string) string { return base64Of(base64Of(text)) }),
		),
		newDefect(
			"message-not-base64",
			"Messages are text where Base64 was agreed.",
			catches{one: "encoding text"},
		).read("message-encoding", "base64"),
		newDefect(
			"message-not-text",
			"Messages are Base64 where text was agreed.",
			catches{one: "encoding base64"},
			rewriteText("", base64Of),
		).read("message-encoding", "text"),
		newDefect(
			"message-encodings-mixed",
			"Only Training messages are Base64.",
			catches{two: "text, then base64"},
			rewriteText(training, base64Of),
		),
		newDefect(
			"message-bom",
			"Messages begin with a byte-order mark.",
			catches{two: "U+FEFF before the JSON"},
			rewriteText("", func(text string) string { return "\uFEFF" + text }),
		),
		newDefect(
			"message-bom-base64",
			"Messages are Base64 of a byte-order mark and text.",
			catches{two: "U+FEFF before the JSON"},
			rewriteText("", func(text string) string { return base64Of("\uFEFF" + text) }),
		),
	}
}

// mixedUpDefects concern projects that are mistaken for each other.
func mixedUpDefects() []Defect {
	const four = "CVSI-MESSAGE-04"
	return []Defect{
		newDefect(
			"one-queue-for-all",
			"All messages go to the first queue that anybody gave.",
			catches{four: "message"},
			func(s *service) {
				var queue memo[string]
				handling("", func(l outgoingMessage, send func(outgoingMessage) error) error {
					l.queue = queue.first("", l.queue)
					return send(l)
				})(s)
			},
		),
		newDefect(
			"messages-to-everybody",
			"The Training messages of one project go to another's queue too.",
			catches{four: "one of project"},
			keeping(func(l *projectLog) []change {
				return []change{handling(training, func(m outgoingMessage, send func(outgoingMessage) error) error {
					if _, last, latest := l.of(m.about("projectId")); latest.Queue != last.Queue {
						l.send(latest.Queue, m.text)
					}
					return send(m)
				})}
			}),
		),
		newDefect(
			"messages-name-the-newest",
			"Every Training message names the project that was made last.",
			catches{four: "one of project"},
			keeping(func(l *projectLog) []change {
				return []change{rewrite(training, func(_, content map[string]any) { content["projectId"], _ = l.newest() })}
			}),
		),
	}
}

// capitals writes the ids in capitals.
func capitals(_, content map[string]any) {
	for _, name := range []string{"projectId", "iterationId"} {
		if id, ok := content[name].(string); ok {
			content[name] = strings.ToUpper(id)
		}
	}
}

func base64Of(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

// encodeUTF16 is Base64 of UTF-16 with its byte-order mark.
func encodeUTF16(text string) string {
	data := []byte{0xFF, 0xFE}
	for _, unit := range utf16.Encode([]rune(text)) {
		data = append(data, byte(unit), byte(unit>>8))
	}
	return base64.StdEncoding.EncodeToString(data)
}

// AccountKey is the storage account key that some defects leak. It is the public key of Azurite, so that no defect can
// give away a real one.
const AccountKey = devaccount.Key

func secretDefects() []Defect {
	const three = "CVSI-MESSAGE-03"
	const sas = "?sv=2021-08-06&se=2030-01-01T00%3A00%3A00Z&sr=b&sp=r&sig=c2VjcmV0LXNpZ25hdHVyZQ%3D%3D"
	signed := func(_, content map[string]any) {
		if link, ok := content["modelUri"].(string); ok {
			content["modelUri"] = link + sas
		}
	}
	leaking := func(secret string) change { return rewrite(training, set("debug", secret)) }
	return []Defect{
		newDefect("leaks-training-key", "A message carries the training key.", catches{three: "a training-key in"},
			func(s *service) { leaking("Training-Key: " + s.TrainingKey)(s) }),
		newDefect(
			"leaks-account-key",
			"A message carries the storage key.",
			catches{three: "a account-key in"},
			leaking("AccountKey="+AccountKey+";"),
		),
		newDefect(
			"leaks-escaped-account-key",
			"A message carries the storage key, escaped as some encoders do.",
			catches{three: "a account-key in"},
			leaking(AccountKey),
			rewriteText(training, func(text string) string {
				return strings.NewReplacer("+", `\u002B`, "/", `\/`, "=", `\u003D`).Replace(text)
			}),
		),
		newDefect(
			"leaks-token",
			"A message carries a bearer token.",
			catches{three: "a bearer in"},
			leaking("Bearer eyJhbGciOiJub25lIn0.e30.c2lnbmF0dXJl"),
		),
		newDefect(
			"leaks-signature",
			"With a container modelUri carries a signature.",
			catches{three: "a sig in"},
			rewrite(export, signed),
		),
		newDefect(
			"leaks-plain-signature",
			"A message carries a signature, unescaped.",
			catches{three: "a sig in"},
			rewrite(export, signed),
			rewriteText(export, func(text string) string { return strings.ReplaceAll(text, `\u0026`, "&") }),
		),
	}
}
