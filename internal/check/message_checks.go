package check

import (
	"fmt"
	"strings"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/check/effect"
	"github.com/cvconform/cvconform/internal/check/seen"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/redact"
	"github.com/cvconform/cvconform/internal/reading"
)

// HasMessage requires that the queue of the project holds a message of that type that belongs to the situation, and
// that it was stored within its budget.
func HasMessage(kind string) Check {
	return immediate(projectCheck("has-"+kind, func(c *Case, p project) *Problem { return requireMessage(c, kind, p) }))
}

// EachHasMessage requires the same of the message of each project of the situation.
func EachHasMessage(kind string) Check {
	return everyProjectCheck("each-has-"+kind, func(c *Case, p project) *Problem { return requireMessage(c, kind, p) })
}

func requireMessage(c *Case, kind string, p project) *Problem {
	limit, unfinished := c.messageDeadline(kind, p)
	want := withArticle(kind) + " message in queue " + p.queue
	var problems []*Problem
	for _, m := range c.relevantMessages(kind, p) {
		if unfinished != nil { // no deadline is known
			return nil
		}
		problems = append(problems, messageTimeProblem(c, m, limit, want))
	}
	if len(problems) > 0 {
		return best(problems)
	}
	if unfinished == nil {
		stored := func(op evidence.Operation) bool { return effect.StoresMessage(op, kind, p.queue) }
		if problem := tooLate(c, c.causingAct(kind, p), limit, want, stored); problem != nil {
			return problem
		}
	}
	got, found := describeMissingMessage(c, kind, p)
	return failMissing(want, "none that belongs here: "+got, append(c.expiredWaits(limit.budget), found...)...)
}

func messageTimeProblem(c *Case, m message, limit deadline, want string) *Problem {
	if !m.observed() {
		return limit.unknown(c, want, m.event)
	}
	return limit.judge(c, want, c.completion(m.put.Operation).Add(m.put.Operation.VisibilityTimeout), m.put)
}

func withArticle(kind string) string {
	if kind == Export {
		return "an " + kind
	}
	return "a " + kind
}

// messageCheck returns a check of each message of a type that belongs to the situation. There has to be at least one.
func messageCheck(name, kind string, judge func(*Case, project, message) *Problem) Check {
	return projectCheck(name, func(c *Case, p project) *Problem {
		present := requireMessage(c, kind, p)
		if present != nil && present.Kind != Inconclusive {
			return present
		}
		for _, m := range c.relevantMessages(kind, p) {
			if problem := judge(c, p, m); problem != nil {
				return problem
			}
		}
		return present
	})
}

// sameGUID compares an id in the Content of a message with the one that the API returned.
func sameGUID(c *Case, m message, member, want string) *Problem {
	got := m.Text("Content", member)
	same := got == want
	if c.Readings[reading.GUIDCase] == "any" {
		same = sameID(got, want)
	} else if got != strings.ToLower(got) {
		return fail("Content."+member+" in lower case (reading guid-case=lower)", got, m.event)
	}
	if !same {
		return fail(fmt.Sprintf("Content.%s = %q", member, want), fmt.Sprintf("Content.%s = %q", member, got), m.event)
	}
	return nil
}

// queueCheck returns a check of each message in the project's queue. An empty queue is a missing precondition.
func queueCheck(name string, judge func(*Case, project, message) *Problem) Check {
	return projectCheck(name, func(c *Case, p project) *Problem {
		found := c.messagesIn(p.queue)
		if len(found) == 0 {
			reason, events := describeMissingMessages(c, p)
			return &Problem{
				Kind:    Blocked,
				Summary: "blocked: " + reason,
				Want:    "messages in queue " + p.queue,
				Got:     reason,
				Events:  eventNumbers(append(c.expiredWaits(budget.Notification), events...)),
			}
		}
		for _, m := range found {
			if problem := judge(c, p, m); problem != nil {
				return problem
			}
		}
		return nil
	})
}

// AllJSON requires that every message in the project's queue is one JSON document in UTF-8, in an encoding that the
// reading message-encoding accepts.
func AllJSON() Check {
	return judgesUnfinished(queueCheck("all-json", func(c *Case, _ project, m message) *Problem {
		if reason := m.event.Message.Invalid; reason != "" {
			return fail("one JSON document in UTF-8", reason+": "+seen.Excerpt(m.event.Message.Text), m.event)
		}
		want := c.Readings[reading.MessageEncoding]
		if got := m.event.Message.Encoding; want != "any" && got != want {
			return fail("encoding "+want+" (reading message-encoding)", "encoding "+got, m.event)
		}
		return nil
	}))
}

// SameEncoding requires that all messages in the project's queue have the same encoding.
func SameEncoding() Check {
	return queueCheck("same-encoding", func(c *Case, p project, m message) *Problem {
		one := c.messagesIn(p.queue)[0].event
		if one.Message.Encoding != m.event.Message.Encoding {
			return fail("one encoding for all messages",
				fmt.Sprintf("%s, then %s", one.Message.Encoding, m.event.Message.Encoding), one, m.event)
		}
		return nil
	})
}

// NoByteOrderMark requires that no message begins with a byte-order mark.
func NoByteOrderMark() Check {
	return queueCheck("no-byte-order-mark", func(_ *Case, _ project, m message) *Problem {
		if m.event.Message.BOM {
			return fail("no byte-order mark", "U+FEFF before the JSON", m.event)
		}
		return nil
	})
}

// NoSecret requires that no message contains the training key, the storage key, a token or a signature. The SAS of
// modelUri is permitted where there is no container.
func NoSecret() Check {
	return judgesUnfinished(queueCheck("no-secret", func(_ *Case, p project, m message) *Problem {
		text := m.event.Message.Text
		if link := m.Text("Content", "modelUri"); m.Type == Export && p.container == "" && link != "" {
			text = withoutLink(text, link)
		}
		for _, kind := range []string{"training-key", "account-key", "bearer", "sig"} {
			if redact.HasMarker(text, kind) {
				return fail("no secret in a message", kind+" in "+seen.Excerpt(m.event.Message.Text), m.event)
			}
		}
		return nil
	}))
}

// withoutLink removes the link from the message's text, which may contain & as \u0026 and / as \/.
func withoutLink(text, link string) string {
	for _, form := range []string{link, strings.ReplaceAll(link, "&", `\u0026`), strings.ReplaceAll(link, "/", `\/`)} {
		text = strings.Replace(text, form, "", 1)
	}
	return text
}

// OwnMessagesOnly requires that the queue of each project holds all types of messages and none that names another
// project.
func OwnMessagesOnly() Check {
	return everyProjectCheck("own-messages-only", func(c *Case, p project) *Problem {
		own := map[string]int{}
		for _, m := range c.ownMessages() {
			if m.event.Message.Queue != p.queue {
				continue
			}
			if id := m.ProjectID(); !sameID(id, p.id) {
				return fail("only messages of project "+p.id+" in queue "+p.queue, fmt.Sprintf("one of project %q", id), m.event)
			}
			own[m.Type]++
		}
		for _, kind := range effect.MessageTypes() {
			if own[kind] == 0 {
				got, found := describeMissingMessage(c, kind, p)
				return fail(withArticle(kind)+" message in queue "+p.queue, got, found...)
			}
		}
		return nil
	})
}
