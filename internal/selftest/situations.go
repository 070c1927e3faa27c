package selftest

import (
	"context"
	"slices"

	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/session"
)

// situations holds the situations of the scenarios of each requirement, by id.
type situations map[string][]situation.Situation

// situationsOf returns the situations of all scenarios, without performing them.
func situationsOf(c *features.Catalogue, definitions session.Definitions) (situations, error) {
	out := situations{}
	rules := session.Rules{ProfileName: "full", Profile: session.Profiles()["full"], Definitions: definitions}
	run := rules.Engine(c.Requirements)
	run.Applicable = func(s features.Scenario, done situation.Situation) string {
		out[s.Requirement] = append(out[s.Requirement], done)
		return "it is only declared"
	}
	_, err := run.Rejudge(context.Background(), nil)
	return out, err
}

// treeKeys returns the keys of the act trees that these requirements need, in the
// order in which they are planned.
func (all situations) treeKeys(requirements []features.Requirement) []string {
	var needed []situation.Situation
	for _, q := range requirements {
		needed = append(needed, all[q.ID]...)
	}
	var keys []string
	for _, tree := range situation.Plan(needed) {
		keys = append(keys, tree.Key)
	}
	return keys
}

// covered returns the requirements whose situations are all performed if those of
// the planned ones are.
func (all situations) covered(c *features.Catalogue, planned []features.Requirement) []features.Requirement {
	performed := map[string]bool{}
	for _, q := range planned {
		for _, act := range all.acts(q) {
			performed[act] = true
		}
	}
	var out []features.Requirement
	for _, q := range c.Requirements {
		if !slices.ContainsFunc(all.acts(q), func(act string) bool { return !performed[act] }) {
			out = append(out, q)
		}
	}
	return out
}

// acts returns the acts that a requirement needs, each with its tree.
func (all situations) acts(q features.Requirement) []string {
	var out []string
	for _, s := range all[q.ID] {
		for _, act := range s.Nodes() {
			out = append(out, s.TreeKey()+": "+act)
		}
	}
	return out
}
