//go:build unix

package main

import (
	"bytes"
	"crypto/x509"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/azurite"
	"github.com/cvconform/cvconform/internal/testkit"
)

// served is a running serve command with storage that does not respond.
type served struct {
	*exec.Cmd
	stderr            bytes.Buffer
	ended             chan error
	endpoint, control string
}

// startServe starts the command, and returns when it is ready.
func startServe(t *testing.T) *served {
	testkit.Integration(t)
	own, err := os.Executable()
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "env")
	s := &served{Cmd: exec.Command(own), ended: make(chan error, 1)}
	s.Args = []string{"cvconform", "serve", "--storage", "external", "--control", "127.0.0.1:0", "--env-file", file}
	account := "http://127.0.0.1:1/" + azurite.AccountName
	t.Setenv("AZURE_STORAGE_CONNECTION_STRING", "AccountName="+azurite.AccountName+";AccountKey="+azurite.AccountKey+
		";BlobEndpoint="+account+";QueueEndpoint="+account)
	t.Setenv("CUSTOMVISION_TRAINING_KEY", "key")
	s.Stderr = &s.stderr
	require.NoError(t, s.Start())
	go func() { s.ended <- s.Wait() }()
	t.Cleanup(func() { _ = s.Process.Kill() })
	var content []byte
	until(t, func() bool {
		content, err = os.ReadFile(file)
		return err == nil
	})
	variables := map[string]string{}
	for line := range strings.Lines(string(content)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		variables[name] = value
	}
	s.endpoint, s.control = variables["CUSTOMVISION_ENDPOINT"], variables["CUSTOMVISION_CONTROL_ENDPOINT"]
	return s
}

// sendSlowRequest sends a request that the fake delays for an hour.
func (s *served) sendSlowRequest(t *testing.T) {
	var response bytes.Buffer
	_, err := sendRequest("POST", s.control+"/faults", `{"at":"api","delay":"1h"}`, &response)
	require.NoError(t, err)
	go func() {
		_, _ = sendRequest("GET", s.endpoint+"/customvision/v3.3/Training/domains", "", &bytes.Buffer{})
	}()
	until(t, func() bool {
		response.Reset()
		_, err := sendRequest("GET", s.control+"/faults", "", &response)
		return err == nil && strings.Contains(response.String(), `"fired":1`)
	})
}

// After the first signal the command completes the requests in progress. A second signal
// ends it, but only if it comes at least a second later.
func TestSecondSignalEndsAtOnce(t *testing.T) {
	s := startServe(t)
	s.sendSlowRequest(t)
	first := time.Now()
	require.NoError(t, s.Process.Signal(os.Interrupt))
	until(t, func() bool { return s.Process.Signal(syscall.SIGTERM) != nil || len(s.ended) > 0 })
	assert.GreaterOrEqual(t, time.Since(first), time.Second)
	assert.Equal(t, 130, s.ProcessState.ExitCode(), "%s", &s.stderr)
	assert.Contains(t, s.stderr.String(), "ended at once")
}

// On a machine without CA certificates, such as the container image, the program uses
// its own.
func TestProgramHasFallbackCertificates(t *testing.T) {
	assert.Panics(t, func() { x509.SetFallbackRoots(x509.NewCertPool()) }, "the roots are set already")
}
