package steps

import (
	"context"
	"crypto/tls"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision"
	"github.com/cvconform/cvconform/internal/evidence/bundle"
	"github.com/cvconform/cvconform/internal/testkit"
	"github.com/cvconform/cvconform/internal/tlscert"
)

// Behind TLS, with a private certificate authority, the fake gets the same verdicts as in this process. Without the
// gateway it gets them too, except that checks of unobserved events are inconclusive.
func TestServiceBehindTLSHasTheVerdictsOfTheFake(t *testing.T) {
	t.Parallel()
	certificate, err := tlscert.New(time.Now(), "127.0.0.1")
	require.NoError(t, err)
	authority := filepath.Join(t.TempDir(), "ca.pem")
	require.NoError(t, os.WriteFile(authority, certificate.Authority, 0o600))
	fake := customvision.New(options(t))
	t.Cleanup(func() { _ = fake.Close(context.Background()) })
	server := httptest.NewUnstartedServer(fake)
	server.EnableHTTP2 = true
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate.Server}}
	server.StartTLS()
	t.Cleanup(server.Close)
	c := defaultBudgets(configFor(t, server.URL))
	c.CAFile = authority
	want := defaultBudgets(shortBudgets(t))
	want.TrainingKey = ""
	inProcess := runJudged(t, want)
	assert.Equal(t, verdicts(inProcess), verdicts(runAndVerify(t, c)))
	assertEqualOrInconclusive(t, inProcess, runAndVerify(t, withoutGateway(c)))
}

// The output of a container is part of the evidence.
func TestOutputOfAContainerIsEvidence(t *testing.T) {
	testkit.RequireDocker(t)
	c := Config{
		Target:       "container",
		Storage:      "container",
		AzuriteImage: os.Getenv("CVCONFORM_AZURITE_IMAGE"),
		Only:         []string{"CVSI-CREATE-01"},
		Evidence:     filepath.Join(t.TempDir(), "e.zip"),
	}
	runJudged(t, c)
	b := openVerified(t, c.Evidence)
	text, err := b.Read(bundle.OutputFile)
	require.NoError(t, err)
	assert.Contains(t, string(text), "endpoint      http://")
	assert.Contains(t, string(text), "⟦training-key:1⟧")
	assert.NotContains(t, string(text), "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq")
}
