package check

import (
	"fmt"
	"slices"
	"time"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/check/effect"
	"github.com/cvconform/cvconform/internal/check/interval"
	"github.com/cvconform/cvconform/internal/evidence"
)

// LateEffects describes the writes of a lineage that came after the absence window of their act. No verdict depends on
// them, because a run that ends earlier does not observe them. c needs no situation.
func LateEffects(c *Case) (late []string) {
	for _, e := range writes(c.events(evidence.KindOperation)) {
		a := c.history().find(c.actOf(e))
		if a == nil || e.Operation.Inferred != "" || !c.isOfLineage(*e.Operation) {
			continue
		}
		if c.window(e.Operation, a.key) == interval.After {
			since, from := a.responded, a.call+" had responded"
			if since.IsZero() {
				since, from = a.ended, fmt.Sprintf("the act %q had ended", a.key)
			}
			late = append(late, fmt.Sprintf("%s was stored %s after %s, after the absence window of %s; no verdict counts it",
				describeEffect(*e.Operation), seconds(e.Operation.Ended.Sub(since).Round(100*time.Millisecond)), from,
				seconds(c.Budgets[budget.Absence])))
		}
	}
	return late
}

// isOfLineage reports whether a write names a project of the lineage, or names none and went to its storage.
func (c *Case) isOfLineage(op evidence.Operation) bool {
	if id := effect.ProjectNamedBy(op); id != "" {
		return slices.ContainsFunc(c.history(), func(a *performedAct) bool { return containsID(a.projects, id) })
	}
	return slices.ContainsFunc(c.events(evidence.KindResource), func(e evidence.Event) bool {
		return e.Resource.Name == op.Resource
	})
}

// describeEffect describes a message or a blob and its place.
func describeEffect(op evidence.Operation) string {
	if op.Name != "PutMessage" {
		return fmt.Sprintf("blob %q in container %s", op.Object, op.Resource)
	}
	m := effect.ParseMessage(op.Text)
	if m.Type == "" {
		return "a message in queue " + op.Resource
	}
	return fmt.Sprintf("%s message for project %s in queue %s", m.Type, m.ProjectID(), op.Resource)
}
