package recording

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/steps/report"
)

// normalizer returns a mapping that replaces the values of one run by words that are the same in every
// run. The words are relative to a transition: the values in force then have words without an adjective.
func normalizer(run report.Run, c *Transition) *Mapping {
	m := &Mapping{}
	m.word(c.History.ID, "⟨project⟩")
	var ids, names, uris recency
	for _, t := range slices.Backward(c.History.Main) {
		later := t.Call.Began.After(c.Call.Began)
		g := t.Params
		if t.Call.Call == "TrainProject" {
			m.word(t.ID, ids.word("iteration", later))
		}
		if g.Name != "" {
			m.Text(g.Name, names.word("name", later))
		}
		if g.Queue+g.Container != "" {
			uris.next(later)
			mapResources(m, t, uris.adjective())
		}
	}
	c.History.replaceTagIDs(m)
	if platform := c.Platform(); platform != "" {
		m.Value("."+platform, ".⟨platform⟩")
	}
	m.Value(run.Storage.SeenBlobEndpoint, "⟨blobs⟩")
	m.Value(run.Storage.SeenQueueEndpoint, "⟨queues⟩")
	m.Value(run.Target.Endpoint, "⟨service⟩")
	return m
}

// replaceTagIDs adds the replacement of the ids of the project's tags.
func (h *History) replaceTagIDs(m *Mapping) {
	for _, c := range h.Uploads {
		if c.Call.Call == "CreateTag" {
			m.word(c.ID, "⟨tag⟩")
		}
	}
}

// mapResources adds the replacement of the URIs and the names of queue and container.
func mapResources(m *Mapping, t *Transition, adjective string) {
	m.Value(t.Params.Queue, "⟨"+adjective+"queue⟩")
	m.Value(t.Params.Container, "⟨"+adjective+"container⟩")
	for _, r := range t.Resources {
		if r != nil {
			m.Value(r.Name, fmt.Sprintf("⟨%s%s's name⟩", adjective, r.Service))
		}
	}
}

// A recency labels the values of one kind while they are visited backwards in time: values after the
// transition are "later", the next is current, all others are "earlier". The zero value has visited none.
type recency int

const (
	visitedNone recency = iota
	visitedLater
	visitedCurrent
	visitedEarlier
)

// next visits one more value. later reports that it was set after the transition.
func (r *recency) next(later bool) {
	switch {
	case later:
		*r = visitedLater
	case *r == visitedNone || *r == visitedLater:
		*r = visitedCurrent
	default:
		*r = visitedEarlier
	}
}

// adjective returns the label of the value visited last, with a space; "" for the current one.
func (r recency) adjective() string {
	switch r {
	case visitedLater:
		return "later "
	case visitedEarlier:
		return "earlier "
	}
	return ""
}

// word visits one more value, and returns its word.
func (r *recency) word(noun string, later bool) string {
	r.next(later)
	return "⟨" + r.adjective() + noun + "⟩"
}

// word adds the replacement of an id, also without hyphens and in upper or lower case, by one word.
func (m *Mapping) word(id, word string) {
	if id == "" {
		return
	}
	for _, old := range []string{id, withoutHyphens(id)} {
		m.add(old, word)
		m.add(strings.ToLower(old), word)
		m.add(strings.ToUpper(old), word)
	}
}

var (
	anyID     = regexp.MustCompile(`(?i)[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}`)
	anyLink   = regexp.MustCompile(`^(?:https?://[^/]+|⟨service⟩)(/[^?]*)?(?:\?(.*))?$`)
	anyMarker = regexp.MustCompile(`⟦([a-z-]+):\d+⟧`)
)

// normalizeText returns a text without the values that differ between runs: ids, times, the numbers of
// secrets. Of a link it keeps the path and the names of the parameters.
func normalizeText(s string) string {
	s = anyMarker.ReplaceAllString(s, "⟦$1⟧")
	if isTime(s) {
		return "⟨time⟩"
	}
	s = anyID.ReplaceAllString(s, "⟨id⟩")
	if found := anyLink.FindStringSubmatch(s); found != nil {
		s = "⟨host⟩" + found[1]
		if names := parameterNames(found[2]); len(names) > 0 {
			s += "?" + strings.Join(names, "&")
		}
	}
	return s
}

func parameterNames(query string) []string {
	var names []string
	for part := range strings.SplitSeq(query, "&") {
		if name, _, _ := strings.Cut(part, "="); name != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// isTime reports whether s is a time in a format of the service: with a zone, or without, as for images.
func isTime(s string) bool {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"} {
		if _, err := time.Parse(layout, s); err == nil {
			return true
		}
	}
	return false
}

// normalizeName returns the name of a blob without the values that differ between runs.
func normalizeName(name string, m *Mapping) string {
	return anyID.ReplaceAllString(m.Apply(name), "⟨id⟩")
}

// withoutOtherExports returns a response with the list of exports reduced to the export of c.
func (c *Transition) withoutOtherExports(x evidence.Exchange) evidence.Exchange {
	if !c.isExport() {
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
