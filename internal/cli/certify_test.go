package cli

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestExecutableDigestIsThatOfTheCommandsProgram(t *testing.T) {
	path := filepath.Join(t.TempDir(), "service")
	require.NoError(t, os.WriteFile(path, []byte("abc"), 0o755))
	const want = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	assert.Equal(t, want, executableDigest("exec:"+path+" --port 80"))
	for _, target := range []string{"", "fake", "exec:", "exec:" + path + ".missing", "image:abc"} {
		assert.Empty(t, executableDigest(target), target)
	}
}
