package steps

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/azurite"
)

// assertNoSecrets makes sure that nothing that a service must not tell is in the
// report: no key in any spelling, and no signature but as a marker.
func assertNoSecrets(t *testing.T, r *Report) {
	t.Helper()
	data, err := json.Marshal(r)
	require.NoError(t, err)
	text := plain(string(data))
	for name, secret := range map[string]string{"training key": canary, "account key": azurite.AccountKey} {
		assert.NotContains(t, text, secret, "the report shows the %s", name)
	}
	raw := regexp.MustCompile(`(?i)sig(=|%3D)[^⟦"]{3}.{0,40}`)
	assert.Empty(t, raw.FindString(text), "the report shows a signature")
}

// plain takes away the escapes of JSON, twice: a message in a report is JSON in JSON.
func plain(text string) string {
	escapes := strings.NewReplacer(
		`\\`,
		`\`,
		`\"`,
		`"`,
		`\/`,
		"/",
		`\u0026`,
		"&",
		`\u002B`,
		"+",
		`\u002b`,
		"+",
		`\u003D`,
		"=",
		`\u003d`,
		"=",
	)
	return escapes.Replace(escapes.Replace(text))
}
