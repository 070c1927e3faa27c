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

// The ids of what writeSeed makes.
const (
	seededProject   = "ee94abdc-74a5-54b7-a45b-caad42a83892"
	seededIteration = "a38ac51e-faf6-5b64-897b-187c587a0f21"
)

// writeSeed writes a seed file, and its pictures, to a folder.
func writeSeed(t *testing.T) (folder string) {
	folder = t.TempDir()
	content := "projects:\n  - name: seeded\n    domain: General (compact)\n    iterations: [{name: first, exports: [ONNX]}]\n    tags:\n"
	for tag := range dataset.Tags {
		pictures, err := dataset.Images(tag)
		require.NoError(t, err)
		name := fmt.Sprintf("tag%d", tag)
		content += fmt.Sprintf("      - {name: %s, images: %s}\n", name, name)
		require.NoError(t, os.Mkdir(filepath.Join(folder, name), 0o755))
		for n, p := range pictures {
			require.NoError(t, os.WriteFile(filepath.Join(folder, name, fmt.Sprintf("%d.jpg", n)), p.Bytes, 0o644))
		}
	}
	require.NoError(t, os.WriteFile(filepath.Join(folder, "seed.yaml"), []byte(content), 0o644))
	return folder
}

// writeCertificate writes a certificate for mine.test, and its key.
func writeCertificate(t *testing.T, folder string) (certificateFile, keyFile string, roots *x509.CertPool) {
	made, err := tlscert.New(time.Now(), "mine.test")
	require.NoError(t, err)
	roots = x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(made.Authority))
	key, err := x509.MarshalPKCS8PrivateKey(made.Server.PrivateKey)
	require.NoError(t, err)
	for name, block := range map[string]*pem.Block{
		"cert.pem": {Type: "CERTIFICATE", Bytes: made.Server.Certificate[0]}, "key.pem": {Type: "PRIVATE KEY", Bytes: key},
	} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), pem.EncodeToMemory(block), 0o600))
	}
	return filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem"), roots
}
