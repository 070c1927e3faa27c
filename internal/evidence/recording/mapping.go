package recording

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

// A Mapping replaces recorded values by those of another run in every spelling: plain, escaped in
// JSON, percent-encoded; ids also without hyphens and in upper or lower case. The zero value replaces
// nothing.
type Mapping struct {
	pairs    []replacement
	replacer *strings.Replacer // nil after a change of pairs
}

type replacement struct{ old, new string }

// Value adds the replacement of a value that is unique in a text: a URI, an address. Of several
// replacements of one value, the first counts.
func (m *Mapping) Value(old, now string) {
	if old == "" || old == now {
		return
	}
	for _, spell := range []func(string) string{identity, escapeJSON, url.PathEscape, url.QueryEscape} {
		m.add(spell(old), spell(now))
	}
}

// ID adds the replacement of an id.
func (m *Mapping) ID(old, now string) {
	if old == "" || now == "" || old == now {
		return
	}
	for _, id := range []replacement{{old, now}, {withoutHyphens(old), withoutHyphens(now)}} {
		m.add(id.old, id.new)
		m.add(strings.ToLower(id.old), strings.ToLower(id.new))
		m.add(strings.ToUpper(id.old), strings.ToUpper(id.new))
	}
}

// Text adds the replacement of a user's text, which may be part of other texts. It is replaced only at
// the beginning of a JSON string.
func (m *Mapping) Text(old, now string) {
	if old == "" || now == "" || old == now {
		return
	}
	m.add(`"`+escapeJSON(old), `"`+escapeJSON(now))
}

// add adds one spelling, unless it has a replacement already.
func (m *Mapping) add(old, now string) {
	if !slices.ContainsFunc(m.pairs, func(p replacement) bool { return p.old == old }) {
		m.pairs, m.replacer = append(m.pairs, replacement{old, now}), nil
	}
}

// Apply returns the text with all values replaced. Where two begin at one position, the longer one is
// replaced.
func (m *Mapping) Apply(text string) string {
	if len(m.pairs) == 0 {
		return text
	}
	if m.replacer == nil {
		ordered := slices.Clone(m.pairs)
		slices.SortStableFunc(ordered, func(a, b replacement) int { return len(b.old) - len(a.old) })
		var words []string
		for _, p := range ordered {
			words = append(words, p.old, p.new)
		}
		m.replacer = strings.NewReplacer(words...)
	}
	return m.replacer.Replace(text)
}

func identity(s string) string { return s }

// escapeJSON returns the text as it is spelled between the quotes of a JSON string.
func escapeJSON(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		return s
	}
	return string(text[1 : len(text)-1])
}

func withoutHyphens(id string) string { return strings.ReplaceAll(id, "-", "") }
