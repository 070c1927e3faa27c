package cli_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/cli"
	"github.com/cvconform/cvconform/internal/testkit"
)

// A stream keeps the text that is written to it, and calls onWrite with it.
type stream struct {
	mu      sync.Mutex
	text    bytes.Buffer
	onWrite func(string) // nil means none
}

func (s *stream) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.onWrite != nil {
		s.onWrite(string(b))
	}
	return s.text.Write(b)
}

func (s *stream) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

func runtime(stdout, stderr *stream, args ...string) cli.Runtime {
	return cli.Runtime{Args: args, Env: os.Getenv, Stdout: stdout, Stderr: stderr, Now: time.Now}
}

// An interrupted run cleans up, writes its reports with complete false, and exits 130.
func TestInterruptedRun(t *testing.T) {
	testkit.RequireNode(t)
	ctx, interrupt := context.WithCancel(t.Context())
	stderr := &stream{onWrite: func(line string) {
		if strings.Contains(line, "1 of ") {
			interrupt()
		}
	}}
	stdout := &stream{}
	path := filepath.Join(t.TempDir(), "report.json")
	evidence := filepath.Join(t.TempDir(), "evidence.zip")
	code := cli.Run(ctx, runtime(stdout, stderr,
		"run", "--storage", "process", "--parallel", "1", "--report", "json="+path, "--evidence", evidence))
	assert.Equal(t, cli.Interrupted, code, stderr.String())
	assert.Contains(t, stdout.String(), "The run was interrupted")
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Contains(t, string(content), `"complete": false`)
	assert.Contains(t, string(content), `"not-run"`)
	assert.Contains(t, stderr.String(), "evidence: incomplete, in the folder "+evidence+".partial")
	left, err := os.ReadFile(filepath.Join(evidence+".partial", "report.json"))
	require.NoError(t, err)
	assert.Equal(t, string(content), string(left))
}

// So does an interrupted self-test.
func TestInterruptedSelftest(t *testing.T) {
	testkit.RequireNode(t)
	ctx, interrupt := context.WithCancel(t.Context())
	stderr := &stream{onWrite: func(line string) {
		if strings.Contains(line, "1 of ") {
			interrupt()
		}
	}}
	stdout := &stream{}
	path := filepath.Join(t.TempDir(), "matrix.json")
	code := cli.Run(ctx, runtime(stdout, stderr,
		"selftest", "--storage", "process", "--parallel", "1", "--only", "CVSI-CREATE-*", "--report", "json="+path))
	assert.Equal(t, cli.Interrupted, code, stderr.String())
	assert.Contains(t, stdout.String(), "The self-test was interrupted")
	assert.Contains(t, stdout.String(), "verdict: incomplete")
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Contains(t, string(content), `"complete": false`)
	assert.Contains(t, string(content), `"not-run"`)
}

func TestInterruptedBeforeAnythingWasJudged(t *testing.T) {
	testkit.RequireNode(t)
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	stderr := &stream{}
	code := cli.Run(ctx, runtime(&stream{}, stderr, "run", "--storage", "process"))
	assert.Equal(t, cli.Interrupted, code)
	assert.Contains(t, stderr.String(), "interrupted before anything was judged")
}

// A terminal shows a progress bar, not a line for each situation.
func TestProgressBarOnATerminal(t *testing.T) {
	testkit.RequireNode(t)
	stderr := &stream{}
	w := runtime(&stream{}, stderr, "run", "--storage", "process", "--only", "CVSI-CREATE-01,CVSI-CREATE-05")
	w.Terminal = true
	require.Equal(t, cli.OK, cli.Run(t.Context(), w), stderr.String())
	assert.Contains(t, stderr.String(), "\r")
	assert.Contains(t, stderr.String(), "(1/2)")
	assert.NotContains(t, stderr.String(), "1 of 2  ")
}

// The commands that serve prints work when they are pasted into a shell.
func TestTutorialWorksInAShell(t *testing.T) {
	testkit.RequireNode(t)
	for _, tool := range []string{"sh", "curl", "grep", "cut"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("needs %s", tool)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ready := make(chan struct{})
	var once sync.Once
	stdout, stderr := &stream{onWrite: func(s string) {
		if strings.Contains(s, "Ctrl-C stops it") {
			once.Do(func() { close(ready) })
		}
	}}, &stream{}
	ended := make(chan int, 1)
	go func() {
		ended <- cli.Run(ctx, runtime(stdout, stderr, "serve", "--storage", "process", "--control", "127.0.0.1:0", "--tls"))
	}()
	select {
	case <-ready:
	case code := <-ended:
		t.Fatalf("serve ended with %d: %s", code, stderr)
	}
	_, commands, found := strings.Cut(stdout.String(), "for a shell with curl:\n")
	require.True(t, found)
	commands, _, _ = strings.Cut(commands, "Ctrl-C")
	out, err := exec.CommandContext(t.Context(), "sh", "-c", commands).CombinedOutput()
	require.NoError(t, err, string(out))
	for _, want := range []string{"ConnectionTest", "TrainingCompleted", "ExportCompleted", ".ONNX</Name>", "ExportFailed",
		`"operation":"PutMessage"`, "POST   /reset"} {
		assert.Contains(t, string(out), want)
	}
	stop()
	assert.Equal(t, cli.OK, <-ended, stderr.String())
}
