package recording

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// A Kind says in what two recordings differ.
type Kind string

// The kinds of findings. What is missing is missing in the reference.
const (
	MissingMember Kind = "missing"
	AddedMember   Kind = "added"
	OtherSpelling Kind = "spelling"
	OtherType     Kind = "type"
	OtherValue    Kind = "value"
	OtherCount    Kind = "count"
	OtherOrder    Kind = "order"
)

// Kinds lists them.
func Kinds() []Kind {
	return []Kind{MissingMember, AddedMember, OtherSpelling, OtherType, OtherValue, OtherCount, OtherOrder}
}

// A Drift is the comparison of a recording with what the reference, the fake, does
// in the same situations.
type Drift struct {
	Schema    string    `json:"schema"`
	Recording Side      `json:"recording"`
	Reference Side      `json:"reference"`
	Compared  Compared  `json:"compared"`
	Findings  []Finding `json:"findings"`
	Ignored   []Ignored `json:"ignored"`
}

// A Side is one of the two that were compared.
type Side struct {
	Run        string    `json:"run"`
	Made       time.Time `json:"made"`
	Kind       string    `json:"kind"` // of the target
	Endpoint   string    `json:"endpoint"`
	APIVersion string    `json:"apiVersion"`
	Version    string    `json:"version"` // of cvconform
}

// Compared counts what was held against each other.
type Compared struct {
	Projects int `json:"projects"`
	Answers  int `json:"answers"`
	Messages int `json:"messages"`
	Blobs    int `json:"blobs"`
}

// A Finding is one difference, wherever it was seen.
type Finding struct {
	Call      string `json:"call"`   // or "Training message", "blob"
	Member    string `json:"member"` // path in the document, or what else of it differs
	Kind      Kind   `json:"kind"`
	Recorded  string `json:"recorded"`
	Reference string `json:"reference"`
	Places    int    `json:"places"` // where it was seen
	First     string `json:"first"`  // of them: what had been done to the project
}

// Name is what patterns are held against: the call and the member.
func (f Finding) Name() string { return f.Call + " " + f.Member }

// An Ignored is a pattern of differences that are known, and how many it took away.
type Ignored struct {
	Pattern  string `json:"pattern"`
	Findings int    `json:"findings"`
}

// sideOf describes one side.
func sideOf(h Metadata) Side {
	version := h.Suite.Version
	if h.Suite.Revision != "" {
		version += " (" + h.Suite.Revision + ")"
	}
	return Side{
		Run:        h.Run,
		Made:       h.Made,
		Kind:       h.Target.Kind,
		Endpoint:   h.Target.Endpoint,
		APIVersion: h.Target.APIVersion,
		Version:    version,
	}
}

// find notes a difference, together with those that are the same.
func (d *Drift) find(f Finding) {
	for i, known := range d.Findings {
		if same := known; same.Call == f.Call && same.Member == f.Member && same.Kind == f.Kind &&
			same.Recorded == f.Recorded &&
			same.Reference == f.Reference {
			d.Findings[i].Places++
			return
		}
	}
	f.Places = 1
	d.Findings = append(d.Findings, f)
}

// applyIgnores puts the findings in order, and takes away those that are known. In a
// pattern * stands for anything.
func (d *Drift) applyIgnores(ignore []string) {
	d.Ignored = []Ignored{}
	for _, pattern := range ignore {
		matches := wildcard(pattern)
		before := len(d.Findings)
		d.Findings = slices.DeleteFunc(d.Findings, func(f Finding) bool { return matches.MatchString(f.Name()) })
		d.Ignored = append(d.Ignored, Ignored{pattern, before - len(d.Findings)})
	}
	slices.SortStableFunc(d.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Call, b.Call), cmp.Compare(a.Member, b.Member), cmp.Compare(a.Kind, b.Kind))
	})
	d.Findings = append([]Finding{}, d.Findings...)
}

func wildcard(pattern string) *regexp.Regexp {
	return regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*") + "$")
}

// Summary says in one line what came of it.
func (d *Drift) Summary() string {
	what := fmt.Sprintf(
		"%d answers, %d messages and %d blobs of %d projects",
		d.Compared.Answers,
		d.Compared.Messages,
		d.Compared.Blobs,
		d.Compared.Projects,
	)
	if len(d.Findings) == 0 {
		return "no drift: " + what + " compared"
	}
	return fmt.Sprintf("drift: %d differences in %s", len(d.Findings), what)
}
