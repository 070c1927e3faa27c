package redact

import (
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// minBase64Length is the number of digits of the Base64 encoding of the shortest secret.
const minBase64Length = MinSecretLength * 8 / 6

// secretKeywordFragments are the fragments of the words before secrets with unknown values.
var secretKeywordFragments = slices.Concat(
	base64Fragments("sig"),
	base64Fragments("Sig"),
	base64Fragments("SIG"),
	base64Fragments("bearer"),
	base64Fragments("Bearer"),
	base64Fragments("BEARER"),
)

// base64Fragments returns, for each of the three alignments, the part of word's Base64 encoding that
// does not depend on its neighbours. The Base64 encoding of any text with word has one of them.
// Digits that have several spellings are left out.
func base64Fragments(word string) []string {
	var out []string
	for before := range 3 {
		digits := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("\x00", before) + word))
		out = append(out, longestAlphanumeric(digits[(before*8+5)/6:(before+len(word))*8/6]))
	}
	return out
}

// longestAlphanumeric returns the longest part of s that has letters and digits only, which have one
// spelling.
func longestAlphanumeric(s string) (longest string) {
	for part := range strings.FieldsFuncSeq(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if len(part) > len(longest) {
			longest = part
		}
	}
	return longest
}

// base64Fragments returns the fragments of everything that the redactor replaces.
func (r *Redactor) base64Fragments() []string {
	out := slices.Clone(secretKeywordFragments)
	for _, k := range r.secrets() {
		out = append(out, k.fragments...)
	}
	return out
}

func hasAny(s string, parts []string) bool {
	return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(s, part) })
}

// redactBase64 replaces every Base64 encoding, in any alphabet and alignment, of a text with secrets
// by the markers of these secrets.
func (r *Redactor) redactBase64(s string) string {
	var b strings.Builder
	kept := 0
	eachBase64Decoding(s, r.base64Fragments(), func(from, to int, text string) bool {
		if from < kept {
			return true
		}
		if markers := newMarkers(text, r.Redact(text)); markers != "" {
			b.WriteString(s[kept:from])
			b.WriteString(markers)
			kept = to
		}
		return true
	})
	if kept == 0 {
		return s
	}
	return b.String() + s[kept:]
}

// markerPattern matches a marker.
var markerPattern = regexp.MustCompile(`⟦[a-z-]+:\d+⟧`)

// newMarkers returns the markers of a redacted text; "" if redaction changed nothing.
func newMarkers(text, redacted string) string {
	if redacted == text {
		return ""
	}
	return strings.Join(markerPattern.FindAllString(redacted, -1), "")
}

// hasBase64Secret reports whether s has the Base64 encoding of a text with a secret.
func (r *Redactor) hasBase64Secret(s string) (found bool) {
	eachBase64Decoding(s, r.base64Fragments(), func(_, _ int, text string) bool {
		found = r.containsSecret(text)
		return !found
	})
	return found
}

// eachBase64Decoding finds the runs of Base64 digits in s that have one of the fragments. It calls f
// with the decoding of each from its first four digits on, and with its position, until f returns
// false.
func eachBase64Decoding(s string, fragments []string, f func(from, to int, text string) bool) {
	if !hasAny(s, fragments) {
		return
	}
	for i := 0; i < len(s); {
		n, stop := countDigits(s, i)
		if n < minBase64Length {
			i = stop + 1
			continue
		}
		digits, at, end := base64Run(s, i)
		i = end
		if !hasAny(string(digits), fragments) {
			continue
		}
		for offset := 0; offset < 4 && len(digits)-offset >= minBase64Length; offset++ {
			rest := digits[offset:]
			if len(rest)%4 == 1 {
				rest = rest[:len(rest)-1] // the last digit encodes no complete byte
			}
			text, err := base64.RawStdEncoding.DecodeString(string(rest))
			if err == nil && !f(at[offset], end, string(text)) {
				return
			}
		}
	}
}

// countDigits returns the number of Base64 digits from position i on, and the position after them.
func countDigits(s string, i int) (n, stop int) {
	for ; i < len(s); n++ {
		_, width := decodeDigit(s[i:])
		if width == 0 {
			break
		}
		i += width
	}
	return n, i
}

// base64Run returns the Base64 digits from position i on, the position of each, and the position
// after them and their padding.
func base64Run(s string, i int) (digits []byte, at []int, end int) {
	for i < len(s) {
		d, width := decodeDigit(s[i:])
		if width == 0 {
			break
		}
		digits, at = append(digits, d), append(at, i)
		i += width
	}
	for {
		width := matchSpelling(s[i:], "=", "%3D", `\u003D`)
		if width == 0 {
			return digits, at, i
		}
		i += width
	}
}

// matchSpelling returns the length of the first spelling with which s begins, in any case; 0 if it
// begins with none.
func matchSpelling(s string, spellings ...string) int {
	for _, one := range spellings {
		if len(s) >= len(one) && strings.EqualFold(s[:len(one)], one) {
			return len(one)
		}
	}
	return 0
}

// decodeDigit returns the Base64 digit of the standard alphabet with which s begins, and the length
// of its spelling: plain, percent-encoded, or escaped in JSON. The length is 0 if there is none.
func decodeDigit(s string) (d byte, width int) {
	switch c := s[0]; {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '+', c == '/':
		return c, 1
	case c == '-':
		return '+', 1
	case c == '_':
		return '/', 1
	case c != '%' && c != '\\':
		return 0, 0
	}
	if width = matchSpelling(s, "%2B", `\u002B`); width > 0 {
		return '+', width
	}
	return '/', matchSpelling(s, "%2F", `\u002F`, `\/`)
}
