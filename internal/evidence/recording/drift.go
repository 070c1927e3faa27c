package recording

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/cvconform/cvconform/steps/report"
)

// A Kind is the kind of a difference between a recording and the reference.
type Kind string

// The kinds of findings. A missing member is missing in the reference.
const (
	MissingMember Kind = "missing"
	AddedMember   Kind = "added"
	OtherSpelling Kind = "spelling"
	OtherType     Kind = "type"
	OtherValue    Kind = "value"
	OtherCount    Kind = "count"
	OtherOrder    Kind = "order"
)

// Kinds returns all kinds.
func Kinds() []Kind {
	return []Kind{MissingMember, AddedMember, OtherSpelling, OtherType, OtherValue, OtherCount, OtherOrder}
}

// A Drift is the result of the comparison of a recording with the reference, the fake, in the same
// situations.
type Drift struct {
	Schema    string    `json:"schema"`
	Recording Side      `json:"recording"`
	Reference Side      `json:"reference"`
	Compared  Compared  `json:"compared"`
	Findings  []Finding `json:"findings"`
	Ignored   []Ignored `json:"ignored"`
}

// A Side describes the recording or the reference.
type Side struct {
	Run        string    `json:"run"`
	Created    time.Time `json:"created"`
	Kind       string    `json:"kind"` // of the target
	Endpoint   string    `json:"endpoint"`
	APIVersion string    `json:"apiVersion"`
	Version    string    `json:"version"` // of cvconform
}

// Compared counts the compared items.
type Compared struct {
	Projects  int `json:"projects"`
	Responses int `json:"answers"`
	Messages  int `json:"messages"`
	Blobs     int `json:"blobs"`
}

// A Finding is one difference, at all places where it was found.
type Finding struct {
	Call      string `json:"call"`   // or "Training message", "blob"
	Member    string `json:"member"` // path in the document, or another property
	Kind      Kind   `json:"kind"`
	Recorded  string `json:"recorded"`
	Reference string `json:"reference"`
	Places    int    `json:"places"` // number of places
	First     string `json:"first"`  // first place: the calls on the project
}

// Name returns the text that patterns match: the call and the member.
func (f Finding) Name() string { return f.Call + " " + f.Member }

// An Ignored is a pattern of known differences, and the number of findings that it matched.
type Ignored struct {
	Pattern  string `json:"pattern"`
	Findings int    `json:"findings"`
}

// sideOf describes a run.
func sideOf(run report.Run) Side {
	version := run.Suite.Version
	if run.Suite.Revision != "" {
		version += " (" + run.Suite.Revision + ")"
	}
	return Side{Run: run.ID, Created: run.Started, Kind: run.Target.Kind, Endpoint: run.Target.Endpoint,
		APIVersion: run.Target.APIVersion, Version: version}
}

// find adds a finding, or counts one more place of an equal finding.
func (d *Drift) find(f Finding) {
	for i, known := range d.Findings {
		known.Places, known.First = f.Places, f.First
		if known == f {
			d.Findings[i].Places++
			return
		}
	}
	f.Places = 1
	d.Findings = append(d.Findings, f)
}

// applyIgnores sorts the findings, and removes those that match a pattern.
func (d *Drift) applyIgnores(ignore []string) {
	d.Ignored = []Ignored{}
	for _, pattern := range ignore {
		matching := wildcard(pattern)
		before := len(d.Findings)
		d.Findings = slices.DeleteFunc(d.Findings, func(f Finding) bool { return matching.MatchString(f.Name()) })
		d.Ignored = append(d.Ignored, Ignored{pattern, before - len(d.Findings)})
	}
	slices.SortStableFunc(d.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Call, b.Call), cmp.Compare(a.Member, b.Member), cmp.Compare(a.Kind, b.Kind))
	})
	d.Findings = append([]Finding{}, d.Findings...)
}

// wildcard returns the expression for a pattern, in which * matches any text.
func wildcard(pattern string) *regexp.Regexp {
	return regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*") + "$")
}

// Summary returns the result in one line.
func (d *Drift) Summary() string {
	compared := fmt.Sprintf("%d responses, %d messages and %d blobs of %d projects",
		d.Compared.Responses, d.Compared.Messages, d.Compared.Blobs, d.Compared.Projects)
	if len(d.Findings) == 0 {
		return "no drift: " + compared + " compared"
	}
	return fmt.Sprintf("drift: %d differences in %s", len(d.Findings), compared)
}
