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

// assertNoSecrets checks that the report contains no key in any encoding and no signature that is
// not redacted.
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

// plain removes two levels of JSON escapes: a message in a report is JSON inside JSON.
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
