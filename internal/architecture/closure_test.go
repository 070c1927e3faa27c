package architecture_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// pure returns the packages whose results depend on their arguments alone: no package that they depend on, directly
// or not, may reach the network, start a process or decode images, and no package of this module among them may read
// the clock.
func pure() []string {
	return []string{"internal/evidence", "internal/evidence/redact", "internal/check", "steps/report"}
}

func TestPurePackagesDependOnNoNetworkAndNoImageCode(t *testing.T) {
	for _, p := range pure() {
		closure := dependencies(t, p)
		for _, impure := range []string{"net", "net/http", "crypto/tls", "os/exec", "image", "golang.org/x/image/draw"} {
			assert.False(t, slices.Contains(closure, impure), "%s depends on %s", p, impure)
		}
	}
}

func TestPurePackagesDependOnNoClock(t *testing.T) {
	all := sources(t)
	for _, p := range pure() {
		closure := dependencies(t, p)
		for _, s := range all {
			if s.test() || !slices.Contains(closure, module+"/"+s.folder) {
				continue
			}
			for _, clock := range clockFunctions() {
				assert.False(t, s.uses("time", clock), "%s depends on time.%s in %s/%s", p, clock, s.folder, s.name)
			}
		}
	}
}

// dependencies returns the import paths of all packages that a package of the module depends on, directly or not.
func dependencies(t *testing.T, folder string) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", module+"/"+folder).Output()
	require.NoError(t, err)
	return strings.Fields(string(out))
}
