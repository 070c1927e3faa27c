// Package redact replaces secrets in texts by typed markers, such as ⟦training-key:1⟧. It knows how
// secrets are spelled in URLs, in JSON and in Base64; it does not know where texts come from. Extend
// it if a new kind of secret, or a new spelling of one, can reach the evidence.
package redact

import (
	"bytes"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/cvconform/cvconform/internal/evidence"
)

// Patterns of secrets with unknown values. A signature ends where the next parameter begins. The URL
// may be plain, percent-encoded once or more, or escaped in JSON.
var (
	signature = regexp.MustCompile(`(?i)((?:\b|%(?:25)*(?:3F|26)|\\u0026)sig(?:=|%(?:25)*3D|\\u003D))` +
		`((?:[^&"'\s\\<>⟦⟧%]|%(?:25)*(?:[013-9A-F][0-9A-F]|2[0-47-9A-F])|\\u00(?:2B|2F|3D)|\\/)+)`)
	bearer = regexp.MustCompile(`(?i)\b(Bearer\s+)([A-Za-z0-9._~+/=-]{8,})`)
)

// A Redactor replaces secrets by typed markers: ⟦training-key:1⟧, ⟦account-key:1⟧, ⟦sig:2⟧,
// ⟦bearer:1⟧. Equal values get equal markers. The zero value replaces signatures and bearer tokens.
// A Redactor is safe for concurrent use.
type Redactor struct {
	mu      sync.Mutex
	known   []secret
	markers map[string]map[string]int // number of the marker, by kind and value
}

// A secret is a known value.
type secret struct {
	kind, value string
	spellings   *regexp.Regexp
	fragments   []string // see base64Fragments
}

// compileSpellings returns a pattern that matches a value as it is, percent-encoded once or more,
// and as JSON may escape it.
func compileSpellings(value string) *regexp.Regexp {
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

// MinSecretLength is the length, in bytes, of the shortest value that is replaced. A shorter one,
// such as a key "test", also appears in many places where it is not a secret.
const MinSecretLength = 8

// AddSecret registers value as a secret of that kind, and reports whether it will be replaced: a
// value shorter than [MinSecretLength] is not.
func (r *Redactor) AddSecret(kind, value string) bool {
	if len(value) < MinSecretLength {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.ContainsFunc(r.known, func(s secret) bool { return s.value == value }) {
		r.known = append(r.known, secret{kind: kind, value: value, spellings: compileSpellings(value),
			fragments: base64Fragments(longestAlphanumeric(value))})
	}
	return true
}

// Redact returns s with every secret replaced, also where s has the Base64 encoding of a text with a
// secret.
func (r *Redactor) Redact(s string) string {
	if s == "" {
		return s
	}
	for _, k := range r.secrets() {
		if k.spellings.MatchString(s) {
			s = k.spellings.ReplaceAllLiteralString(s, r.marker(k.kind, k.value))
		}
	}
	s = r.redactPattern(s, signature, "sig")
	return r.redactBase64(r.redactPattern(s, bearer, "bearer"))
}

// Exchange returns a copy of x with its secrets replaced.
func (r *Redactor) Exchange(x evidence.Exchange) evidence.Exchange {
	return evidence.RedactExchange(x, r)
}

// secrets returns the secrets known so far. Many timelines share a redactor, so the search for them
// runs without the lock: the gateway would wait for it.
func (r *Redactor) secrets() []secret {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.known[:len(r.known):len(r.known)]
}

// redactPattern replaces the second group of every match of p.
func (r *Redactor) redactPattern(s string, p *regexp.Regexp, kind string) string {
	if !mayContainKind(s, kind) {
		return s
	}
	return p.ReplaceAllStringFunc(s, func(m string) string {
		parts := p.FindStringSubmatch(m)
		return parts[1] + r.marker(kind, decodeAll(parts[2]))
	})
}

// decodeAll removes every encoding of a value, so that equal values get equal markers in all texts.
func decodeAll(value string) string {
	value = strings.NewReplacer(`\u002B`, "+", `\u002b`, "+", `\u002F`, "/", `\u002f`, "/",
		`\u003D`, "=", `\u003d`, "=", `\/`, "/").Replace(value)
	for strings.Contains(value, "%") {
		once, err := url.PathUnescape(value)
		if err != nil || once == value {
			break
		}
		value = once
	}
	return value
}

// marker returns the marker of a value; a new value gets the next number.
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

// anyMarker matches a marker of any kind.
var anyMarker = regexp.MustCompile(`⟦[a-z-]+:[0-9]+⟧`)

// ReplaceMarkers returns s with each marker replaced by text.
func ReplaceMarkers(s, text string) string { return anyMarker.ReplaceAllLiteralString(s, text) }

// HasMarker reports whether s has a marker of that kind.
func HasMarker(s, kind string) bool { return strings.Contains(s, "⟦"+kind+":") }

// ContainsSecret reports whether content, or a file of the zip archive that it is, has a secret.
func (r *Redactor) ContainsSecret(content []byte) bool {
	if r.containsSecret(string(content)) {
		return true
	}
	found := false
	_ = evidence.EachEntry(bytes.NewReader(content), int64(len(content)), func(_ string, entry io.Reader) error {
		text, err := io.ReadAll(entry)
		found = found || r.containsSecret(string(text))
		return err
	})
	return found
}

func (r *Redactor) containsSecret(s string) bool {
	for _, k := range r.secrets() {
		if k.spellings.MatchString(s) {
			return true
		}
	}
	return mayContainKind(s, "sig") && signature.MatchString(s) || mayContainKind(s, "bearer") && bearer.MatchString(s) ||
		r.hasBase64Secret(s)
}

// mayContainKind reports whether s has the word of a kind. The patterns are slow, and most texts do
// not have it.
func mayContainKind(s, kind string) bool { return strings.Contains(strings.ToLower(s), kind) }
