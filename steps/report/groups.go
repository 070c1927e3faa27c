package report

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// A Group is a set of scenarios that have their verdicts for the same reason.
type Group struct {
	// Verdict is the worst verdict of the members.
	Verdict Verdict `json:"verdict"`
	// Cause is the reason without the parts that differ from run to run, such as ids, times and
	// names of queues. It identifies the group: equal causes of two runs are the same reason.
	Cause string `json:"cause"`
	// Reason is the reason of the first member, in one sentence.
	Reason string `json:"reason"`
	// Members are the scenarios. The first one has the evidence that is shown for all. The others
	// are in the order of the report.
	Members []Member `json:"members"`
}

// A Member is a scenario of a [Group].
type Member struct {
	// ID and Level are those of the requirement.
	ID    string `json:"id"`
	Level string `json:"level"`
	// Scenario and Line are the title of the scenario and its line in the feature file.
	Scenario string `json:"scenario"`
	Line     int    `json:"line"`
	// Verdict is the verdict of the scenario.
	Verdict Verdict `json:"verdict"`
}

// FindGroups returns the groups of all scenarios with a verdict that needs an explanation. Groups that
// prove a fault of the harness come first, then those with a failed requirement, then the
// others. Among equals, the group with the most requirements is first.
func (r *Report) FindGroups() []Group {
	var out []Group
	for _, c := range r.clusters() {
		out = append(out, c.group())
	}
	return out
}

// A cluster is a group with access to its scenarios.
type cluster struct {
	cause string
	cases []scenarioCase
	calls []string // API calls whose refusals are the reason; empty for other reasons
}

// A scenarioCase is a scenario with its requirement.
type scenarioCase struct {
	requirement *Requirement
	scenario    *Scenario
}

// clusters returns the groups in their order.
func (r *Report) clusters() []*cluster {
	n := newNormalizer(r)
	byKey := map[string]*cluster{}
	var out []*cluster
	for i := range r.Requirements {
		q := &r.Requirements[i]
		for j := range q.Scenarios {
			s := &q.Scenarios[j]
			if groupRank(s.Verdict) < 0 {
				continue
			}
			cause := n.cause(s)
			key := fmt.Sprint(groupRank(s.Verdict)) + cause.text
			c := byKey[key]
			if c == nil {
				c = &cluster{cause: cause.text}
				byKey[key], out = c, append(out, c)
			}
			c.cases = append(c.cases, scenarioCase{q, s})
			if cause.call != "" && !slices.Contains(c.calls, cause.call) {
				c.calls = append(c.calls, cause.call)
			}
		}
	}
	for _, c := range out {
		c.chooseFirst()
	}
	slices.SortStableFunc(out, func(a, b *cluster) int {
		if d := a.rank() - b.rank(); d != 0 {
			return d
		}
		return len(b.ids("")) - len(a.ids(""))
	})
	return out
}

// groupRank returns the position of a verdict's groups; -1 if the verdict needs no
// explanation. Scenarios whose verdicts have different ranks are never in one group.
func groupRank(v Verdict) int {
	switch v {
	case HarnessError:
		return 0
	case Failed, Warned:
		return 1
	case UnexpectedPass:
		return 3
	case Inconclusive:
		return 4
	case ExpectedFailure:
		return 5
	}
	return -1
}

// rank returns the position of the cluster: that of its verdict, or one more if it holds warnings only.
func (c *cluster) rank() int {
	rank := groupRank(c.first().scenario.Verdict)
	if c.verdict() == Warned {
		rank++
	}
	return rank
}

// chooseFirst moves the scenario that shows the reason best to the front: one with the worst verdict, of a
// must, with few acts, of the feature that is concerned most.
func (c *cluster) chooseFirst() {
	worst := c.verdict()
	perFeature := map[string]int{}
	for _, m := range c.cases {
		perFeature[m.requirement.Feature]++
	}
	cost := func(m scenarioCase) []int {
		return []int{
			boolInt(m.scenario.Verdict != worst),
			boolInt(m.requirement.Level != "must"),
			strings.Count(m.scenario.Situation, " > "),
			-perFeature[m.requirement.Feature],
		}
	}
	best := 0
	for i := range c.cases {
		if slices.Compare(cost(c.cases[i]), cost(c.cases[best])) < 0 {
			best = i
		}
	}
	lead := c.cases[best]
	c.cases = slices.Insert(slices.Delete(c.cases, best, best+1), 0, lead)
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (c *cluster) first() scenarioCase { return c.cases[0] }

// verdict returns the worst verdict of the cases, which differ only in failed and warned.
func (c *cluster) verdict() Verdict {
	for _, m := range c.cases {
		if m.scenario.Verdict != Warned {
			return m.scenario.Verdict
		}
	}
	return Warned
}

// ids returns the ids of the requirements of a level; "" is every level.
func (c *cluster) ids(level string) []string {
	var out []string
	for _, m := range c.cases {
		isNew := !slices.Contains(out, m.requirement.ID)
		if isNew && (level == "" || m.requirement.Level == level) {
			out = append(out, m.requirement.ID)
		}
	}
	return out
}

// size describes the number of requirements, by level.
func (c *cluster) size() string {
	all := len(c.ids(""))
	var levels []string
	for _, level := range []string{"must", "should", "may"} {
		if n := len(c.ids(level)); n > 0 {
			levels = append(levels, fmt.Sprintf("%d %s", n, level))
		}
	}
	return fmt.Sprintf("%s (%s)", plural(all, "requirement"), strings.Join(levels, ", "))
}

// reason returns the reason in one line.
func (c *cluster) reason() string {
	reason := reasonOf(c.first().scenario)
	if len(c.calls) > 1 {
		if _, rest, found := strings.Cut(reason, " returned "); found {
			reason = strings.Join(c.calls, ", ") + " returned " + rest
		}
	}
	first, _, _ := strings.Cut(reason, "\n")
	return first
}

// minReason is the length of a summary that explains a verdict without the expected value.
const minReason = 20

// reasonOf returns the reason of a scenario, which is that of the step that decided.
func reasonOf(s *Scenario) string {
	step := decidingStep(s)
	if step == nil {
		return s.Reason
	}
	reason := strings.TrimPrefix(step.Summary, blockedPrefix)
	if utf8.RuneCountInString(reason) < minReason && step.Want != "" {
		want, _, _ := strings.Cut(step.Want, "\n")
		return "want " + want + ", got " + reason
	}
	return reason
}

func (c *cluster) group() Group {
	out := Group{Verdict: c.verdict(), Cause: c.cause, Reason: c.reason()}
	for _, m := range c.cases {
		out.Members = append(out.Members, Member{
			ID:       m.requirement.ID,
			Level:    m.requirement.Level,
			Scenario: m.scenario.Name,
			Line:     m.scenario.Line,
			Verdict:  m.scenario.Verdict,
		})
	}
	return out
}

// decidingStep returns the step that gave the scenario its verdict; nil if no step did.
func decidingStep(s *Scenario) *Step {
	var found *Step
	for i := range s.Steps {
		step := &s.Steps[i]
		if step.Summary == "" {
			continue
		}
		if step.Verdict == s.Verdict {
			return step
		}
		if found == nil {
			found = step
		}
	}
	return found
}

// because returns the summary of the step, or "" if it says no more than the observed value.
func (s *Step) because() string {
	if s.Summary == s.Got || s.Summary == blockedPrefix+s.Got {
		return ""
	}
	return s.Summary
}

// plural returns the number with the noun in its form.
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
