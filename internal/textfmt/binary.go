package textfmt

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// magics lists the beginnings of binary formats. Evidence has U+FFFD in place of bytes that are not UTF-8.
func magics() []struct{ name, begin string } {
	return []struct{ name, begin string }{
		{"gzip data", "\x1f\x8b"}, {"gzip data", "\x1f\uFFFD"},
		{"a zip archive", "PK\x03\x04"}, {"an empty zip archive", "PK\x05\x06"},
		{"zlib data", "\x78\x9c"}, {"zlib data", "\x78\uFFFD"},
		{"Zstandard data", "\x28\xb5\x2f\xfd"}, {"Zstandard data", "\x28\uFFFD\x2f\uFFFD"},
		{"a PNG image", "\x89PNG"}, {"a PNG image", "\uFFFDPNG"},
		{"a JPEG image", "\xff\xd8\xff"},
	}
}

// Binary returns the format of a content that is no text, such as "gzip data" or "binary data", or "" for text.
func Binary(s string) string {
	for _, m := range magics() {
		if strings.HasPrefix(s, m.begin) {
			return m.name
		}
	}
	if strings.Contains(s, "\x00") {
		return "binary data"
	}
	strange, all := 0, 0
	for _, r := range s {
		all++
		if r == utf8.RuneError || unicode.IsControl(r) && !unicode.IsSpace(r) && r != '\x1b' {
			strange++
		}
	}
	if strange*10 > all {
		return "binary data"
	}
	return ""
}

// Readable returns s if it is text, or else a summary in parentheses, such as "(gzip data)".
func Readable(s string) string {
	if format := Binary(s); format != "" {
		return "(" + format + ")"
	}
	return s
}
