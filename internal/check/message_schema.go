package check

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	english "golang.org/x/text/message"

	"github.com/cvconform/cvconform/features/schemas"
	"github.com/cvconform/cvconform/internal/check/seen"
)

// schemaName returns the name of the JSON Schema of a type of messages.
func schemaName(kind string) string {
	return map[string]string{ConnectionTest: "connection-test", Training: "training", Export: "export"}[kind]
}

// MatchesSchema requires that every message of that type that belongs to the situation is valid by its JSON Schema.
// There has to be at least one.
func MatchesSchema(kind string) Check {
	return messageCheck(kind+"-matches-schema", kind, func(_ *Case, _ project, m message) *Problem {
		schema, err := compile(schemaName(kind))
		if err != nil {
			return broken(err.Error())
		}
		if err := schema.Validate(m.Doc); err != nil {
			return fail(withArticle(kind)+" message of the documented form (cvconform schema "+schemaName(kind)+")",
				violations(err, m.Doc)+" in "+seen.Excerpt(m.event.Message.Text), m.event)
		}
		return nil
	})
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

// violations lists the violations of a schema by a document on one line, in a fixed order.
func violations(err error, document any) string {
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		return err.Error()
	}
	var out []string
	visitLeaves(invalid, func(leaf *jsonschema.ValidationError) {
		at := "/" + strings.Join(leaf.InstanceLocation, "/")
		for _, text := range describeViolation(leaf, document) {
			out = append(out, at+": "+text)
		}
	})
	slices.Sort(out)
	return strings.Join(slices.Compact(out), "; ")
}

// describeViolation describes one violation. A member that is missing may be there in another spelling.
func describeViolation(leaf *jsonschema.ValidationError, document any) []string {
	printer := english.NewPrinter(language.English)
	required, ok := leaf.ErrorKind.(*kind.Required)
	if !ok {
		return []string{leaf.ErrorKind.LocalizedString(printer)}
	}
	var out, missing []string
	for _, name := range required.Missing {
		if text := seen.MisspeltMember(objectAt(document, leaf.InstanceLocation), name); text != "" {
			out = append(out, text)
		} else {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		out = append(out, (&kind.Required{Missing: missing}).LocalizedString(printer))
	}
	return out
}

// objectAt returns the object at that path of members, or nil.
func objectAt(document any, path []string) map[string]any {
	object, _ := document.(map[string]any)
	for _, name := range path {
		object, _ = object[name].(map[string]any)
	}
	return object
}

func visitLeaves(v *jsonschema.ValidationError, visit func(*jsonschema.ValidationError)) {
	if len(v.Causes) == 0 {
		visit(v)
	}
	for _, c := range v.Causes {
		visitLeaves(c, visit)
	}
}
