package recording

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/cvconform/cvconform/internal/evidence"
)

// normalizer replaces what is one run's own by words that are the same for every run,
// as seen from a chapter: what was given, or trained, last has the plain words.
func normalizer(head Metadata, c *Transition) *Mapping {
	m := &Mapping{}
	m.word(c.Story.ID, "⟨project⟩")
	var ids, names, uris recency
	for _, t := range slices.Backward(c.Story.Main) {
		later := t.Call.Began.After(c.Call.Began)
		g := t.Params
		if t.trains() {
			m.word(t.ID, ids.of("iteration", later))
		}
		if g.Name != "" {
			m.Text(g.Name, names.of("name", later))
		}
		if g.Queue+g.Container != "" {
			uris.next(later)
			relocated(m, t, strings.TrimLeft(string(uris), " "))
		}
	}
	c.Story.replaceTagIDs(m)
	if platform := c.Platform(); platform != "" {
		m.Value("."+platform, ".⟨platform⟩")
	}
	m.Value(head.Storage.BlobEndpoint, "⟨blobs⟩")
	m.Value(head.Storage.QueueEndpoint, "⟨queues⟩")
	m.Value(head.Target.Endpoint, "⟨service⟩")
	return m
}

// replaceTagIDs replaces the ids of the project's tags.
func (s *History) replaceTagIDs(m *Mapping) {
	for _, side := range s.Uploads {
		if side.Call.Call == "CreateTag" {
			m.word(side.ID, "⟨tag⟩")
		}
	}
}

func (c *Transition) trains() bool { return c.Call.Call == "TrainProject" }

// relocated replaces URIs, and names of queue and container.
func relocated(m *Mapping, t *Transition, when string) {
	m.Value(t.Params.Queue, "⟨"+when+"queue⟩")
	m.Value(t.Params.Container, "⟨"+when+"container⟩")
	for _, r := range t.Resources {
		if r != nil {
			m.Value(r.Name, fmt.Sprintf("⟨%s%s's name⟩", when, r.Service))
		}
	}
}

// An recency tells what is in force from what was before it, going back in time: it is
// the word for what was met last. The zero value has met nothing.
type recency string

// next meets one more thing; what came later than the chapter is not yet in force.
func (a *recency) next(later bool) {
	switch {
	case later:
		*a = "later "
	case *a == "" || *a == "later ":
		*a = " "
	default:
		*a = "earlier "
	}
}

// of is the word for one more thing.
func (a *recency) of(what string, later bool) string {
	a.next(later)
	return "⟨" + strings.TrimLeft(string(*a), " ") + what + "⟩"
}

// word replaces an id, in capitals and without its hyphens too, by one word.
func (m *Mapping) word(id, word string) {
	if id == "" {
		return
	}
	for _, old := range []string{id, strings.ToLower(id), strings.ToUpper(id), digits(id), strings.ToLower(digits(id)), strings.ToUpper(digits(id))} {
		m.add(old, word)
	}
}

var (
	anyID    = regexp.MustCompile(`(?i)[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}`)
	anyLink  = regexp.MustCompile(`^(?:https?://[^/]+|⟨service⟩)(/[^?]*)?(?:\?(.*))?$`)
	anyWhere = regexp.MustCompile(`⟦([a-z-]+):\d+⟧`)
)

// normalizeText is a text without what no two runs have alike: ids, times, the numbers of
// secrets; of a link remain the path and the names of its parameters.
func normalizeText(s string) string {
	s = anyWhere.ReplaceAllString(s, "⟦$1⟧")
	if isTime(s) {
		return "⟨time⟩"
	}
	s = anyID.ReplaceAllString(s, "⟨id⟩")
	if found := anyLink.FindStringSubmatch(s); found != nil {
		s = "⟨host⟩" + found[1]
		if names := parameters(found[2]); len(names) > 0 {
			s += "?" + strings.Join(names, "&")
		}
	}
	return s
}

func parameters(query string) []string {
	var names []string
	for part := range strings.SplitSeq(query, "&") {
		if name, _, _ := strings.Cut(part, "="); name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// isTime takes the service's forms of an instant: with a zone, or without, as the
// times of images are.
func isTime(s string) bool {
	for _, form := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"} {
		if _, err := time.Parse(form, s); err == nil {
			return true
		}
	}
	return false
}

// pattern is the name of a blob without what no two runs have alike.
func pattern(name string, m *Mapping) string {
	return anyID.ReplaceAllString(m.Apply(name), "⟨id⟩")
}

// only is a look at an export with what it says of this one.
func (c *Transition) only(x evidence.Exchange) evidence.Exchange {
	if !c.isUnordered() {
		return x
	}
	var list []json.RawMessage
	if json.Unmarshal([]byte(x.Body), &list) != nil {
		return x
	}
	own := slices.DeleteFunc(list, func(one json.RawMessage) bool {
		var e struct{ Platform string }
		return json.Unmarshal(one, &e) == nil && e.Platform != "" && e.Platform != c.Platform()
	})
	if text, err := json.Marshal(own); err == nil {
		x.Body = string(text)
	}
	return x
}
