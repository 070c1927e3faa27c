package textfmt

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// EscapeControl replaces control characters other than tab and line feed, the
// non-characters U+FFFE and U+FFFF, and bytes that are not UTF-8 by Go escapes such as
// \x1b. Text from a service must be escaped, because control characters could steer
// the reader's terminal, and XML 1.0 forbids them.
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
