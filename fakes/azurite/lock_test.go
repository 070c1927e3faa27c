package azurite

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestLockFileNamesNoRegistry(t *testing.T) {
	assert.NotContains(t, string(packageLock), `"resolved"`, "npm must ask the user's registry")
	assert.Regexp(t, `"azurite": "`+regexp.QuoteMeta(Version)+`"`, string(packageJSON))
	assert.Regexp(t, `"azurite": "`+regexp.QuoteMeta(Version)+`"`, string(packageLock))
}
