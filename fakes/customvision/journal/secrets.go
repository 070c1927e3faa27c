package journal

import (
	"net/url"
	"regexp"
	"strings"
)

// replaced replaces a secret.
const replaced = "REDACTED"

// minKeyLength is the length from which a key is replaced. A shorter key would also match harmless text.
const minKeyLength = 8

// Patterns of secrets whose values are not known: signatures, also within a URL that is itself a parameter or is in
// JSON, and bearer tokens.
var (
	signature = regexp.MustCompile(
		`(?i)((?:\b|%(?:25)*(?:3f|26)|\\u0026)sig(?:=|%(?:25)*3d|\\u003d))` +
			`(?:[^&"'\s\\<>%]|%(?:25)*(?:2b|2f|3d)|\\/|\\u00(?:2b|2f|3d))+`,
	)
	bearer = regexp.MustCompile(`(?i)\b(bearer\s+)[a-z0-9._~+/=-]{8,}`)
)

// Replacer returns a function that replaces the same secrets as a journal that [New] returns. It is for logs.
func Replacer(keys ...string) func(text string) string { return newSecrets(keys).replace }

type secrets struct{ keys *strings.Replacer }

func newSecrets(keys []string) secrets {
	pairs := []string{}
	for _, key := range keys {
		if len(key) >= minKeyLength {
			pairs = append(pairs, key, replaced, url.QueryEscape(key), replaced)
		}
	}
	return secrets{strings.NewReplacer(pairs...)}
}

func (s secrets) replace(text string) string {
	if text == "" {
		return ""
	}
	text = s.keys.Replace(text)
	text = signature.ReplaceAllString(text, "${1}"+replaced)
	return bearer.ReplaceAllString(text, "${1}"+replaced)
}
