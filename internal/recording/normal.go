package recording

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/cvconform/cvconform/internal/evidence"
)

// anonymous replaces what is one run's own by words that are the same for every run.
func anonymous(head Head, c *Chapter) *Mapping {
	m := &Mapping{}
	m.word(c.Story.ID, "⟨project⟩")
	for i, t := range c.Story.Trunk {
		if t.ID != c.Story.ID {
			m.word(t.ID, fmt.Sprintf("⟨iteration %d⟩", i))
		}
		m.Text(t.Given.Name, "⟨name⟩")
		m.Value(t.Given.Queue, fmt.Sprintf("⟨queue %d⟩", i))
		m.Value(t.Given.Container, fmt.Sprintf("⟨container %d⟩", i))
		for _, r := range t.Resources {
			if r != nil {
				m.Value(r.Name, fmt.Sprintf("⟨%s %d⟩", r.Service, i))
			}
		}
	}
	for _, side := range c.Story.Sides {
		if side.Call.Call == "CreateTag" {
			m.word(side.ID, "⟨tag⟩")
		}
	}
	m.Value(head.Storage.BlobEndpoint, "⟨blobs⟩")
	m.Value(head.Storage.QueueEndpoint, "⟨queues⟩")
	m.Value(head.Target.Endpoint, "⟨service⟩")
	return m
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

// plain is a text without what no two runs have alike: ids, times, the numbers of
// secrets; of a link remain the path and the names of its parameters.
func plain(s string) string {
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
	if decoded, err := url.PathUnescape(name); err == nil && decoded == name {
		return anyID.ReplaceAllString(m.Apply(name), "⟨id⟩")
	}
	return "(encoded) " + anyID.ReplaceAllString(m.Apply(name), "⟨id⟩")
}

// only is a look at an export with what it says of this one.
func (c *Chapter) only(x evidence.Exchange) evidence.Exchange {
	if !c.leaf() {
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
