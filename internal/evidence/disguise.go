package evidence

import (
	"encoding/base64"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// shortestDisguise is the length, in digits, of the Base64 of the shortest secret.
const shortestDisguise = ShortestSecret * 8 / 6

// words are what stands before every secret whose value is not known beforehand.
var words = slices.Concat(cores("sig"), cores("Sig"), cores("SIG"), cores("bearer"), cores("Bearer"), cores("BEARER"))

// cores are what the Base64 of every text has in it that has word in it: one for each
// alignment, without the digits that are spelled in several ways.
func cores(word string) []string {
	var out []string
	for before := range 3 {
		digits := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("\x00", before) + word))
		out = append(out, plainest(digits[(before*8+5)/6:(before+len(word))*8/6]))
	}
	return out
}

// plainest is the longest part of s that has letters and digits only: it is spelled in
// one way.
func plainest(s string) (longest string) {
	for part := range strings.FieldsFuncSeq(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if len(part) > len(longest) {
			longest = part
		}
	}
	return longest
}

// cores are those of all that the redactor replaces.
func (r *Redactor) cores() []string {
	out := slices.Clone(words)
	for _, k := range r.secrets() {
		out = append(out, k.cores...)
	}
	return out
}

func hasAny(s string, parts []string) bool {
	return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(s, part) })
}

// unmasked replaces what is Base64, in whatever alphabet and alignment, of a text that
// carries a secret: by the markers of what that text carries.
func (r *Redactor) unmasked(s string) string {
	var b strings.Builder
	kept := 0
	eachDisguise(s, r.cores(), func(from, to int, text string) bool {
		if from < kept {
			return true
		}
		if markers := revealed(text, r.Redact(text)); markers != "" {
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

// revealed are the markers that a text has got; "" where it is as it was.
func revealed(text, redacted string) string {
	if redacted == text {
		return ""
	}
	return strings.Join(marked.FindAllString(redacted, -1), "")
}

// masks says whether s carries the Base64 of a text that carries a secret.
func (r *Redactor) masks(s string) (found bool) {
	eachDisguise(s, r.cores(), func(_, _ int, text string) bool {
		found = r.holds(text)
		return !found
	})
	return found
}

// eachDisguise gives what every run of Base64 digits that has one of the cores may be
// the Base64 of, from each of its first four digits on, and where that stands. more
// ends it.
func eachDisguise(s string, cores []string, more func(from, to int, text string) bool) {
	if !hasAny(s, cores) {
		return
	}
	for i := 0; i < len(s); {
		n, stop := length(s, i)
		if n < shortestDisguise {
			i = stop + 1
			continue
		}
		digits, at, end := run(s, i)
		i = end
		if !hasAny(string(digits), cores) {
			continue
		}
		for offset := 0; offset < 4 && len(digits)-offset >= shortestDisguise; offset++ {
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
		_, width := digit(s[i:])
		if width == 0 {
			break
		}
		i += width
	}
	return n, i
}

// run is the run of Base64 digits that begins at i: the digits, where each stands, and
// where it ends, padding included.
func run(s string, i int) (digits []byte, at []int, end int) {
	for i < len(s) {
		d, width := digit(s[i:])
		if width == 0 {
			break
		}
		digits, at = append(digits, d), append(at, i)
		i += width
	}
	for {
		width := spelled(s[i:], "=", "%3D", `\u003D`)
		if width == 0 {
			return digits, at, i
		}
		i += width
	}
}

// spelled is the length of the first of these spellings that s begins with, in
// whatever case; 0 where it begins with none.
func spelled(s string, spellings ...string) int {
	for _, one := range spellings {
		if len(s) >= len(one) && strings.EqualFold(s[:len(one)], one) {
			return len(one)
		}
	}
	return 0
}

// digit is the Base64 digit that s begins with, in the standard alphabet, and how many
// bytes it is spelled with: as it is, percent-encoded, or escaped in JSON. No width
// means that it begins with none.
func digit(s string) (d byte, width int) {
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
	if width = spelled(s, "%2B", `\u002B`); width > 0 {
		return '+', width
	}
	return '/', spelled(s, "%2F", `\u002F`, `\/`)
}
