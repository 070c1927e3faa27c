package defect

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/cvconform/cvconform/fakes/azurite/devaccount"
	"github.com/cvconform/cvconform/fakes/customvision/azurestorage"
)

func messageDefects() []Defect {
	return slices.Concat(
		messageFormDefects(),
		encodingDefects(),
		secretDefects(),
		projectMixUpDefects(),
		sharedQueueDefects(),
		lifetimeDefects(),
	)
}

// messageFormDefects concern the syntax of messages.
func messageFormDefects() []Defect {
	return []Defect{
		newDefect("no-messages", "No messages are sent.",
			catches{message01: "blocked: the queue is empty", message02: "blocked: the queue is empty",
				message03: "blocked: the queue is empty"}, dropMessages("")),
		newDefect("message-words", "The Export message is plain text instead of JSON.",
			catches{message01: "not JSON"}, editMessageText(export, func(string) string { return "export completed" })),
		newDefect("message-xml", "The Training message is XML instead of JSON.",
			catches{message01: "not JSON"}, editMessageText(training, func(string) string { return "<Training/>" })),
		newDefect("message-cut", "The Training message is truncated.",
			catches{message01: "not JSON"}, editMessageText(training, func(text string) string { return text[:len(text)-1] })),
		newDefect("message-two-documents", "The ConnectionTest message consists of two JSON documents.",
			catches{message01: "more than one JSON document"},
			editMessageText(connectionTest, func(text string) string { return text + text })),
		newDefect("message-member-twice", "Messages have the member version twice.",
			catches{message07: "has version twice"}, duplicateMember("version")),
		newDefect("message-id-twice", "Messages have the member projectId of Content twice.",
			catches{message07: "has Content.projectId twice"}, duplicateMember("projectId")),
		newDefect("response-member-twice", "The settings in API responses have the member domainId twice.",
			catches{message07: "has settings.domainId twice"}, onResponse(createProject, func(_ *http.Request, resp *response) {
				resp.body = repeatMember(resp.body, "domainId")
			})),
		newDefect("message-quoted", "The Export message is a JSON string that contains the document.",
			catches{export01: "unrecognised"},
			editMessageText(export, func(text string) string { return string(encode(text)) })),
		newDefect("ids-upper-case", "Ids in messages are in upper case although the reading is lower case.",
			catches{train03: "in lower case (reading guid-case=lower)"}, editMessages("", upperCaseIDs)).
			withReading("guid-case", "lower"),
	}
}

// duplicateMember writes a member of messages twice, with an empty string first.
func duplicateMember(name string) change {
	return editMessageText("", func(text string) string { return string(repeatMember([]byte(text), name)) })
}

// repeatMember writes an empty member before the first member of that name.
func repeatMember(document []byte, name string) []byte {
	member := []byte(`"` + name + `":`)
	return bytes.Replace(document, member, slices.Concat(member, []byte(`"",`), member), 1)
}

// encodingDefects concern the encoding of messages.
func encodingDefects() []Defect {
	return []Defect{
		newDefect("message-utf16", "The Export message is Base64 of UTF-16.",
			catches{message01: "this is Base64 of the UTF-16"}, editMessageText(export, encodeUTF16)),
		newDefect("message-base64-twice", "The Export message is encoded in Base64 twice.",
			catches{message01: "this is Base64 of Base64"},
			editMessageText(export, func(text string) string { return encodeBase64(encodeBase64(text)) })),
		newDefect("message-not-base64", "Messages are text although the reading is Base64.",
			catches{message01: "encoding text"}).withReading("message-encoding", "base64"),
		newDefect("message-not-text", "Messages are Base64 although the reading is text.",
			catches{message01: "encoding base64"}, editMessageText("", encodeBase64)).
			withReading("message-encoding", "text"),
		newDefect("message-encodings-mixed", "Training messages are Base64 and all others are text.",
			catches{message02: "text, then base64"}, editMessageText(training, encodeBase64)),
		newDefect("message-bom", "Messages begin with a byte-order mark.",
			catches{message05: "U+FEFF before the JSON"},
			editMessageText("", func(text string) string { return "\uFEFF" + text })),
		newDefect("message-bom-base64", "Messages are Base64 of text that begins with a byte-order mark.",
			catches{message05: "U+FEFF before the JSON"},
			editMessageText("", func(text string) string { return encodeBase64("\uFEFF" + text) })),
	}
}

