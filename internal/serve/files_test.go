package serve_test

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/tlscert"
	"github.com/cvconform/cvconform/internal/trainingapi/dataset"
)

// The ids of the project and the iteration in the file of writeSeed.
const (
	seededProject   = "ee94abdc-74a5-54b7-a45b-caad42a83892"
	seededIteration = "a38ac51e-faf6-5b64-897b-187c587a0f21"
)

// writeSeed writes a seed file and its images to a folder.
func writeSeed(t *testing.T) (folder string) {
	folder = t.TempDir()
	content := "projects:\n  - name: seeded\n    domain: General (compact)\n" +
		"    iterations: [{name: first, exports: [ONNX]}]\n    tags:\n"
	for tag := range dataset.Tags {
		images, err := dataset.Images(tag)
		require.NoError(t, err)
		name := fmt.Sprintf("tag%d", tag)
		content += fmt.Sprintf("      - {name: %s, images: %s}\n", name, name)
		require.NoError(t, os.Mkdir(filepath.Join(folder, name), 0o755))
		for n, p := range images {
			require.NoError(t, os.WriteFile(filepath.Join(folder, name, fmt.Sprintf("%d.jpg", n)), p.Bytes, 0o644))
		}
	}
	require.NoError(t, os.WriteFile(filepath.Join(folder, "seed.yaml"), []byte(content), 0o644))
	return folder
}

// writeCertificate writes a certificate for mine.test, and its key.
func writeCertificate(t *testing.T, folder string) (certificateFile, keyFile string, roots *x509.CertPool) {
	pair, err := tlscert.New(time.Now(), "mine.test")
	require.NoError(t, err)
	roots = x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(pair.Authority))
	key, err := x509.MarshalPKCS8PrivateKey(pair.Server.PrivateKey)
	require.NoError(t, err)
	for name, block := range map[string]*pem.Block{
		"cert.pem": {Type: "CERTIFICATE", Bytes: pair.Server.Certificate[0]}, "key.pem": {Type: "PRIVATE KEY", Bytes: key},
	} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), pem.EncodeToMemory(block), 0o600))
	}
	return filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem"), roots
}
