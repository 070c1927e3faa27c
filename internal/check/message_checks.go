package check

import (
	"fmt"
	"strings"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/reading"
)

// AllJSON: every message in the project's queue is one JSON document in UTF-8,
// in the encoding that the reading message-encoding accepts.
func AllJSON() Check {
	return Check{Name: "all-json", Judge: func(c *Case) *Problem {
		return c.everyMessage(func(m message) *Problem {
			if why := m.event.Message.Invalid; why != "" {
				return fail("one JSON document in UTF-8", why+": "+m.event.Message.Text, m.event)
			}
			want := c.Readings[reading.MessageEncoding]
			if got := m.event.Message.Encoding; want != "any" && got != want {
				return fail("encoding "+want+" (reading message-encoding)", "encoding "+got, m.event)
			}
			return nil
		})
	}}
}

// everyMessage judges each message in the project's queue; an empty queue
// shows nothing.
func (c *Case) everyMessage(judge func(message) *Problem) *Problem {
	p, problem := c.singleProject()
	if problem != nil {
		return problem
	}
	found := 0
	for _, m := range c.messages() {
		if m.event.Message.Queue != p.queue {
			continue
		}
		found++
		if problem := judge(m); problem != nil {
			return problem
		}
	}
	if found == 0 {
		return &Problem{Kind: Blocked, Summary: "blocked: the queue is empty, there is no message to look at",
			Want: "messages in queue " + p.queue, Got: "none", Events: eventNumbers(c.expiredWaits("notification"))}
	}
	return nil
}

// SameEncoding: all messages in the project's queue have one encoding.
func SameEncoding() Check {
	return Check{Name: "same-encoding", Judge: func(c *Case) *Problem {
		var before message
		return c.everyMessage(func(m message) *Problem {
			if b := before.event.Message; b != nil && b.Encoding != m.event.Message.Encoding {
				return fail(
					"one encoding for all messages",
					fmt.Sprintf("%s, then %s", b.Encoding, m.event.Message.Encoding),
					before.event,
					m.event,
				)
			}
			before = m
			return nil
		})
	}}
}

// NoByteOrderMark: no message begins with a byte-order mark.
func NoByteOrderMark() Check {
	return Check{Name: "no-byte-order-mark", Judge: func(c *Case) *Problem {
		return c.everyMessage(func(m message) *Problem {
			if m.event.Message.BOM {
				return fail("no byte-order mark", "U+FEFF before the JSON", m.event)
			}
			return nil
		})
	}}
}

// NoSecret: no message carries the training key, the storage key, a token or a
// signature, but for the SAS of modelUri where there is no container.
func NoSecret() Check {
	return Check{Name: "no-secret", Judge: func(c *Case) *Problem {
		p, problem := c.singleProject()
		if problem != nil {
			return problem
		}
		return c.everyMessage(func(m message) *Problem {
			text := m.event.Message.Text
			if link := m.text("Content", "modelUri"); m.kind == Export && p.container == "" && link != "" {
				text = withoutLink(text, link)
			}
			for _, kind := range []string{"training-key", "account-key", "bearer", "sig"} {
				if evidence.HasMarker(text, kind) {
					return fail("no secret in a message", "a "+kind+" in "+m.event.Message.Text, m.event)
				}
			}
			return nil
		})
	}}
}

// withoutLink cuts the link out of the message's text, where & may stand as \u0026.
func withoutLink(text, link string) string {
	for _, form := range []string{link, strings.ReplaceAll(link, "&", `\u0026`), strings.ReplaceAll(link, "/", `\/`)} {
		text = strings.Replace(text, form, "", 1)
	}
	return text
}

// OwnMessagesOnly: the queue of each project holds all three types of messages
// and none that names another project.
func OwnMessagesOnly() Check {
	return Check{Name: "own-messages-only", Judge: func(c *Case) *Problem {
		return c.forEach(func(p project) *Problem {
			own := map[string]int{}
			for _, m := range c.messages() {
				if m.event.Message.Queue != p.queue {
					continue
				}
				if id := m.text("Content", "projectId"); !sameID(id, p.id) {
					return fail("only messages of project "+p.id+" in queue "+p.queue, fmt.Sprintf("one of project %q", id), m.event)
				}
				own[m.kind]++
			}
			for _, kind := range []string{ConnectionTest, Training, Export} {
				if own[kind] == 0 {
					got, seen := c.describeQueue(p.queue)
					return fail(indefiniteArticle(kind)+" message in queue "+p.queue, got, seen...)
				}
			}
			return nil
		})
	}}
}
