package azuritetls

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/azurite"
	"github.com/cvconform/cvconform/internal/testkit"
)

// The account of [StartOrdinary]. It is not the one that every Azurite serves by default.
const (
	OrdinaryName = "ordinary"
	OrdinaryKey  = "b3JkaW5hcnkgYWNjb3VudCBrZXk="
)

// An Ordinary is an Azurite as other people start it: with its check of API versions, over TLS, and with an account of
// its own.
type Ordinary struct {
	ConnectionString string
	CAFile           string // the certificate authority, in PEM
}

// StartOrdinary starts an Azurite as other people do. It is stopped when the test ends. If there is no Node.js, the
// test is skipped.
func StartOrdinary(t *testing.T, now time.Time) Ordinary {
	t.Helper()
	testkit.RequireNode(t)
	installation, err := azurite.Install(t.Context(), "", nil)
	require.NoError(t, err)
	certificate, authority := withCertificate(t, now)
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	node := exec.CommandContext(ctx, "node", filepath.Join(installation, "node_modules/azurite/dist/src/azurite.js"),
		"--disableTelemetry", "--silent", "--location", t.TempDir(), "--blobPort", "0", "--queuePort", "0",
		"--tablePort", "0", "--cert", certificate.CertificateFile, "--key", certificate.KeyFile)
	node.Env = append(os.Environ(), "AZURITE_ACCOUNTS="+OrdinaryName+":"+OrdinaryKey)
	output, err := node.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, node.Start())
	t.Cleanup(func() {
		stop()
		_ = node.Wait() // it was killed
	})
	listening := regexp.MustCompile(`^Azurite (Blob|Queue) service is successfully listening at (\S+)$`)
	roots := map[string]string{}
	for lines := bufio.NewScanner(output); len(roots) < 2 && lines.Scan(); {
		if m := listening.FindStringSubmatch(lines.Text()); m != nil {
			roots[m[1]] = m[2]
		}
	}
	require.Len(t, roots, 2, "Azurite ended before it listened")
	return Ordinary{CAFile: authority, ConnectionString: fmt.Sprintf("DefaultEndpointsProtocol=https;"+
		"AccountName=%[1]s;AccountKey=%[2]s;BlobEndpoint=%[3]s/%[1]s;QueueEndpoint=%[4]s/%[1]s;",
		OrdinaryName, OrdinaryKey, roots["Blob"], roots["Queue"])}
}
