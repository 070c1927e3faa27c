package check

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/hexops/gotextdiff"
	"github.com/hexops/gotextdiff/myers"

	"github.com/cvconform/cvconform/internal/check/effect"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/jsonfile"
	"github.com/cvconform/cvconform/internal/trainingapi"
)

// comparedSettings returns the members of the settings that an update may name.
func comparedSettings() []string {
	return []string{
		"domainId", "classificationType", "targetExportPlatforms", "notificationQueueUri", "exportModelContainerUri",
	}
}

// UpdateChanged requires that a later GetProject shows the new values of the members that the update names.
func UpdateChanged() Check {
	return Check{Name: "update-changed", Immediate: true, Judge: func(c *Case) *Problem {
		return updateProblem(
			c,
			"the values that the update names",
			func(_, sent map[string]any) map[string]any { return sent },
		)
	}}
}

// UpdateKept requires that a later GetProject shows the old values of the members that the update does not name,
// among name, description, domain, classification, platforms and URIs.
func UpdateKept() Check {
	return Check{Name: "update-kept", Immediate: true, Judge: func(c *Case) *Problem {
		return updateProblem(c, "the values from before the update", func(old, sent map[string]any) map[string]any {
			kept := map[string]any{}
			for name, value := range old {
				if _, named := sent[name]; !named {
					kept[name] = value
				}
			}
			return kept
		})
	}}
}

// updateProblem compares GetProject after the update with the members that expected returns, given those of
// GetProject before the update and those of the update.
func updateProblem(c *Case, description string, expected func(old, sent map[string]any) map[string]any) *Problem {
	update, problem := c.response()
	if problem != nil {
		return problem
	}
	after, problem := c.laterGet("GetProject")
	if problem != nil {
		return problem
	}
	before, problem := getProjectBefore(c, update)
	if problem != nil {
		return problem
	}
	current := comparedMembers(after.Exchange.Body)
	want := expected(comparedMembers(before.Exchange.Body), comparedMembers(update.Exchange.RequestBody))
	got := map[string]any{}
	for name := range want {
		got[name] = current[name]
	}
	if compactJSON(want) == compactJSON(got) {
		return nil
	}
	p := fail(description, "GetProject shows other values", before, update, after)
	p.Diff = diff(indentedJSON(want), indentedJSON(got))
	return p
}

// getProjectBefore returns the last GetProject of the project before the update.
func getProjectBefore(c *Case, update evidence.Event) (evidence.Event, *Problem) {
	var last evidence.Event
	for _, e := range c.ownEvents(evidence.KindExchange) {
		if e.Exchange.Call == "GetProject" && e.Seq < update.Seq {
			last = e
		}
	}
	if last.Seq == 0 {
		return last, broken("GetProject is not on record before the update")
	}
	var doc trainingapi.Project
	if err := trainingapi.Decode(*last.Exchange, &doc); err != nil {
		return last, &Problem{Kind: Blocked, Summary: "blocked: " + err.Error(), Events: eventNumbers([]evidence.Event{last})}
	}
	return last, nil
}

// comparedMembers returns the members of a project document that an update may name. An empty string counts as null.
func comparedMembers(body string) map[string]any {
	out := map[string]any{}
	var doc map[string]any
	if json.Unmarshal([]byte(body), &doc) != nil {
		return out
	}
	add := func(object map[string]any, name string) {
		if v, ok := object[name]; ok {
			if v == any("") {
				v = nil
			}
			out[name] = v
		}
	}
	add(doc, "name")
	add(doc, "description")
	settings, _ := doc["settings"].(map[string]any)
	for _, name := range comparedSettings() {
		add(settings, name)
	}
	return out
}

func indentedJSON(v any) string {
	b, err := jsonfile.Encode(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}

func diff(want, got string) string {
	return fmt.Sprint(gotextdiff.ToUnified("want", "got", want, myers.ComputeEdits("want", want, got)))
}

// NewQueueUsed requires that the queue that the update set holds the messages of the training and the export.
func NewQueueUsed() Check {
	return projectCheck("new-queue-used", func(c *Case, p project) *Problem {
		return first(requireMessage(c, Training, p), requireMessage(c, Export, p))
	})
}

// OldQueueUnused requires that nothing was stored in the old queue after the response to the update.
func OldQueueUnused() Check {
	return projectCheck("old-queue-unused", func(c *Case, p project) *Problem {
		const want = "nothing in the old queue"
		if problem := writesAfterUpdate(c, evidence.Queue, p.oldQueue, want); problem != nil {
			return problem
		}
		if problem := bypassProblem(c, want); problem != nil || !c.Visibility.IsPolled() {
			return problem
		}
		return unobservedMessageProblem(c, want, p.oldQueue)
	})
}

// OldContainerUnused requires that nothing was stored in the old container after the response to the update.
func OldContainerUnused() Check {
	return projectCheck("old-container-unused", func(c *Case, p project) *Problem {
		const want = "nothing in the old container"
		return first(
			writesAfterUpdate(c, evidence.Blob, p.oldContainer, want),
			bypassProblem(c, want),
			retentionProblem(c, want),
		)
	})
}

// followsUpdate reports whether a write belongs to the update or to a later act, and to no other act tree. A late
// message or test blob of the create does not follow the update.
func (c *Case) followsUpdate(e evidence.Event) bool {
	keys := c.Situation.Nodes()
	return slices.Index(keys, c.actOf(e)) >= slices.Index(keys, c.lastActOf(situation.Update)) &&
		!c.isForeign(effect.ProjectNamedBy(*e.Operation))
}

// writesAfterUpdate returns the problem of a write to that queue or container that was begun, or may have been, after
// the response to the update.
func writesAfterUpdate(c *Case, service evidence.Service, resource, want string) *Problem {
	update := c.calls(c.lastActOf(situation.Update), "UpdateProject")
	if len(update) == 0 {
		return nil
	}
	var found []evidence.Event
	for _, e := range writes(c.operations()) {
		if e.Operation.Service == service && e.Operation.Resource == resource && c.followsUpdate(e) {
			found = append(found, e)
		}
	}
	after, unknown := begunAfter(c, update[0].Exchange.Ended, found)
	switch {
	case len(after) > 0:
		return fail(want, describeOperation(*after[0].Operation), after...)
	case len(unknown) > 0:
		return inconclusive(want, "order not observed: this may have been stored before the response to the update: "+
			describeOperation(*unknown[0].Operation), unknown...)
	}
	return nil
}