// projectMixUpDefects concern messages about the wrong project or in the wrong queue.
func projectMixUpDefects() []Defect {
	return []Defect{
		newDefect("one-queue-for-all", "All messages go to the first queue that a project was given.",
			catches{message04: "message"}, func(s *service) {
				var queues memo[string]
				onMessage("", func(m message, send sendFunc) error {
					m.queue = queues.first("", m.queue)
					return send(m)
				})(s)
			}),
		newDefect("messages-to-everybody", "Training messages also go to the queue of another project.",
			catches{message04: "one of project"}, withProjectLog(func(l *projectLog) []change {
				return []change{onMessage(training, func(m message, send sendFunc) error {
					if _, last, latest := l.urisOf(m.contentField("projectId")); latest.Queue != last.Queue {
						l.send(latest.Queue, m.text)
					}
					return send(m)
				})}
			})),
		newDefect("messages-name-the-newest", "Every Training message names the newest project.",
			catches{message04: "one of project"}, withProjectLog(func(l *projectLog) []change {
				return []change{editMessages(training, func(_, content map[string]any) { content["projectId"] = l.newest() })}
			})),
	}
}

// sharedQueueDefects concern projects that share a queue. Only the first project of each queue sends messages of the
// type.
func sharedQueueDefects() []Defect {
	muteSecond := func(messageType string) Defect {
		name := "shared-queue-second-" + strings.ToLower(messageType) + "-mute"
		return newDefect(name, "Of two projects that share a queue, only one sends a "+messageType+" message.",
			catches{message08: messageType + " message in queue"}, func(s *service) {
				var owners memo[string]
				dropMessagesWhere(messageType, func(m message) bool {
					project := m.contentField("projectId")
					return owners.first(m.queue, project) != project
				})(s)
			})
	}
	return []Defect{muteSecond(connectionTest), muteSecond(training), muteSecond(export)}
}

// lifetimeDefects concern messages that do not stay in their queue.
func lifetimeDefects() []Defect {
	limit := func(messageType string, l azurestorage.Lifetime) change {
		return onMessage(messageType, func(m message, send sendFunc) error {
			m.lifetime = l
			return send(m)
		})
	}
	return []Defect{
		newDefect("message-expires", "Training messages expire after a second.",
			catches{message06: "the Training message expired 1 s after it was stored"},
			limit(training, azurestorage.Lifetime{TimeToLive: time.Second})).withBudget("absence", 2*time.Second),
		newDefect("message-invisible", "Export messages are invisible for a minute.",
			catches{message06: "the Export message was stored invisible for 60 s"},
			limit(export, azurestorage.Lifetime{Invisible: time.Minute})).withBudget("notification", time.Second),
	}
}

// upperCaseIDs converts the ids in Content to upper case.
func upperCaseIDs(_, content map[string]any) {
	for _, name := range []string{"projectId", "iterationId"} {
		if id, ok := content[name].(string); ok {
			content[name] = strings.ToUpper(id)
		}
	}
}

func encodeBase64(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

// encodeUTF16 returns the Base64 encoding of text in UTF-16 with a byte-order mark.
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

// secretDefects concern secrets in messages.
func secretDefects() []Defect {
	const sas = "?sv=2021-08-06&se=2030-01-01T00%3A00%3A00Z&sr=b&sp=r&sig=c2VjcmV0LXNpZ25hdHVyZQ%3D%3D"
	sign := func(_, content map[string]any) {
		if link, ok := content["modelUri"].(string); ok {
			content["modelUri"] = link + sas
		}
	}
	leak := func(secret string) change { return editMessages(training, set("debug", secret)) }
	return []Defect{
		newDefect("leaks-training-key", "The Training message contains the training key.",
			catches{message03: "training-key in"}, func(s *service) { leak("Training-Key: " + s.TrainingKey)(s) }),
		newDefect("leaks-account-key", "The Training message contains the storage account key.",
			catches{message03: "account-key in"}, leak("AccountKey="+AccountKey+";")),
		newDefect("leaks-escaped-account-key", "The Training message contains the storage account key with JSON escapes.",
			catches{message03: "account-key in"}, leak(AccountKey), editMessageText(training,
				func(text string) string {
					return strings.NewReplacer("+", `\u002B`, "/", `\/`, "=", `\u003D`).Replace(text)
				})),
		newDefect("leaks-token", "The Training message contains a bearer token.",
			catches{message03: "bearer in"}, leak("Bearer eyJhbGciOiJub25lIn0.e30.c2lnbmF0dXJl")),
		newDefect("leaks-signature", "modelUri contains a signature although the project has a container.",
			catches{message03: "sig in"}, editMessages(export, sign)),
		newDefect("leaks-plain-signature",
			"modelUri contains a signature with unescaped ampersands although the project has a container.",
			catches{message03: "sig in"}, editMessages(export, sign),
			editMessageText(export, func(text string) string { return strings.ReplaceAll(text, `\u0026`, "&") })),
	}
}
