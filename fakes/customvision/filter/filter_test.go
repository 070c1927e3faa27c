package filter_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision/filter"
)

func TestMatches(t *testing.T) {
	metadata := map[string]string{"key1": "value1", "key2": "it's", "empty": "", "and": "or", "größe": "groß"}
	for text, want := range map[string]bool{
		"metadata=key1 eq 'value1'":                           true,
		"key1 eq 'value1'":                                    true,
		"  metadata=  key1  eq\t'value1' ":                    true,
		"key1 eq 'VALUE1'":                                    false,
		"KEY1 eq 'value1'":                                    false,
		"key1 ne 'value1'":                                    false,
		"key1 ne 'value2'":                                    true,
		"metadata=key1 eq 'value1' and key2 ne 'value2'":      true,
		"key2 eq 'it''s'":                                     true,
		"empty eq ''":                                         true,
		"empty eq ''''":                                       false,
		"missing eq ''":                                       false,
		"missing ne 'value1'":                                 true,
		"and eq 'or'":                                         true,
		"größe eq 'groß'":                                     true,
		"key1 eq'value1'and key2 eq'it''s'":                   true,
		"key1 eq 'x' or key2 eq 'x' or empty eq ''":           true,
		"key1 eq 'x' or key2 eq 'x'":                          false,
		"key1 eq 'value1' or key2 eq 'x' and empty eq 'x'":    true, // and binds closer
		"key1 eq 'x' and empty eq '' or key2 eq 'it''s'":      true,
		"key1 eq 'value1' and key1 eq 'x' or key2 eq 'value'": false,
	} {
		e, err := filter.Parse(text)
		if assert.NoError(t, err, text) {
			assert.Equal(t, want, e.Matches(metadata), text)
		}
	}
	assert.True(t, filter.Expression{}.Matches(metadata), "no condition")
	assert.True(t, filter.Expression{}.Matches(nil), "no condition")
}

func TestParseErrors(t *testing.T) {
	digits := strings.Repeat("0123456789", 4)
	for text, want := range map[string]string{
		"":                             "expected a key at the end",
		"metadata=":                    "expected a key at the end",
		"'value1' eq key1":             `expected a key before "'value1' eq key1"`,
		"key1":                         `expected eq or ne after the key "key1" at the end`,
		"key1 = 'value1'":              `expected eq or ne after the key "key1" before "= 'value1'"`,
		"key1 EQ 'value1'":             `expected eq or ne after the key "key1" before "EQ 'value1'"`,
		"key1 eq":                      "expected a value in single quotes at the end",
		"key1 eq value1":               `expected a value in single quotes before "value1"`,
		`key1 eq "value1"`:             `expected a value in single quotes before "\"value1\""`,
		"key1 eq 'value1":              "the value 'value1 has no closing quote",
		"key1 eq 'value1''":            "the value 'value1'' has no closing quote",
		"key1 eq 'value1' key2":        `expected and, or or the end before "key2"`,
		"key1 eq 'value1' 'x'":         `expected and, or or the end before "'x'"`,
		"key1 eq 'value1' xor a eq ''": `expected and, or or the end before "xor a eq ''"`,
		"key1 eq 'value1' and":         "expected a key at the end",
		"key1 eq 'value1' or ":         "expected a key at the end",
		"(key1 eq 'value1')":           `expected a key before "(key1 eq 'value1')"`,
		"key1 eq 'value1')":            `expected and, or or the end before ")"`,
		"key1 " + digits:               `expected eq or ne after the key "key1" before "` + digits + `"`,
		"key1 " + digits + "0":         `expected eq or ne after the key "key1" before "` + digits + `…"`,
	} {
		_, err := filter.Parse(text)
		assert.EqualError(t, err, want, text)
	}
}

// The text of a parsed expression parses to the same expression.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		"metadata=key1 eq 'value1' and key2 ne 'value2'", "a eq '' or b ne 'it''s' and c eq 'x'",
		"metadata=metadata=a eq 'b'",
		"a eq 'b", "(a eq 'b')", "a  EQ b", "\u00a0a\u2003eq\u0085'b'", "a eq '\xff'",
	} {
		f.Add(text, "a", "b")
	}
	f.Fuzz(func(t *testing.T, text, key, value string) {
		e, err := filter.Parse(text)
		if err != nil {
			assert.NotEmpty(t, err.Error())
			assert.Empty(t, e.String())
			return
		}
		again, err := filter.Parse(e.String())
		require.NoError(t, err)
		assert.Equal(t, e, again)
		metadata := map[string]string{key: value}
		assert.Equal(t, e.Matches(metadata), again.Matches(metadata))
	})
}
