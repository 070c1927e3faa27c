package check

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/language"
	english "golang.org/x/text/message"

	"github.com/cvconform/cvconform/features/schemas"
)

// schemaOf names the JSON Schema of each type of message.
func schemaOf(kind string) string {
	return map[string]string{ConnectionTest: "connection-test", Training: "training", Export: "export"}[kind]
}

// MatchesSchema: every message of that type that belongs to the situation validates
// against its JSON Schema; there is at least one.
func MatchesSchema(kind string) Check {
	return Check{Name: kind + "-has-form", Judge: func(c *Case) *Problem {
		p, problem := c.singleProject()
		if problem != nil {
			return problem
		}
		if problem := c.requireMessage(kind, p); problem != nil {
			return problem
		}
		schema, err := compile(schemaOf(kind))
		if err != nil {
			return &Problem{Kind: Broken, Summary: err.Error()}
		}
		for _, m := range c.relevantTo(kind, p) {
			if err := schema.Validate(m.doc); err != nil {
				return fail(
					"a "+kind+" message of the documented form (cvconform schema "+schemaOf(kind)+")",
					violations(err)+" in "+m.event.Message.Text,
					m.event,
				)
			}
		}
		return nil
	}}
}

func compile(name string) (*jsonschema.Schema, error) {
	source, err := schemas.Read(name)
	if err != nil {
		return nil, err
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(source))
	if err != nil {
		return nil, fmt.Errorf("schema %s: %w", name, err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource(name+".json", doc); err != nil {
		return nil, fmt.Errorf("schema %s: %w", name, err)
	}
	return c.Compile(name + ".json")
}

// violations says in one line what a document breaks, in an order that is always
// the same.
func violations(err error) string {
	v, ok := err.(*jsonschema.ValidationError)
	if !ok {
		return err.Error()
	}
	var out []string
	leaves(v, func(leaf *jsonschema.ValidationError) {
		at := "/" + strings.Join(leaf.InstanceLocation, "/")
		out = append(out, at+": "+leaf.ErrorKind.LocalizedString(english.NewPrinter(language.English)))
	})
	slices.Sort(out)
	return strings.Join(out, "; ")
}

func leaves(v *jsonschema.ValidationError, visit func(*jsonschema.ValidationError)) {
	if len(v.Causes) == 0 {
		visit(v)
	}
	for _, c := range v.Causes {
		leaves(c, visit)
	}
}
