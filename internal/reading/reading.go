// Package reading defines the choices of a run where the sources of the contract disagree or are silent. Each choice
// has values, of which the first is the default, and a reason. Stop extending it where a source settles the matter:
// that is a requirement.
package reading

import (
	"fmt"
	"slices"
	"strings"
)

// The readings.
const (
	CreateForm               = "create-form"
	APIVersion               = "api-version"
	TestFolder               = "test-folder"
	BlobName                 = "blob-name"
	MessageEncoding          = "message-encoding"
	ModelURIWithoutContainer = "model-uri-without-container"
	GUIDCase                 = "guid-case"
)

// A Reading is one named choice.
type Reading struct {
	Name   string
	Values []string // the default first
	Why    string   // why the sources leave a choice
}

// All returns the readings.
func All() []Reading {
	return []Reading{
		{CreateForm, []string{"query", "body"},
			"the guide's v3.3 call has the URIs in the query, the v3.4-preview description in a JSON body"},
		{APIVersion, []string{"v3.3", "v3.4-preview"},
			"the guide uses v3.3, but only the v3.4-preview description has the URIs"},
		{TestFolder, []string{"any-case", "CustomVision", "Customvision"},
			"the guide's translations spell the test-permission folder in two ways"},
		{BlobName, []string{"spaced", "tight", "any"},
			"the guide prints spaces around the hyphen, no real name was ever published"},
		{MessageEncoding, []string{"any", "text", "base64"},
			"not documented, older Azure SDKs encode by default"},
		{ModelURIWithoutContainer, []string{"sas", "any"},
			"the guide's sentence names the queue where it can only mean the container"},
		{GUIDCase, []string{"any", "lower"}, "not documented"},
	}
}

// Set maps every reading to its value.
type Set map[string]string

// Resolve returns the default values with some of them replaced. Unknown readings and values are errors that list the
// known ones.
func Resolve(choices map[string]string) (Set, error) {
	out := Set{}
	for _, r := range All() {
		out[r.Name] = r.Values[0]
	}
	for name, value := range choices {
		if err := validate(name, value); err != nil {
			return nil, err
		}
		out[name] = value
	}
	return out, nil
}

func validate(name, value string) error {
	var names []string
	for _, r := range All() {
		if r.Name != name {
			names = append(names, r.Name)
			continue
		}
		if !slices.Contains(r.Values, value) {
			return fmt.Errorf("unknown value %q of reading %s (use %s)", value, name, strings.Join(r.Values, ", "))
		}
		return nil
	}
	slices.Sort(names)
	return fmt.Errorf("unknown reading %q (use %s)", name, strings.Join(names, ", "))
}
