package textfmt_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/internal/textfmt"
)

func TestReadable(t *testing.T) {
	for s, want := range map[string]string{
		"\x1f\x8b\x08\x00": "(gzip data)",
		strings.ToValidUTF8("\x1f\x8b\x08", "\uFFFD"): "(gzip data)",
		"PK\x03\x04x":     "(a zip archive)",
		"a\x00b":          "(binary data)",
		"\xff\xfe\xfdabc": "(binary data)",
		"\x78\x9cabc":     "(zlib data)",
	} {
		assert.Equal(t, want, textfmt.Readable(s), "%q", s)
	}
	for _, s := range []string{
		"", "{}", "a\r\n\tb", "\x1b[1mbold\x1b[0m", "müller \uFFFD, ten characters and more", "漢字", "PK",
	} {
		assert.Equal(t, s, textfmt.Readable(s))
	}
}
