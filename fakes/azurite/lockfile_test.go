package azurite

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestLockFilePinsVersionWithoutRegistry(t *testing.T) {
	assert.NotContains(t, string(packageLock), `"resolved"`, "npm must use the registry that the user configured")
	assert.Regexp(t, `"azurite": "`+regexp.QuoteMeta(Version)+`"`, string(packageJSON))
	assert.Regexp(t, `"azurite": "`+regexp.QuoteMeta(Version)+`"`, string(packageLock))
}
