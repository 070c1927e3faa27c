package clients_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	// startTimeout bounds the start of the service, which may install Azurite.
	startTimeout = 5 * time.Minute
	// waitTimeout bounds every other wait.
	waitTimeout = time.Minute
	// pollInterval is the interval between two polls.
	pollInterval = 20 * time.Millisecond
)

// service is the service in the env file of `cvconform serve`.
type service struct {
	access
	connection string // the connection string of its storage
}

// command is a process.
type command struct {
	*exec.Cmd
	exited chan struct{}
	output bytes.Buffer // to be read after exited is closed
}

// serve builds cvconform and starts its service. At the end of the test it interrupts the service and checks that the
// service cleans up.
func serve(t *testing.T) service {
	if runtime.GOOS == "windows" {
		t.Skip("needs signals: the service is stopped by an interrupt")
	}
	file := filepath.Join(t.TempDir(), "env")
	c := start(t, build(t), "serve", "--env-file", file, "--listen", "127.0.0.1:0", "--storage", "auto")
	t.Cleanup(func() {
		c.interrupt(t)
		assert.NoFileExists(t, file)
	})
	c.waitForFile(t, file)
	return readEnv(t, file)
}

// build builds the command in the enclosing module.
func build(t *testing.T) string {
	binary := filepath.Join(t.TempDir(), "cvconform")
	c := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "github.com/cvconform/cvconform/cmd/cvconform")
	c.Dir = filepath.Join("..", "..")
	output, err := c.CombinedOutput()
	require.NoError(t, err, "build cvconform: %s", output)
	return binary
}

func start(t *testing.T, name string, args ...string) *command {
	c := &command{Cmd: exec.Command(name, args...), exited: make(chan struct{})}
	c.Stdout, c.Stderr = &c.output, &c.output
	require.NoError(t, c.Start())
	go func() {
		defer close(c.exited)
		_ = c.Wait() // interrupt checks the exit code
	}()
	return c
}

// waitForFile waits until the file exists. It fails the test if the process exits earlier.
func (c *command) waitForFile(t *testing.T, file string) {
	tick, limit := time.NewTicker(pollInterval), time.After(startTimeout)
	defer tick.Stop()
	for {
		if _, err := os.Stat(file); err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-c.exited:
			require.FailNow(t, "cvconform serve exited before it was ready", "%s\n%s", c.ProcessState, &c.output)
		case <-limit:
			require.FailNow(t, "cvconform serve is not ready", "waited %s", startTimeout)
		}
	}
}

func (c *command) interrupt(t *testing.T) {
	_ = c.Process.Signal(os.Interrupt) // fails if the process has exited, whose exit code is checked below
	select {
	case <-c.exited:
	case <-time.After(waitTimeout):
		t.Errorf("cvconform serve did not exit within %s after an interrupt", waitTimeout)
		require.NoError(t, c.Process.Kill())
		<-c.exited
	}
	assert.Zero(t, c.ProcessState.ExitCode(), "cvconform serve: %s\n%s", c.ProcessState, &c.output)
}

// readEnv parses a file with lines of the form NAME=VALUE.
func readEnv(t *testing.T, file string) service {
	content, err := os.ReadFile(file)
	require.NoError(t, err)
	values := map[string]string{}
	for line := range strings.Lines(string(content)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		values[name] = value
	}
	return service{
		access:     access{values["CUSTOMVISION_ENDPOINT"], values["CUSTOMVISION_TRAINING_KEY"]},
		connection: values["AZURE_STORAGE_CONNECTION_STRING"],
	}
}

// waitUntil polls done until it returns true.
func waitUntil(t *testing.T, event string, done func() bool) {
	t.Helper()
	tick, limit := time.NewTicker(pollInterval), time.After(waitTimeout)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-limit:
			require.FailNow(t, "waited "+waitTimeout.String()+" for "+event)
		}
	}
}
