package evidence

import (
	"bytes"
	"fmt"
	"io"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"
)

// The patterns of secrets whose values are not known beforehand. A signature
// ends where the next parameter begins, whatever the encoding of the URL: plain,
// percent-encoded once or more, or escaped in JSON.
var (
	signature = regexp.MustCompile(`(?i)((?:\b|%(?:25)*(?:3F|26)|\\u0026)sig(?:=|%(?:25)*3D|\\u003D))` +
		`((?:[^&"'\s\\<>⟦⟧%]|%(?:25)*(?:[013-9A-F][0-9A-F]|2[0-47-9A-F])|\\u00(?:2B|2F|3D)|\\/)+)`)
	bearer = regexp.MustCompile(`(?i)\b(Bearer\s+)([A-Za-z0-9._~+/=-]{8,})`)
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
	cores       []string // of its plainest part
}

// spellings matches a value as it is, percent-encoded once or more, and as JSON
// may spell it.
func spellings(value string) *regexp.Regexp {
	var b strings.Builder
	for _, r := range value {
		plain := regexp.QuoteMeta(string(r))
		if r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			b.WriteString(plain)
			continue
		}
		var percent strings.Builder
		for _, c := range []byte(string(r)) {
			fmt.Fprintf(&percent, `%%(?:25)*%02x`, c)
		}
		fmt.Fprintf(&b, `(?:\\?%s|(?i:%s|\\u%04x))`, plain, &percent, r)
	}
	return regexp.MustCompile(b.String())
}

// ShortestSecret is the length, in bytes, from which a value can be replaced:
// a shorter one (a key "test") stands in too many places where it is no secret.
const ShortestSecret = 8

// AddSecret makes the redactor replace value, as it is, percent-encoded or escaped
// in JSON, by a marker of that kind. It says whether it will: a value shorter
// than [ShortestSecret] stays as it is.
func (r *Redactor) AddSecret(kind, value string) bool {
	if len(value) < ShortestSecret {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.ContainsFunc(r.known, func(s secret) bool { return s.value == value }) {
		r.known = append(r.known, secret{kind, value, spellings(value), base64Fragments(longestAlphanumeric(value))})
	}
	return true
}

// Redact returns s with every secret replaced, and with what is Base64 of a text that
// carries one.
func (r *Redactor) Redact(s string) string {
	if s == "" {
		return s
	}
	for _, k := range r.secrets() {
		if k.spellings.MatchString(s) {
			s = k.spellings.ReplaceAllLiteralString(s, r.marker(k.kind, k.value))
		}
	}
	s = r.pattern(s, signature, "sig")
	return r.redactBase64(r.pattern(s, bearer, "bearer"))
}

// secrets is what is known so far. Looking for them needs no lock: many
// timelines share one redactor, and what waits for it holds up the gateway.
func (r *Redactor) secrets() []secret {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.known[:len(r.known):len(r.known)]
}

// pattern replaces what p matches.
func (r *Redactor) pattern(s string, p *regexp.Regexp, kind string) string {
	if !mayContainKind(s, kind) {
		return s
	}
	return p.ReplaceAllStringFunc(s, func(m string) string {
		parts := p.FindStringSubmatch(m)
		return parts[1] + r.marker(kind, decoded(parts[2]))
	})
}

// decoded undoes all encodings of a value, so that equal values get equal
// markers wherever they stand.
func decoded(value string) string {
	value = strings.NewReplacer(`\u002B`, "+", `\u002b`, "+", `\u002F`, "/", `\u002f`, "/", `\u003D`, "=", `\u003d`, "=", `\/`, "/").
		Replace(value)
	for strings.Contains(value, "%") {
		once, err := url.PathUnescape(value)
		if err != nil || once == value {
			break
		}
		value = once
	}
	return value
}

// marker is the marker of a value; a new value gets the next number.
func (r *Redactor) marker(kind, value string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
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

// HasMarker says whether s carries a marker of that kind.
func HasMarker(s, kind string) bool { return strings.Contains(s, "⟦"+kind+":") }

// clean is s as it goes on record: secrets replaced, and in UTF-8, so that what
// is read back from JSON is what was recorded.
func (r *Redactor) clean(s string) string { return strings.ToValidUTF8(r.Redact(s), "\uFFFD") }

// ContainsSecret says whether content carries a secret, in itself or in a file of the zip
// archive that it is. Nothing is replaced there: content goes by its digest.
func (r *Redactor) ContainsSecret(content []byte) bool {
	if r.holds(string(content)) {
		return true
	}
	found := false
	_ = eachEntry(bytes.NewReader(content), int64(len(content)), unpackedLimit, func(_ string, entry io.Reader) error {
		text, err := io.ReadAll(entry)
		found = found || r.holds(string(text))
		return err
	})
	return found
}

func (r *Redactor) holds(s string) bool {
	for _, k := range r.secrets() {
		if k.spellings.MatchString(s) {
			return true
		}
	}
	return mayContainKind(s, "sig") && signature.MatchString(s) || mayContainKind(s, "bearer") && bearer.MatchString(s) ||
		r.hasBase64Secret(s)
}

// mayContainKind says whether the kind's own word is in the text at all: the patterns
// are slow and have most texts to look at in vain.
func mayContainKind(s, kind string) bool { return strings.Contains(strings.ToLower(s), kind) }

// Exchange returns a call with its secrets replaced.
func (r *Redactor) Exchange(x Exchange) Exchange { return *r.event(Event{Exchange: &x}).Exchange }

// event cleans every string of e's payload, in a copy. It goes by reflection, so
// that a new field cannot be forgotten.
func (r *Redactor) event(e Event) Event {
	if o := e.Operation; o != nil {
		c := *o
		c.Text, _, _ = Decode(o.Text)
		e.Operation = &c
	}
	v := reflect.ValueOf(&e).Elem()
	for i := range v.NumField() {
		if f := v.Field(i); f.Kind() == reflect.Pointer && !f.IsNil() {
			f.Set(r.payload(f.Elem()).Addr())
		}
	}
	return e
}

func (r *Redactor) payload(p reflect.Value) reflect.Value {
	c := reflect.New(p.Type()).Elem()
	c.Set(p)
	for i := range c.NumField() {
		switch f := c.Field(i); f.Kind() {
		case reflect.String:
			f.SetString(r.clean(f.String()))
		case reflect.Map:
			f.Set(reflect.ValueOf(r.values(f.Interface().(map[string]string))))
		case reflect.Slice:
			f.Set(r.list(f))
		}
	}
	return c
}

// list cleans the items of a list of structures.
func (r *Redactor) list(in reflect.Value) reflect.Value {
	if in.IsNil() {
		return in
	}
	out := reflect.MakeSlice(in.Type(), in.Len(), in.Len())
	for i := range in.Len() {
		out.Index(i).Set(r.payload(in.Index(i)))
	}
	return out
}

func (r *Redactor) values(in map[string]string) map[string]string {
	if in == nil {
		return nil
	}
	out := make(map[string]string, len(in))
	for k, v := range in {
		out[r.clean(k)] = r.clean(v)
	}
	return out
}
