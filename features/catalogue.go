package features

import (
	"fmt"
	"slices"

	"github.com/goccy/go-yaml"
)

// Level is the strength of a requirement.
type Level string

// The levels of requirements.
const (
	Must   Level = "must"
	Should Level = "should"
	May    Level = "may"
)

// A Requirement is one Rule of the contract with its scenarios.
type Requirement struct {
	ID          string
	Level       Level
	Title       string // the sentence: the name of the Rule
	Description string // the details of the sentence, as one paragraph; may be empty
	Source      string // where the requirement comes from, such as "guide: create"
	Feature     string // file name, such as "create_project.feature"
	Line        int    // line of the Rule
	Scenarios   []Scenario
}

// A Scenario is one case of a requirement: a Gherkin scenario, or one row of an
// outline.
type Scenario struct {
	Requirement string   // id
	Name        string   // with the values of the row
	Feature     string   // file name
	Line        int      // line of the scenario, or of the row
	Tags        []string // with those of the Rule; each begins with @
	Steps       []string // texts without keywords; those of a Background come first

	content   []byte
	thenSteps []ThenStep
}

// Content returns the feature file with every other rule, scenario and row
// blanked, so that line numbers stay the same. A Background that applies to the
// scenario is kept.
func (s Scenario) Content() []byte { return s.content }

// Needs reports whether the scenario has that tag, given without its @.
func (s Scenario) Needs(tag string) bool { return slices.Contains(s.Tags, "@"+tag) }

// A Catalogue is the complete contract, in the order of requirements.yaml.
type Catalogue struct {
	Requirements []Requirement
	Digest       string // SHA-256 over all embedded files, lower-case hex
}

// An entry is one requirement in requirements.yaml.
type entry struct {
	ID     string `yaml:"id"`
	Source string `yaml:"source"`
}

// Load parses the embedded contract. It fails only if this package is broken, for
// example if requirements.yaml and the Rules do not have the same ids.
func Load() (*Catalogue, error) {
	entries, err := readEntries()
	if err != nil {
		return nil, err
	}
	rules, err := parseAll()
	if err != nil {
		return nil, err
	}
	c := &Catalogue{}
	if c.Requirements, err = join(entries, rules); err != nil {
		return nil, err
	}
	c.Digest, err = Digest(Files(), File)
	return c, err
}

// Find returns the requirement with that id and whether it exists.
func (c *Catalogue) Find(id string) (Requirement, bool) {
	for _, r := range c.Requirements {
		if r.ID == id {
			return r, true
		}
	}
	return Requirement{}, false
}

// Count returns the number of requirements of that level.
func (c *Catalogue) Count(level Level) int {
	n := 0
	for _, r := range c.Requirements {
		if r.Level == level {
			n++
		}
	}
	return n
}

func readEntries() ([]entry, error) {
	source, err := files.ReadFile("requirements.yaml")
	if err != nil {
		return nil, err
	}
	var entries []entry
	if err := yaml.UnmarshalWithOptions(source, &entries, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("requirements.yaml: %w", err)
	}
	return entries, nil
}

// join gives each entry its Rule. It consumes rules.
func join(entries []entry, rules map[string]Requirement) ([]Requirement, error) {
	var out []Requirement
	for _, e := range entries {
		r, ok := rules[e.ID]
		if !ok {
			return nil, fmt.Errorf("requirements.yaml: %s has no Rule in a feature file", e.ID)
		}
		r.Source = e.Source
		out = append(out, r)
		delete(rules, e.ID)
	}
	for id, r := range rules {
		return nil, fmt.Errorf("%s:%d: %s is not in requirements.yaml", r.Feature, r.Line, id)
	}
	return out, nil
}
