package features

import (
	"bytes"
	"fmt"
	"io/fs"
	"strings"

	gherkin "github.com/cucumber/gherkin/go/v26"
	messages "github.com/cucumber/messages/go/v21"
	"github.com/goccy/go-yaml"
)

// Level says how strong a requirement is.
type Level string

// The levels of requirements.
const (
	Must   Level = "must"
	Should Level = "should"
	May    Level = "may"
)

// A Requirement is one line of the contract, with the Rule that states it and
// the scenarios that judge it.
type Requirement struct {
	ID      string `yaml:"id"`
	Level   Level  `yaml:"level"`
	Text    string `yaml:"text"`    // the contract's sentence
	Source  string `yaml:"source"`  // where the sentence comes from
	Feature string `yaml:"feature"` // file name, such as "create_project.feature"

	Title     string     `yaml:"-"` // of the Rule
	Line      int        `yaml:"-"` // of the Rule
	Scenarios []Scenario `yaml:"-"`
}

// A Scenario is one case of a requirement: a Gherkin scenario, or one row of an
// outline.
type Scenario struct {
	Requirement string   // id
	Name        string   // with the row's values
	Feature     string   // file name
	Line        int      // of the scenario, or of the row
	Tags        []string // with the Rule's, with their @
	Steps       []string // texts, without keywords

	content    []byte
	judgements []ThenStep
}

// Content is the feature file with every other scenario, rule and row blanked,
// so that line numbers hold.
func (s Scenario) Content() []byte { return s.content }

// Needs says whether the scenario carries that tag (without its @).
func (s Scenario) Needs(tag string) bool {
	for _, t := range s.Tags {
		if t == "@"+tag {
			return true
		}
	}
	return false
}

// A Catalogue is the whole contract, in the order of requirements.yaml.
type Catalogue struct {
	Requirements []Requirement
	Digest       string // SHA-256 over all embedded files, lower-case hex
}

// Load parses the embedded contract. An error means that this package is
// broken: a Rule without its line in requirements.yaml, or the reverse.
func Load() (*Catalogue, error) {
	source, err := files.ReadFile("requirements.yaml")
	if err != nil {
		return nil, err
	}
	c := &Catalogue{}
	if err := yaml.UnmarshalWithOptions(source, &c.Requirements, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("requirements.yaml: %w", err)
	}
	rules, err := parseAll()
	if err != nil {
		return nil, err
	}
	if err := c.join(rules); err != nil {
		return nil, err
	}
	c.Digest, err = Digest(Files(), File)
	return c, err
}

// Find returns the requirement of that id, and whether there is one.
func (c *Catalogue) Find(id string) (Requirement, bool) {
	for _, r := range c.Requirements {
		if r.ID == id {
			return r, true
		}
	}
	return Requirement{}, false
}

// Count is the number of requirements of that level.
func (c *Catalogue) Count(level Level) int {
	n := 0
	for _, r := range c.Requirements {
		if r.Level == level {
			n++
		}
	}
	return n
}

// join gives every requirement its Rule.
func (c *Catalogue) join(rules map[string]Requirement) error {
	for i, r := range c.Requirements {
		rule, ok := rules[r.ID]
		switch {
		case !ok:
			return fmt.Errorf("requirements.yaml: %s has no Rule in a feature file", r.ID)
		case rule.Level != r.Level:
			return fmt.Errorf("%s:%d: %s is a %s, requirements.yaml says %s", rule.Feature, rule.Line, r.ID, rule.Level, r.Level)
		case rule.Feature != r.Feature:
			return fmt.Errorf("%s is in %s, requirements.yaml says %s", r.ID, rule.Feature, r.Feature)
		case len(rule.Scenarios) == 0:
			return fmt.Errorf("%s:%d: %s has no scenario", rule.Feature, rule.Line, r.ID)
		}
		c.Requirements[i].Title, c.Requirements[i].Line, c.Requirements[i].Scenarios = rule.Title, rule.Line, rule.Scenarios
		delete(rules, r.ID)
	}
	for id, rule := range rules {
		return fmt.Errorf("%s:%d: %s is not in requirements.yaml", rule.Feature, rule.Line, id)
	}
	return nil
}

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

func parse(name string, content []byte, rules map[string]Requirement) error {
	id := (&messages.Incrementing{}).NewId
	doc, err := gherkin.ParseGherkinDocument(bytes.NewReader(content), id)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	pickles := gherkin.Pickles(*doc, name, id)
	for _, child := range doc.Feature.Children {
		if child.Rule == nil {
			return fmt.Errorf("%s: everything in a feature stands in a Rule", name)
		}
		rule, err := requirementOf(name, child.Rule)
		if err != nil {
			return err
		}
		if _, twice := rules[rule.ID]; twice {
			return fmt.Errorf("%s:%d: %s has two Rules", name, rule.Line, rule.ID)
		}
		rule.Scenarios = scenariosOf(rule.ID, name, content, doc, child.Rule, pickles)
		rules[rule.ID] = rule
	}
	return nil
}

func requirementOf(name string, rule *messages.Rule) (Requirement, error) {
	r := Requirement{Title: rule.Name, Feature: name, Line: int(rule.Location.Line)}
	for _, tag := range rule.Tags {
		switch plain := strings.TrimPrefix(tag.Name, "@"); {
		case strings.HasPrefix(plain, "CVSI-"):
			r.ID = plain
		case plain == string(Must), plain == string(Should), plain == string(May):
			r.Level = Level(plain)
		}
	}
	if r.ID == "" || r.Level == "" {
		return r, fmt.Errorf("%s:%d: the Rule needs a @CVSI-… tag and a level tag", name, r.Line)
	}
	return r, nil
}

func scenariosOf(
	id, name string,
	content []byte,
	doc *messages.GherkinDocument,
	rule *messages.Rule,
	pickles []*messages.Pickle,
) []Scenario {
	var out []Scenario
	for _, child := range rule.Children {
		if child.Scenario == nil {
			continue
		}
		for _, p := range pickles {
			if p.AstNodeIds[0] != child.Scenario.Id {
				continue
			}
			row := rowOf(child.Scenario, p)
			s := Scenario{Requirement: id, Name: p.Name, Feature: name, Line: int(child.Scenario.Location.Line)}
			if row != nil {
				s.Line = int(row.Location.Line)
			}
			for _, t := range p.Tags {
				s.Tags = append(s.Tags, t.Name)
			}
			for _, st := range p.Steps {
				s.Steps = append(s.Steps, st.Text)
			}
			s.judgements = judgementsOf(child.Scenario, p)
			s.content = blank(content, doc.Feature, rule, child.Scenario, row)
			out = append(out, s)
		}
	}
	return out
}

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
