package textfmt_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/internal/textfmt"
)

func TestTruncate(t *testing.T) {
	for _, c := range []struct {
		text  string
		limit int
		want  string
	}{
		{"", 0, ""}, {"", 3, ""}, {"abc", 3, "abc"}, {"abcd", 3, "abc…"}, {"äöüß", 3, "äöü…"},
		{"äöü", 3, "äöü"}, {"a", 0, "…"},
	} {
		assert.Equal(t, c.want, textfmt.Truncate(c.text, c.limit), "%q %d", c.text, c.limit)
	}
}

func FuzzTruncate(f *testing.F) {
	f.Add("äöüß", 2)
	f.Fuzz(func(t *testing.T, text string, limit int) {
		if limit < 0 || !utf8.ValidString(text) {
			t.Skip()
		}
		got := textfmt.Truncate(text, limit)
		assert.True(t, utf8.ValidString(got))
		assert.LessOrEqual(t, utf8.RuneCountInString(got), max(limit+1, 1))
		assert.True(t, strings.HasPrefix(text, strings.TrimSuffix(got, textfmt.Ellipsis)))
	})
}

func TestHangingIndent(t *testing.T) {
	assert.Equal(t, "- a", textfmt.HangingIndent("- ", "a"))
	assert.Equal(t, "✗ a\n  b\n  c", textfmt.HangingIndent("✗ ", "a\nb\nc"))
}

func TestEscapeControl(t *testing.T) {
	for text, want := range map[string]string{
		"a\tb\n": "a\tb\n", "\x1b[31m": `\x1b[31m`, "\xff": `\xff`, "\u0085": `\x85`, "\uFFFD \uFFFE": "\uFFFD " + `\ufffe`,
	} {
		assert.Equal(t, want, textfmt.EscapeControl(text))
	}
}

func TestWrap(t *testing.T) {
	assert.Equal(t, "", textfmt.Wrap("", 5))
	assert.Equal(t, "one two\nthree four\nextraordinary\nx", textfmt.Wrap("one\ntwo three  four extraordinary x", 10))
	assert.Equal(t, "äöü äöü", textfmt.Wrap("äöü äöü", 7))
}

func TestAlign(t *testing.T) {
	assert.Empty(t, textfmt.Align(nil))
	assert.Equal(t, []string{
		"a       1    x",
		"longer",
		"üöä     100  y z",
	}, textfmt.Align([][]string{{"a", "1", "x"}, {"longer", "", ""}, {"üöä", "100", "y\n\tz"}}))
}

func TestPaint(t *testing.T) {
	assert.Equal(t, "x", textfmt.Painter{}.Paint(textfmt.Red, "x"))
	assert.Equal(t, "\x1b[31mx\x1b[0m", textfmt.Painter{Enabled: true}.Paint(textfmt.Red, "x"))
	p := textfmt.Painter{Enabled: true}
	lines := textfmt.Align([][]string{{p.Paint(textfmt.Default, "a"), "1"}, {p.Paint(textfmt.Green, "bcd"), "2"}})
	assert.Equal(t, []string{"\x1b[39ma\x1b[0m    1", "\x1b[32mbcd\x1b[0m  2"}, lines)
}
