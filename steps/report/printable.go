package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// EscapeControl spells out control characters, non-characters, and bytes that are
// not UTF-8: what a service answers must not steer the reader's terminal, and
// XML 1.0 forbids it.
func EscapeControl(s string) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], string(utf8.RuneError)):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case unicode.IsControl(r) && r != '\t' && r != '\n':
			fmt.Fprintf(&b, `\x%02x`, r)
		case r == '\uFFFE', r == '\uFFFF':
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
