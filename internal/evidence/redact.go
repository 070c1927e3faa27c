package evidence

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"unicode"
)

// The patterns of secrets whose values are not known beforehand. In JSON many
// encoders write "&" as \u0026, and "+", "/" and "=" likewise.
var (
	signature = regexp.MustCompile(`(?i)((?:\b|\\u0026)sig(?:=|%3D|\\u003D))((?:[^&"'\s\\<>⟦⟧]|\\u002[BF]|\\u003D|\\/)+)`)
	bearer    = regexp.MustCompile(`(?i)\b(Bearer\s+)([A-Za-z0-9._~+/=-]{8,})`)
)

// A Redactor replaces secrets by typed markers: ⟦training-key:1⟧,
// ⟦account-key:1⟧, ⟦sig:2⟧, ⟦bearer:1⟧. Equal values get equal markers. The
// zero value replaces signatures and bearer tokens; it is safe for concurrent use.
type Redactor struct {
	mu      sync.Mutex
	known   []secret
	markers map[string]map[string]int // type, value, number
}

type secret struct {
	kind, value string
	spellings   *regexp.Regexp
}

// spellings matches a value as it is, percent-encoded, and as JSON may spell it.
func spellings(value string) *regexp.Regexp {
	var b strings.Builder
	for _, r := range value {
		plain := regexp.QuoteMeta(string(r))
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteString(plain)
		} else {
			fmt.Fprintf(&b, `(?:\\?%s|(?i:%s|\\u%04X))`, plain, url.QueryEscape(string(r)), r)
		}
	}
	return regexp.MustCompile(b.String())
}

// Know makes the redactor replace value, as it is, percent-encoded or escaped
// in JSON, by a marker of that kind. An empty value is ignored.
func (r *Redactor) Know(kind, value string) {
	if value == "" {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.known = append(r.known, secret{kind, value, spellings(value)})
}

// Redact returns s with every secret replaced.
func (r *Redactor) Redact(s string) string {
	if s == "" {
		return s
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, k := range r.known {
		if k.spellings.MatchString(s) {
			s = k.spellings.ReplaceAllLiteralString(s, r.marker(k.kind, k.value))
		}
	}
	s = r.pattern(s, signature, "sig")
	return r.pattern(s, bearer, "bearer")
}

func (r *Redactor) pattern(s string, p *regexp.Regexp, kind string) string {
	return p.ReplaceAllStringFunc(s, func(m string) string {
		parts := p.FindStringSubmatch(m)
		value := parts[2]
		if decoded, err := url.QueryUnescape(value); err == nil {
			value = decoded
		}
		return parts[1] + r.marker(kind, value)
	})
}

func (r *Redactor) marker(kind, value string) string {
	if r.markers == nil {
		r.markers = map[string]map[string]int{}
	}
	numbers := r.markers[kind]
	if numbers == nil {
		numbers = map[string]int{}
		r.markers[kind] = numbers
	}
	if numbers[value] == 0 {
		numbers[value] = len(numbers) + 1
	}
	return fmt.Sprintf("⟦%s:%d⟧", kind, numbers[value])
}

// Marked says whether s carries a marker of that kind.
func Marked(s, kind string) bool { return strings.Contains(s, "⟦"+kind+":") }

// event replaces the secrets in every string of e that comes from outside. It
// copies the payloads that it changes.
func (r *Redactor) event(e Event) Event {
	if x := e.Exchange; x != nil {
		c := *x
		r.each(&c.URL, &c.RequestBody, &c.Body, &c.Error)
		c.Header = r.values(x.Header)
		e.Exchange = &c
	}
	if o := e.Operation; o != nil {
		c := *o
		c.Text, _, _ = Decode(o.Text)
		r.each(&c.Object, &c.Text, &c.Error)
		e.Operation = &c
	}
	if m := e.Message; m != nil {
		c := *m
		r.each(&c.Text, &c.Invalid)
		e.Message = &c
	}
	return r.rest(e)
}

func (r *Redactor) rest(e Event) Event {
	if d := e.Download; d != nil {
		c := *d
		r.each(&c.URL, &c.Error)
		e.Download = &c
	}
	if b := e.Blob; b != nil {
		c := *b
		r.each(&c.Name)
		e.Blob = &c
	}
	if a := e.ActMark; a != nil {
		c := *a
		r.each(&c.Blocked, &c.Unseen)
		e.ActMark = &c
	}
	if u := e.Resource; u != nil {
		c := *u
		r.each(&c.URI)
		e.Resource = &c
	}
	return e
}

func (r *Redactor) each(fields ...*string) {
	for _, f := range fields {
		*f = r.Redact(*f)
	}
}

func (r *Redactor) values(in map[string]string) map[string]string {
	if in == nil {
		return nil
	}
	out := make(map[string]string, len(in))
	for k, v := range in {
		out[k] = r.Redact(v)
	}
	return out
}
