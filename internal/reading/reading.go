// Package reading names the choices that a run makes where the contract's
// sources disagree or are silent. Each choice has values, the first of them the
// default, and a reason.
package reading

import (
	"fmt"
	"sort"
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
	Why    string
}

// All lists the readings.
func All() []Reading {
	return []Reading{
		{
			CreateForm,
			[]string{"query", "body"},
			"the guide's v3.3 call carries the URIs in the query, the v3.4-preview description in a JSON body",
		},
		{
			APIVersion,
			[]string{"v3.3", "v3.4-preview"},
			"the guide says v3.3, only the v3.4-preview description knows the URIs",
		},
		{
			TestFolder,
			[]string{"any-case", "CustomVision", "Customvision"},
			"the guide's translations spell the test-permission folder in two ways",
		},
		{
			BlobName,
			[]string{"spaced", "tight", "any"},
			"the guide prints spaces round the hyphen, no real name was ever published",
		},
		{MessageEncoding, []string{"any", "text", "base64"}, "nothing is said, older Azure SDKs encode by default"},
		{
			ModelURIWithoutContainer,
			[]string{"sas", "any"},
			"the guide's sentence names the queue where it can only mean the container",
		},
		{GUIDCase, []string{"any", "lower"}, "never said"},
	}
}

// Set holds a value for every reading.
type Set map[string]string

// Resolve returns the defaults with the given choices. An unknown reading or value
// is an error that names the known ones.
func Resolve(choices map[string]string) (Set, error) {
	out := Set{}
	var names []string
	for _, r := range All() {
		out[r.Name] = r.Values[0]
		names = append(names, r.Name)
	}
	for name, value := range choices {
		if _, ok := out[name]; !ok {
			sort.Strings(names)
			return nil, fmt.Errorf("no reading %q: there are %s", name, strings.Join(names, ", "))
		}
		if err := check(name, value); err != nil {
			return nil, err
		}
		out[name] = value
	}
	return out, nil
}

func check(name, value string) error {
	for _, r := range All() {
		if r.Name != name {
			continue
		}
		for _, v := range r.Values {
			if v == value {
				return nil
			}
		}
		return fmt.Errorf("reading %s cannot be %q: choose %s", name, value, strings.Join(r.Values, ", "))
	}
	return nil
}
