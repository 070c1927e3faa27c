package check

import (
	"encoding/json"
	"fmt"

	"github.com/hexops/gotextdiff"
	"github.com/hexops/gotextdiff/myers"

	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/trainingapi"
)

// keptSettings are the members of the settings that an update may name.
var keptSettings = [...]string{
	"domainId",
	"classificationType",
	"targetExportPlatforms",
	"notificationQueueUri",
	"exportModelContainerUri",
}

// UpdateChanged: what the update names has the new value in a later GetProject.
func UpdateChanged() Check {
	return Check{Name: "update-changed", Judge: func(c *Case) *Problem {
		return c.compare("the values that the update names", func(named bool) bool { return named })
	}}
}

// UpdateKept: what the update does not name has its old value in a later
// GetProject: name, description, domain, classification, platforms, URIs.
func UpdateKept() Check {
	return Check{Name: "update-kept", Judge: func(c *Case) *Problem {
		return c.compare("the values from before the update", func(named bool) bool { return !named })
	}}
}

// compare holds GetProject after the update against what was sent, for the
// named members, and against GetProject before it, for the others.
func (c *Case) compare(what string, wanted func(named bool) bool) *Problem {
	update, ok := c.answer()
	if !ok {
		return c.noAnswer()
	}
	after, problem := c.laterGet("GetProject")
	if problem != nil {
		return problem
	}
	before, problem := c.before(update)
	if problem != nil {
		return problem
	}
	was, is, sent := comparableMembers(
		before.Exchange.Body,
	), comparableMembers(
		after.Exchange.Body,
	), comparableMembers(
		update.Exchange.RequestBody,
	)
	want, got := map[string]any{}, map[string]any{}
	for name, value := range sent {
		if wanted(true) {
			want[name], got[name] = value, is[name]
		}
	}
	for name, value := range was {
		if _, named := sent[name]; !named && wanted(false) {
			want[name], got[name] = value, is[name]
		}
	}
	if compact(want) == compact(got) {
		return nil
	}
	p := fail(what, "GetProject shows other values", before, update, after)
	p.Diff = diff(pretty(want), pretty(got))
	return p
}

// before is the last GetProject of the project before the update.
func (c *Case) before(update evidence.Event) (evidence.Event, *Problem) {
	var last evidence.Event
	for _, e := range c.ownEvents(evidence.KindExchange) {
		if e.Exchange.Call == "GetProject" && e.Seq < update.Seq {
			last = e
		}
	}
	if last.Seq == 0 {
		return last, &Problem{Kind: Broken, Summary: "GetProject is not on record before the update"}
	}
	var doc trainingapi.Project
	if err := trainingapi.Decode(*last.Exchange, &doc); err != nil {
		return last, &Problem{Kind: Blocked, Summary: "blocked: " + err.Error(), Events: eventNumbers([]evidence.Event{last})}
	}
	return last, nil
}

// comparableMembers takes the members that an update may name out of a project document.
// An absent, null or empty value is null.
func comparableMembers(body string) map[string]any {
	var doc map[string]any
	if json.Unmarshal([]byte(body), &doc) != nil {
		return nil
	}
	out := map[string]any{}
	take := func(at map[string]any, name string) {
		if v, ok := at[name]; ok {
			if v == any("") {
				v = nil
			}
			out[name] = v
		}
	}
	take(doc, "name")
	take(doc, "description")
	settings, _ := doc["settings"].(map[string]any)
	for _, name := range keptSettings {
		take(settings, name)
	}
	return out
}

func pretty(v any) string {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b) + "\n"
}

func diff(want, got string) string {
	edits := myers.ComputeEdits("want", want, got)
	return fmt.Sprint(gotextdiff.ToUnified("want", "got", want, edits))
}

// NewQueueUsed: the queue that the update set holds the messages of the training and the export.
func NewQueueUsed() Check {
	return Check{Name: "new-queue-used", Judge: func(c *Case) *Problem {
		p, problem := c.singleProject()
		if problem != nil {
			return problem
		}
		return first(c.requireMessage(Training, p), c.requireMessage(Export, p))
	}}
}

// OldQueueUnused: after the update was answered nothing was stored in the old queue.
func OldQueueUnused() Check {
	return Check{Name: "old-queue-silent", Judge: func(c *Case) *Problem {
		return c.unusedAfterMove(evidence.Queue, func(p project) string { return p.oldQueue })
	}}
}

// OldContainerUnused: after the update was answered nothing was stored in the old container.
func OldContainerUnused() Check {
	return Check{Name: "old-container-silent", Judge: func(c *Case) *Problem {
		return c.unusedAfterMove(evidence.Blob, func(p project) string { return p.oldContainer })
	}}
}

func (c *Case) unusedAfterMove(s evidence.Service, old func(project) string) *Problem {
	p, problem := c.singleProject()
	if problem != nil {
		return problem
	}
	update := c.calls(c.lastActOf(situation.Update), "UpdateProject")
	var there []evidence.Event
	for _, e := range c.writes(c.events(evidence.KindOperation)) {
		if op := e.Operation; op.Service == s && op.Resource == old(p) && len(update) > 0 {
			there = append(there, e)
		}
	}
	want := "nothing in the old " + word(s)
	if len(there) > 0 {
		late, open := c.splitAt(update[0].Exchange.Ended, there)
		switch {
		case len(late) > 0:
			return fail(want, describe(*late[0].Operation), late...)
		case len(open) > 0:
			return inconclusive(
				want,
				"nobody could see whether this was stored before the update was answered: "+describe(*open[0].Operation),
				open...)
		}
	}
	return first(c.bypassProblem(want), c.unobservedIn(s, old(p), want))
}

// unobservedIn is the problem of a queue or a container in which something may have
// been that a listing did not see; nil where nothing can have been.
func (c *Case) unobservedIn(s evidence.Service, name, want string) *Problem {
	if s == evidence.Blob {
		return c.retentionProblem(want)
	}
	if unseen := c.unobservedMessages(name); c.Visibility.IsPolled() && len(unseen) > 0 {
		return inconclusive(want, "nobody saw when a message was stored: "+c.unobservedReason(), unseen...)
	}
	return nil
}

func word(s evidence.Service) string {
	if s == evidence.Queue {
		return "queue"
	}
	return "container"
}
