package evidence

import (
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// minBase64Length is the length, in digits, of the Base64 of the shortest secret.
const minBase64Length = ShortestSecret * 8 / 6

// secretKeywordFragments are what stands before every secret whose value is not known beforehand.
var secretKeywordFragments = slices.Concat(
	base64Fragments("sig"),
	base64Fragments("Sig"),
	base64Fragments("SIG"),
	base64Fragments("bearer"),
	base64Fragments("Bearer"),
	base64Fragments("BEARER"),
)

// base64Fragments are what the Base64 of every text has in it that has word in it: one for each
// alignment, without the digits that are spelled in several ways.
func base64Fragments(word string) []string {
	var out []string
	for before := range 3 {
		digits := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("\x00", before) + word))
		out = append(out, longestAlphanumeric(digits[(before*8+5)/6:(before+len(word))*8/6]))
	}
	return out
}

// longestAlphanumeric is the longest part of s that has letters and digits only: it is spelled in
// one way.
func longestAlphanumeric(s string) (longest string) {
	for part := range strings.FieldsFuncSeq(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if len(part) > len(longest) {
			longest = part
		}
	}
	return longest
}

// base64Fragments are those of all that the redactor replaces.
func (r *Redactor) base64Fragments() []string {
	out := slices.Clone(secretKeywordFragments)
	for _, k := range r.secrets() {
		out = append(out, k.cores...)
	}
	return out
}

func hasAny(s string, parts []string) bool {
	return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(s, part) })
}

// redactBase64 replaces what is Base64, in whatever alphabet and alignment, of a text that
// carries a secret: by the markers of what that text carries.
func (r *Redactor) redactBase64(s string) string {
	var b strings.Builder
	kept := 0
	eachBase64Decoding(s, r.base64Fragments(), func(from, to int, text string) bool {
		if from < kept {
			return true
		}
		if markers := hasNewMarker(text, r.Redact(text)); markers != "" {
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

// marked matches a marker.
var marked = regexp.MustCompile(`⟦[a-z-]+:\d+⟧`)

// hasNewMarker are the markers that a text has got; "" where it is as it was.
func hasNewMarker(text, redacted string) string {
	if redacted == text {
		return ""
	}
	return strings.Join(marked.FindAllString(redacted, -1), "")
}

// hasBase64Secret says whether s carries the Base64 of a text that carries a secret.
func (r *Redactor) hasBase64Secret(s string) (found bool) {
	eachBase64Decoding(s, r.base64Fragments(), func(_, _ int, text string) bool {
		found = r.holds(text)
		return !found
	})
	return found
}

// eachBase64Decoding gives what every run of Base64 digits that has one of the cores may be
// the Base64 of, from each of its first four digits on, and where that stands. more
// ends it.
func eachBase64Decoding(s string, cores []string, more func(from, to int, text string) bool) {
	if !hasAny(s, cores) {
		return
	}
	for i := 0; i < len(s); {
		n, stop := length(s, i)
		if n < minBase64Length {
			i = stop + 1
			continue
		}
		digits, at, end := base64Run(s, i)
		i = end
		if !hasAny(string(digits), cores) {
			continue
		}
		for offset := 0; offset < 4 && len(digits)-offset >= minBase64Length; offset++ {
			rest := digits[offset:]
			if len(rest)%4 == 1 {
				rest = rest[:len(rest)-1] // no byte ends there
			}
			text, err := base64.RawStdEncoding.DecodeString(string(rest))
			if err == nil && !more(at[offset], end, string(text)) {
				return
			}
		}
	}
}

// length is how many Base64 digits stand from i on, and where they end.
func length(s string, i int) (n, stop int) {
	for ; i < len(s); n++ {
		_, width := decodeDigit(s[i:])
		if width == 0 {
			break
		}
		i += width
	}
	return n, i
}

// base64Run is the run of Base64 digits that begins at i: the digits, where each stands, and
// where it ends, padding included.
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

// matchSpelling is the length of the first of these spellings that s begins with, in
// whatever case; 0 where it begins with none.
func matchSpelling(s string, spellings ...string) int {
	for _, one := range spellings {
		if len(s) >= len(one) && strings.EqualFold(s[:len(one)], one) {
			return len(one)
		}
	}
	return 0
}

// decodeDigit is the Base64 digit that s begins with, in the standard alphabet, and how many
// bytes it is spelled with: as it is, percent-encoded, or escaped in JSON. No width
// means that it begins with none.
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
