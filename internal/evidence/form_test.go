package evidence_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/evidence"
)

// utf16Of returns s in UTF-16; low is the offset of the low byte of a character.
func utf16Of(s string, low int) string {
	var b []byte
	for _, unit := range utf16.Encode([]rune(s)) {
		pair := [2]byte{byte(unit >> 8), byte(unit)}
		b = append(b, pair[1-low], pair[low])
	}
	return string(b)
}

func gzipOf(t *testing.T, s string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write([]byte(s))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.String()
}

func TestJSONForm(t *testing.T) {
	const document = `{"type":"Training","Content":{"x":"???>>>"}}`
	urlSafe := base64.URLEncoding.EncodeToString([]byte(document))
	assert.Contains(t, urlSafe, "_", "the document is encoded differently in URL-safe Base64")
	for name, text := range map[string]string{
		"":                                    document,
		"Base64 of a JSON document":           base64Of(document),
		"Base64 of Base64 of a JSON document": base64Of(base64Of(document)),
		"URL-safe Base64 (RFC 4648, section 5) of a JSON document":             urlSafe,
		"Base64 without padding of a JSON document":                            base64.RawStdEncoding.EncodeToString([]byte(document)),
		"the UTF-16 (little-endian) form of a JSON document":                   utf16Of(bom+document, 0),
		"the UTF-16 (big-endian) form of a JSON document":                      utf16Of(document, 1),
		"the NUL-terminated form of a JSON document":                           document + "\x00",
		"the form with one more byte-order mark of a JSON document":            bom + document,
		"the gzip form of a JSON document":                                     gzipOf(t, document),
		"Base64 of the gzip form of a JSON document":                           base64Of(gzipOf(t, document)),
		"hexadecimal of a JSON document":                                       hex.EncodeToString([]byte(document)),
		"the XML-escaped form of a JSON document":                              `{&quot;type&quot;:&quot;Training&quot;,"Content":{"x":"???>>>"}}`,
		"the percent-encoded form of a JSON document":                          url.QueryEscape(document),
		"the JSON string of a JSON document":                                   `"{\"type\":\"Training\",\"Content\":{\"x\":\"???>>>\"}}"`,
		"Base64 of the UTF-16 (little-endian) form of a JSON document":         base64Of(utf16Of(document, 0)),
		"the NUL-terminated form of Base64 without padding of a JSON document": base64.RawStdEncoding.EncodeToString([]byte(document)) + "\x00",
	} {
		got, form := evidence.JSONForm(text)
		assert.Equal(t, name, form)
		assert.Equal(t, document, got, name)
	}
	for _, text := range []string{"", "Training done.", `{"a":`, "[1]", "1234", "\xff\xfe", "\x1f\x8b\x08", "abcd", "%zz", `""`} {
		got, form := evidence.JSONForm(text)
		assert.Equal(t, []string{text, ""}, []string{got, form})
	}
}
