//go:build unix

package target

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// startTestExec starts a command and stops it after the test.
func startTestExec(t *testing.T, line string, env Environment) *Service {
	t.Helper()
	s, err := startExec(t.Context(), line, env)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Stop(context.WithoutCancel(t.Context())) })
	return s
}

// waitForEnd waits until s has ended by itself.
func waitForEnd(t *testing.T, s *Service) {
	t.Helper()
	select {
	case <-s.Done:
	case <-time.After(20 * time.Second):
		require.Fail(t, "the command did not end", s.Log())
	}
}

// readPIDs waits until the file has n lines and returns them as process ids.
func readPIDs(t *testing.T, file string, n int) (ids []int) {
	t.Helper()
	require.Eventually(t, func() bool {
		text, _ := os.ReadFile(file)
		fields := strings.Fields(string(text))
		ids = nil
		for _, f := range fields {
			id, err := strconv.Atoi(f)
			if err == nil {
				ids = append(ids, id)
			}
		}
		return len(ids) >= n
	}, 20*time.Second, 5*time.Millisecond)
	return ids
}

// assertEnded asserts that no process runs any more; a zombie does not run.
func assertEnded(t *testing.T, ids []int) {
	t.Helper()
	for _, id := range ids {
		assert.Eventually(t, func() bool { return !isRunning(id) }, 10*time.Second, 5*time.Millisecond, "process %d", id)
	}
}

func isRunning(id int) bool {
	if syscall.Kill(id, 0) != nil {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", id))
	return err != nil || !strings.Contains(string(stat), ") Z ")
}

func TestExecEnvironment(t *testing.T) {
	s := startTestExec(t, `sh -c 'echo "$PORT|$CUSTOMVISION_TRAINING_KEY|$AZURE_STORAGE_CONNECTION_STRING|$1 $HOME"' name`,
		Environment{TrainingKey: "the key", ConnectionString: "A=b;C=d", ExtraArgs: []string{"extra $HOME"}})
	waitForEnd(t, s)
	u, err := url.Parse(s.Endpoint)
	require.NoError(t, err)
	assert.True(t, net.ParseIP(u.Hostname()).IsLoopback())
	assert.Equal(t, u.Port()+"|the key|A=b;C=d|extra $HOME "+os.Getenv("HOME"), s.Log())
	assert.Equal(t, "the key", s.TrainingKey)
	assert.Equal(t, s.Endpoint, s.SeenEndpoint)
	require.NoError(t, s.Stop(t.Context()))
	require.NoError(t, s.Stop(t.Context()))
}

func TestLogReturnsTheLastLines(t *testing.T) {
	s := startTestExec(
		t,
		`sh -c 'i=0; while [ $i -lt 300 ]; do echo line $i; i=$((i+1)); done; echo no storage >&2; exit 3'`,
		Environment{},
	)
	waitForEnd(t, s)
	lines := strings.Split(s.Log(), "\n")
	assert.Len(t, lines, execLogLines)
	assert.Equal(t, "no storage", lines[len(lines)-1])
}

func TestEndedErrorQuotesStatusAndOutput(t *testing.T) {
	s := startTestExec(t, `sh -c 'echo out; echo no storage >&2; exit 3'`, Environment{})
	err := s.Await(t.Context(), ReadyOptions{HTTP: http.DefaultClient, Version: "v3.3", Limit: time.Minute})
	require.EqualError(
		t,
		err,
		"the service ended before it responded; its last output:\nout\nno storage\nand it ended with exit status 3",
	)
	assert.Equal(t, "out\nno storage\n", s.Output())
}

func TestEndedErrorWithoutOutput(t *testing.T) {
	s := startTestExec(t, `sh -c 'exit 7'`, Environment{})
	err := s.Await(t.Context(), ReadyOptions{HTTP: http.DefaultClient, Version: "v3.3", Limit: time.Minute})
	require.EqualError(t, err, "the service ended before it responded, with exit status 7")
}

// listeningVariable makes TestExecListens a server on that address.
const listeningVariable = "CVCONFORM_TEST_LISTENS"

func TestExecListens(t *testing.T) {
	address := os.Getenv(listeningVariable)
	if address == "" {
		t.Skip("runs only as the command of TestExecThatListensOnAnotherPort")
	}
	fmt.Println("listening")
	t.Fatal(http.ListenAndServe(address, nil))
}

func TestExecThatListensOnAnotherPort(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux shows the listeners of other processes")
	}
	address, err := freeAddress(t.Context())
	require.NoError(t, err)
	s := startTestExec(
		t,
		fmt.Sprintf(`sh -c 'env %s=%s "%s" -test.run=^TestExecListens\$; wait'`, listeningVariable, address, os.Args[0]),
		Environment{},
	)
	require.Eventually(t, func() bool {
		return strings.Contains(s.Log(), "listening") && strings.Contains(s.OtherListeners(), address)
	}, 20*time.Second, 20*time.Millisecond)
	err = s.Await(t.Context(), ReadyOptions{HTTP: http.DefaultClient, Version: "v3.3", Limit: 200 * time.Millisecond})
	u, parseErr := url.Parse(s.Endpoint)
	require.NoError(t, parseErr)
	require.ErrorContains(
		t,
		err,
		"connection refused; it was started with PORT="+u.Port()+", and listens on "+address+"; its last output:\nlistening",
	)
}

