package clients_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Both modules access storage with the same versions of the clients.
func TestStorageClientsHaveVersionsOfMainModule(t *testing.T) {
	assert.Equal(t, versions(t, filepath.Join("..", "..")), versions(t, "."))
}

func versions(t *testing.T, module string) string {
	const sdk = "github.com/Azure/azure-sdk-for-go/sdk/"
	c := exec.CommandContext(t.Context(), "go", "list", "-m", sdk+"azcore", sdk+"storage/azblob", sdk+"storage/azqueue/v2")
	c.Dir = module
	output, err := c.CombinedOutput()
	require.NoError(t, err, "%s", output)
	return string(output)
}

func TestLockFilePinsVersionWithoutRegistry(t *testing.T) {
	lock, err := os.ReadFile(filepath.Join("npm", "package-lock.json"))
	require.NoError(t, err)
	assert.NotContains(t, string(lock), `"resolved"`, "npm must use the registry that the user configured")
	assert.Contains(t, string(lock), `"@azure/cognitiveservices-customvision-training": "5.2.0"`)
}
