package check_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/check"
)

// exportWithModelURI returns the evidence of an export whose message has that modelUri, stored at second 40.
func exportWithModelURI(t *testing.T, modelURI any) *timelineBuilder {
	t.Helper()
	content := map[string]any{"projectId": projectID, "iterationId": iterationID, "modelUri": modelURI}
	text, err := json.Marshal(map[string]any{"type": "Export", "Content": content})
	require.NoError(t, err)
	return newGatewayTimeline().export().putMessage("q", "m", 39, 40).messageAtEnd("q", "m", string(text))
}

func TestModelURIIsValid(t *testing.T) {
	k := check.ModelURIIsValid()
	notEncoded := func(character string) string { return "failed: the character " + character + " is not percent-encoded" }
	cases := map[string]verdict{"no message": {k, newGatewayTimeline().export(), "failed: none that belongs here"}}
	for uri, want := range map[string]string{
		"https://h/c/a%20-%20b.CoreML":                     "",
		"http://127.0.0.1:10000/a/c/b?sv=1&se=2099-01-01Z": "",
		"http://[::1]:80/c/b":                              "",
		"https://h/c/b?sp=r&sig=⟦sig:1⟧":                   "",
		"https://h/c/b#part?/x":                            "",
		"https://h/c/a - b.CoreML":                         notEncoded(`" "`),
		"https://h/c/b?sig=a b":                            notEncoded(`" "`),
		"https://h/c/ü":                                    notEncoded(`"ü"`),
		`https://h/c/"b"`:                                  notEncoded(`"\""`),
		"https://h/c/[b]":                                  notEncoded(`"["`),
		"https://h/c/a#b#c":                                notEncoded(`"#"`),
		"https://h/c/100%":                                 `failed: a "%" is not followed by two hexadecimal digits`,
		"https://h/c/b?x=%2":                               `failed: a "%" is not followed by two hexadecimal digits`,
		"https://h/c/b?x=%zz":                              `failed: a "%" is not followed by two hexadecimal digits`,
		"https://h:port/c/b":                               `failed: parse "https://h:port/c/b": invalid port`,
		"//h/c/b":                                          "failed: it has no scheme",
		"c/b":                                              "failed: it has no scheme",
		"file:///c/b":                                      "failed: it has no host",
		"urn:uuid:11111111-2222-3333-4444-555555555555":    "failed: it has no host",
		"": "failed: it has no scheme: modelUri = absent, null or no string",
	} {
		cases[uri] = verdict{k, exportWithModelURI(t, uri), want}
	}
	assertVerdicts(t, cases)
}

func TestExpiryOfModelURI(t *testing.T) {
	k := check.ModelURIIsSAS()
	const next = "failed: the service returned none" // the next problem: the evidence has no download
	cases := map[string]verdict{}
	for query, want := range map[string]string{
		"sig=x&se=2026-03-01T00:00:41Z":          next,
		"sig=x&se=2026-03-01T00:01Z":             next,
		"sig=x&se=2026-03-02":                    next,
		"sig=x&se=2026-03-01T01:00:39%2B01:00":   "failed: se = 2026-03-01T01:00:39+01:00 was over when the message was stored",
		"sig=x&se=2026-03-01T00:00:39Z":          "failed: se = 2026-03-01T00:00:39Z was over when the message was stored",
		"sig=x&se=2026-03-01":                    "failed: se = 2026-03-01 was over when the message was stored",
		"sig=x&se=Mon, 02 Mar 2026 00:00:00 GMT": `failed: se = "Mon, 02 Mar 2026 00:00:00 GMT" is no time of a SAS`,
		"sig=x&se=":                              `failed: se = "" is no time of a SAS`,
		"sig=x&si=policy":                        next,
		"sig=x":                                  "failed: modelUri = http://h/m?sig=x",
	} {
		cases[query] = verdict{k, exportWithModelURI(t, "http://h/m?"+query), want}
	}
	assertVerdicts(t, cases)
}