func TestExecThatDoesNotListen(t *testing.T) {
	s := startTestExec(t, `sleep 300`, Environment{})
	err := s.Await(t.Context(), ReadyOptions{HTTP: http.DefaultClient, Version: "v3.3", Limit: 200 * time.Millisecond})
	require.Regexp(t, `connection refused; it was started with PORT=\d+$`, err.Error())
}

func TestExecStartErrors(t *testing.T) {
	for line, want := range map[string]string{
		"no-such-program --flag":  `start "no-such-program": command not found`,
		"/no/such/program":        `start "/no/such/program": the file or its interpreter does not exist`,
		`server --name "unclosed`: "unclosed quote",
		"":                        "the command is empty",
		"server | tee log":        `"| tee log" is shell syntax`,
	} {
		_, err := startExec(t.Context(), line, Environment{})
		require.ErrorContains(t, err, want)
	}
}

func TestStopKillsTheProcessGroup(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pids")
	s := startTestExec(
		t,
		fmt.Sprintf(
			`sh -c 'trap "" TERM; sleep 300 & echo $! >>%[1]s; sh -c "sleep 300 & echo \$! >>%[1]s; wait" & echo $! >>%[1]s; echo $$ >>%[1]s; wait; wait'`,
			file,
		),
		Environment{},
	)
	ids := readPIDs(t, file, 4)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond) // shortens the grace period
	defer cancel()
	require.NoError(t, s.Stop(ctx))
	assertEnded(t, ids)
	<-s.Done
}

func TestStopTerminatesTheCommandFirst(t *testing.T) {
	s := startTestExec(
		t,
		`sh -c 'trap "echo goodbye; exit 0" TERM; echo ready; while :; do sleep 0.05; done'`,
		Environment{},
	)
	require.Eventually(t, func() bool { return s.Log() == "ready" }, 20*time.Second, 5*time.Millisecond)
	began := time.Now()
	require.NoError(t, s.Stop(t.Context()))
	assert.Less(t, time.Since(began), execGrace)
	assert.Contains(t, s.Log(), "goodbye")
}

func TestStopKillsChildrenThatOutliveTheCommand(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pids")
	s := startTestExec(t, fmt.Sprintf(`sh -c 'sleep 300 & echo $! >>%s; echo left'`, file), Environment{})
	waitForEnd(t, s) // although the child still has the output open
	assert.Equal(t, "left", s.Log())
	ids := readPIDs(t, file, 1)
	assert.True(t, isRunning(ids[0]))
	require.NoError(t, s.Stop(t.Context()))
	assertEnded(t, ids)
}

func TestStopKillsProcessesThatLeftTheGroup(t *testing.T) {
	if _, err := exec.LookPath("setsid"); err != nil {
		t.Skip("needs setsid (util-linux)")
	}
	for _, way := range []string{"setsid", "env -i setsid"} {
		file := filepath.Join(t.TempDir(), "pids")
		s := startTestExec(
			t,
			fmt.Sprintf(`sh -c '%s sh -c "echo \$\$ >>%s; exec sleep 300" & wait'`, way, file),
			Environment{},
		)
		ids := readPIDs(t, file, 1)
		require.NoError(t, s.Stop(t.Context()))
		assertEnded(t, ids)
	}
}

// harnessVariable makes TestExecHarness the harness that TestExecEndsWithAKilledHarness kills.
const harnessVariable = "CVCONFORM_TEST_HARNESS_PIDS"

func TestExecHarness(t *testing.T) {
	file := os.Getenv(harnessVariable)
	if file == "" {
		t.Skip("runs only as the harness of TestExecEndsWithAKilledHarness")
	}
	s, err := startExec(
		t.Context(),
		fmt.Sprintf(`sh -c 'trap "" TERM; sleep 300 & echo $! >>%[1]s; echo $$ >>%[1]s; wait'`, file),
		Environment{},
	)
	require.NoError(t, err)
	readPIDs(t, file, 2)
	fmt.Println("ready")
	<-s.Done
}

func TestExecEndsWithAKilledHarness(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pids")
	harness := exec.Command(os.Args[0], "-test.run=^TestExecHarness$")
	harness.Env = append(os.Environ(), harnessVariable+"="+file)
	output, err := harness.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, harness.Start())
	for lines := bufio.NewScanner(output); lines.Scan() && lines.Text() != "ready"; {
	}
	ids := readPIDs(t, file, 2)
	for _, id := range ids {
		require.True(t, isRunning(id))
	}
	require.NoError(t, harness.Process.Kill())
	_ = harness.Wait()
	assertEnded(t, ids)
}
