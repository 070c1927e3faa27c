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
	// readyTime bounds the start of the service, which may have to install Azurite.
	readyTime = 5 * time.Minute
	// patience bounds everything else that is waited for.
	patience = time.Minute
	// pause is how often it is looked whether that is there.
	pause = 20 * time.Millisecond
)

// A service is what the env file of `cvconform serve` says of it.
type service struct {
	access
	connection string // the connection string of its storage
}

// A command is a process that was started.
type command struct {
	*exec.Cmd
	ended  chan struct{}
	output bytes.Buffer // to be read once it has ended
}

// serve builds cvconform and starts its service. The end of the test interrupts
// it, which has to leave nothing behind.
func serve(t *testing.T) service {
	if runtime.GOOS == "windows" {
		t.Skip("needs signals: the service is ended by an interrupt")
	}
	file := filepath.Join(t.TempDir(), "env")
	c := start(t, build(t), "serve", "--env-file", file, "--listen", "127.0.0.1:0", "--storage", "auto")
	t.Cleanup(func() {
		c.interrupt(t)
		assert.NoFileExists(t, file)
	})
	c.awaitFile(t, file)
	return readEnv(t, file)
}

// build makes the command from the module that this one is nested in.
func build(t *testing.T) string {
	binary := filepath.Join(t.TempDir(), "cvconform")
	c := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "github.com/cvconform/cvconform/cmd/cvconform")
	c.Dir = filepath.Join("..", "..")
	output, err := c.CombinedOutput()
	require.NoError(t, err, "build cvconform: %s", output)
	return binary
}

func start(t *testing.T, name string, args ...string) *command {
	c := &command{Cmd: exec.Command(name, args...), ended: make(chan struct{})}
	c.Stdout, c.Stderr = &c.output, &c.output
	require.NoError(t, c.Start())
	go func() {
		defer close(c.ended)
		_ = c.Wait() // the exit code says it all
	}()
	return c
}

// awaitFile returns once the file is there; a process that ends before has failed.
func (c *command) awaitFile(t *testing.T, file string) {
	tick, limit := time.NewTicker(pause), time.After(readyTime)
	defer tick.Stop()
	for {
		if _, err := os.Stat(file); err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-c.ended:
			require.FailNow(t, "cvconform serve ended before it was ready", "%s\n%s", c.ProcessState, &c.output)
		case <-limit:
			require.FailNow(t, "cvconform serve is not ready", "waited %s", readyTime)
		}
	}
}

func (c *command) interrupt(t *testing.T) {
	_ = c.Process.Signal(os.Interrupt) // one that has ended already is judged by its exit code
	select {
	case <-c.ended:
	case <-time.After(patience):
		t.Errorf("an interrupt did not end cvconform serve in %s", patience)
		require.NoError(t, c.Process.Kill())
		<-c.ended
	}
	assert.Zero(t, c.ProcessState.ExitCode(), "cvconform serve: %s\n%s", c.ProcessState, &c.output)
}

// readEnv reads lines of KEY=VALUE.
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

// until asks again and again until done says that it is over.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	tick, limit := time.NewTicker(pause), time.After(patience)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-limit:
			require.FailNow(t, "waited "+patience.String()+" for "+what)
		}
	}
}
