package recording

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

// A Mapping replaces recorded values by those of another run, in whatever spelling
// they stand: as they are, escaped in JSON, percent-encoded, and ids without their
// hyphens or in capitals too. The zero value replaces nothing.
type Mapping struct {
	pairs    []replacement
	replacer *strings.Replacer
}

type replacement struct{ old, new string }

// Value replaces a value that cannot be mistaken for another: a URI, an address.
// Of two that say something of the same value, the first counts.
func (m *Mapping) Value(old, now string) {
	if old == "" || old == now {
		return
	}
	for _, spell := range []func(string) string{identity, inJSON, url.PathEscape, url.QueryEscape} {
		m.add(spell(old), spell(now))
	}
}

// ID replaces an id.
func (m *Mapping) ID(old, now string) {
	if old == "" || now == "" || old == now {
		return
	}
	for _, id := range []replacement{{old, now}, {digits(old), digits(now)}} {
		m.add(id.old, id.new)
		m.add(strings.ToLower(id.old), strings.ToLower(id.new))
		m.add(strings.ToUpper(id.old), strings.ToUpper(id.new))
	}
}

// Text replaces words of somebody's choice, which may stand anywhere: only where
// they begin a JSON string.
func (m *Mapping) Text(old, now string) {
	if old == "" || now == "" || old == now {
		return
	}
	m.add(`"`+inJSON(old), `"`+inJSON(now))
}

// add adds one spelling, unless something is known of it already.
func (m *Mapping) add(old, now string) {
	if !slices.ContainsFunc(m.pairs, func(p replacement) bool { return p.old == old }) {
		m.pairs, m.replacer = append(m.pairs, replacement{old, now}), nil
	}
}

// Apply returns the text with all that is known replaced: where two begin at the
// same place, the longer one.
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

// inJSON is the text as it stands between the quotes of a JSON string.
func inJSON(s string) string {
	text, err := json.Marshal(s)
	if err != nil {
		return s
	}
	return string(text[1 : len(text)-1])
}

// digits is an id without its hyphens.
func digits(id string) string { return strings.ReplaceAll(id, "-", "") }
