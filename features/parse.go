package features

import (
	"bytes"
	"fmt"
	"io/fs"
	"strings"

	gherkin "github.com/cucumber/gherkin/go/v42"
	messages "github.com/cucumber/messages/go/v34"
)

// parseAll parses the embedded feature files and returns their Rules by id.
func parseAll() (map[string]Requirement, error) {
	names, err := fs.Glob(files, "*.feature")
	if err != nil {
		return nil, err
	}
	rules := map[string]Requirement{}
	for _, name := range names {
		content, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		if err := parse(name, content, rules); err != nil {
			return nil, err
		}
	}
	return rules, nil
}

// A document is one parsed feature file.
type document struct {
	name    string
	content []byte
	feature *messages.Feature
	pickles []*messages.Pickle
}

// parse adds the Rules of one feature file to rules.
func parse(name string, content []byte, rules map[string]Requirement) error {
	id := (&messages.Incrementing{}).NewId
	parsed, err := gherkin.ParseGherkinDocument(bytes.NewReader(content), id)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	doc := document{name: name, content: content, feature: parsed.Feature, pickles: gherkin.Pickles(*parsed, name, id)}
	for _, child := range doc.feature.Children {
		switch {
		case child.Background != nil:
			err = checkBackground(name, child.Background)
		case child.Rule != nil:
			err = doc.addRule(child.Rule, rules)
		default:
			err = fmt.Errorf("%s:%d: the scenario is outside a Rule", name, child.Scenario.Location.Line)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (d document) addRule(rule *messages.Rule, rules map[string]Requirement) error {
	r, err := requirementOf(d.name, rule)
	if err != nil {
		return err
	}
	if _, exists := rules[r.ID]; exists {
		return fmt.Errorf("%s:%d: %s has two Rules", d.name, r.Line, r.ID)
	}
	for _, child := range rule.Children {
		if child.Background != nil {
			if err := checkBackground(d.name, child.Background); err != nil {
				return err
			}
			continue
		}
		r.Scenarios = append(r.Scenarios, d.scenarios(r.ID, rule, child.Scenario)...)
	}
	if len(r.Scenarios) == 0 {
		return fmt.Errorf("%s:%d: %s has no scenario", d.name, r.Line, r.ID)
	}
	rules[r.ID] = r
	return nil
}

// checkBackground reports a step of a Background that is not a Given. Scenarios
// that share the When share more than their situation.
func checkBackground(name string, b *messages.Background) error {
	for i, st := range b.Steps {
		given := st.KeywordType == messages.StepKeywordType_CONTEXT
		if !given && (i == 0 || st.KeywordType != messages.StepKeywordType_CONJUNCTION) {
			return fmt.Errorf("%s:%d: a Background has Given steps only", name, st.Location.Line)
		}
	}
	return nil
}

func requirementOf(name string, rule *messages.Rule) (Requirement, error) {
	r := Requirement{
		Title:       rule.Name,
		Description: strings.Join(strings.Fields(rule.Description), " "),
		Feature:     name,
		Line:        int(rule.Location.Line),
	}
	for _, tag := range rule.Tags {
		switch plain := strings.TrimPrefix(tag.Name, "@"); {
		case strings.HasPrefix(plain, "CVSI-"):
			r.ID = plain
		case plain == string(Must), plain == string(Should), plain == string(May):
			r.Level = Level(plain)
		}
	}
	if r.ID == "" || r.Level == "" {
		return r, fmt.Errorf("%s:%d: the Rule needs a tag @CVSI-… and one of @must, @should and @may", name, r.Line)
	}
	return r, nil
}

// scenarios returns the scenario, or one for each row of an outline.
func (d document) scenarios(id string, rule *messages.Rule, written *messages.Scenario) []Scenario {
	var out []Scenario
	for _, p := range d.pickles {
		if p.AstNodeIds[0] != written.Id {
			continue
		}
		row := rowOf(written, p)
		s := Scenario{Requirement: id, Name: p.Name, Feature: d.name, Line: int(written.Location.Line)}
		if row != nil {
			s.Line = int(row.Location.Line)
		}
		for _, t := range p.Tags {
			s.Tags = append(s.Tags, t.Name)
		}
		for _, st := range p.Steps {
			s.Steps = append(s.Steps, st.Text)
		}
		s.thenSteps = thenStepsOf(written, p)
		s.content = blank(d.content, d.feature, rule, written, row)
		out = append(out, s)
	}
	return out
}

// rowOf returns the row of the outline from which the pickle was made, or nil if
// the scenario is no outline.
func rowOf(s *messages.Scenario, p *messages.Pickle) *messages.TableRow {
	if len(p.AstNodeIds) < 2 {
		return nil
	}
	for _, e := range s.Examples {
		for _, row := range e.TableBody {
			if row.Id == p.AstNodeIds[1] {
				return row
			}
		}
	}
	return nil
}
