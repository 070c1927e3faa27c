package target

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSplitCommand(t *testing.T) {
	for line, want := range map[string][]string{
		`a b`:                        {"a", "b"},
		"  a\tb\n  c  ":              {"a", "b", "c"},
		"a \\\n b":                   {"a", "b"},
		`a "b c" 'd e'`:              {"a", "b c", "d e"},
		`a "" ''`:                    {"a", "", ""},
		`a ""b'c'"d e"`:              {"a", "bcd e"},
		`a --name="e f"g`:            {"a", "--name=e fg"},
		`a \"b c\"`:                  {"a", `"b`, `c"`},
		`a b\ c b\\c \| \; \$X`:      {"a", "b c", `b\c`, "|", ";", "$X"},
		`a "it's" 'it'\''s'`:         {"a", "it's", "it's"},
		`a "x\"y" "\$X" "a\\b" "\n"`: {"a", `x"y`, "$X", `a\b`, `\n`},
		`a '$X' '~' '|' '(b)' '#'`:   {"a", "$X", "~", "|", "(b)", "#"},
		`a "(b)" "|" "~" ";&<>"`:     {"a", "(b)", "|", "~", ";&<>"},
		`a b~ b#c x=~/y`:             {"a", "b~", "b#c", "x=~/y"},
		`a *.go {b,c} [d] e?`:        {"a", "*.go", "{b,c}", "[d]", "e?"},
		`'C:\My Files\s.exe' --x`:    {`C:\My Files\s.exe`, "--x"},
		`"C:\My Files\s.exe" --x`:    {`C:\My Files\s.exe`, "--x"},
		`C:/files/s.exe "\\host\x"`:  {"C:/files/s.exe", `\host\x`},
		`./dienst --näme '日本 語' ☃`:   {"./dienst", "--näme", "日本 語", "☃"},
		"a b\u00a0c":                 {"a", "b\u00a0c"},
		`a 'b
c'`: {"a", "b\nc"},
		`sh -c 'a $X | b > c; d && e'`: {"sh", "-c", "a $X | b > c; d && e"},
		`env X=1 a Y=2`:                {"env", "X=1", "a", "Y=2"},
		`a --url http://h/?a=b`:        {"a", "--url", "http://h/?a=b"},
		`a $ 5`:                        {"a", "$", "5"},
	} {
		got, err := splitCommand(line)
		require.NoError(t, err, line)
		assert.Equal(t, want, got, line)
	}
}

func TestShellSyntaxIsRefused(t *testing.T) {
	const ending = " is shell syntax, but the command does not run in a shell: quote it with '…', or use sh -c '…'"
	for line, want := range map[string]string{
		`a | b`:       `"| b"` + ending,
		`a; b`:        `"; b"` + ending,
		`a && b`:      `"&& b"` + ending,
		`a || b`:      `"|| b"` + ending,
		`a &`:         `"&"` + ending,
		`a > f`:       `"> f"` + ending,
		`a 2>&1`:      `"2>&1"` + ending,
		`a <f`:        `"<f"` + ending,
		`a $X`:        `"$X"` + ending,
		`a "${X} b"`:  `"${X}"` + ending,
		`a --x=$(b)`:  `"$(b)"` + ending,
		"a \"`b`\"":   "\"`b`\"" + ending,
		`a $((1+2))`:  `"$((1+2))"` + ending,
		`~/s --x`:     `"~/s"` + ending,
		`a ~`:         `"~"` + ending,
		`a # b`:       `"# b"` + ending,
		`# b`:         `"# b"` + ending,
		`(a)`:         `"(a)"` + ending,
		`! a`:         `"! a"` + ending,
		`if a`:        "the command does not run in a shell",
		`a (b)`:       "the command does not run in a shell",
		`X=1 a`:       `"X=1" sets a variable, but the command does not run in a shell: use env X=1 a`,
		`a "b`:        `"a \"b": unclosed quote; the command does not run in a shell`,
		`a 'b`:        `"a 'b": unclosed quote; the command does not run in a shell`,
		`C:\s.exe`:    `quote the path ('C:\…'), or write C:/…`,
		`a D:\s.yaml`: `quote the path ('C:\…'), or write C:/…`,
		" \n":         "the command is empty",
	} {
		_, err := splitCommand(line)
		require.ErrorContains(t, err, want, line)
	}
}
