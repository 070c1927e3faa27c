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

// startedExec starts a command and stops it with the test.
func startedExec(t *testing.T, line string, env Environment) *Service {
	t.Helper()
	s, err := startExec(t.Context(), line, env)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Stop(context.WithoutCancel(t.Context())) })
	return s
}

// ended waits until s has ended by itself.
func ended(t *testing.T, s *Service) {
	t.Helper()
	select {
	case <-s.Done:
	case <-time.After(20 * time.Second):
		require.Fail(t, "the command did not end", s.Log())
	}
}

// pids waits until the file holds n lines and returns them as process ids.
func pids(t *testing.T, file string, n int) (ids []int) {
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

// gone asserts that none of the processes runs any longer; a zombie does not run.
func gone(t *testing.T, ids []int) {
	t.Helper()
	for _, id := range ids {
		assert.Eventually(t, func() bool { return !runs(id) }, 10*time.Second, 5*time.Millisecond, "process %d", id)
	}
}

func runs(id int) bool {
	if syscall.Kill(id, 0) != nil {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", id))
	return err != nil || !strings.Contains(string(stat), ") Z ")
}

func TestExecGivesTheEnvironment(t *testing.T) {
	s := startedExec(t, `sh -c 'echo "$PORT|$CUSTOMVISION_TRAINING_KEY|$AZURE_STORAGE_CONNECTION_STRING|$1 $HOME"' name`,
		Environment{TrainingKey: "the key", ConnectionString: "A=b;C=d", ExtraArgs: []string{"extra $HOME"}})
	ended(t, s)
	u, err := url.Parse(s.Endpoint)
	require.NoError(t, err)
	assert.True(t, net.ParseIP(u.Hostname()).IsLoopback())
	assert.Equal(t, u.Port()+"|the key|A=b;C=d|extra $HOME "+os.Getenv("HOME"), s.Log())
	assert.Equal(t, "the key", s.TrainingKey)
	assert.Equal(t, s.Endpoint, s.SeenEndpoint)
	require.NoError(t, s.Stop(t.Context()))
	require.NoError(t, s.Stop(t.Context()))
}

func TestExecThatEndsAtOnceLeavesItsLastLines(t *testing.T) {
	s := startedExec(
		t,
		`sh -c 'i=0; while [ $i -lt 300 ]; do echo line $i; i=$((i+1)); done; echo no storage >&2; exit 3'`,
		Environment{},
	)
	ended(t, s)
	lines := strings.Split(s.Log(), "\n")
	assert.Len(t, lines, execLogLines)
	assert.Equal(t, "no storage", lines[len(lines)-1])
}

func TestExecThatEndsSaysHow(t *testing.T) {
	s := startedExec(t, `sh -c 'echo out; echo no storage >&2; exit 3'`, Environment{})
	err := s.Await(t.Context(), ReadyOptions{HTTP: http.DefaultClient, Version: "v3.3", Limit: time.Minute})
	require.EqualError(
		t,
		err,
		"the service ended before it answered; its last output:\nout\nno storage\nand it ended with exit status 3",
	)
	assert.Equal(t, "out\nno storage\n", s.Output())
}

func TestExecThatEndsInSilenceSaysHow(t *testing.T) {
	s := startedExec(t, `sh -c 'exit 7'`, Environment{})
	err := s.Await(t.Context(), ReadyOptions{HTTP: http.DefaultClient, Version: "v3.3", Limit: time.Minute})
	require.EqualError(t, err, "the service ended before it answered, with exit status 7")
}

// listeningVariable makes TestExecListens a server at that address.
const listeningVariable = "CVCONFORM_TEST_LISTENS"

func TestExecListens(t *testing.T) {
	address := os.Getenv(listeningVariable)
	if address == "" {
		t.Skip("runs only as the command of TestExecThatListensElsewhere")
	}
	fmt.Println("listening")
	t.Fatal(http.ListenAndServe(address, nil))
}

func TestExecThatListensElsewhere(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux shows what others listen on")
	}
	address, err := freeAddress(t.Context())
	require.NoError(t, err)
	s := startedExec(
		t,
		fmt.Sprintf(`sh -c 'env %s=%s "%s" -test.run=^TestExecListens\$; wait'`, listeningVariable, address, os.Args[0]),
		Environment{},
	)
	require.Eventually(t, func() bool {
		return strings.Contains(s.Log(), "listening") && strings.Contains(s.OtherListeners(), address)
	}, 20*time.Second, 20*time.Millisecond)
	err = s.Await(t.Context(), ReadyOptions{HTTP: http.DefaultClient, Version: "v3.3", Limit: 200 * time.Millisecond})
	u, wrong := url.Parse(s.Endpoint)
	require.NoError(t, wrong)
	require.ErrorContains(
		t,
		err,
		"connection refused; it was told PORT="+u.Port()+", and listens on "+address+"; its last output:\nlistening",
	)
}

func TestExecThatListensNowhere(t *testing.T) {
	s := startedExec(t, `sleep 300`, Environment{})
	err := s.Await(t.Context(), ReadyOptions{HTTP: http.DefaultClient, Version: "v3.3", Limit: 200 * time.Millisecond})
	require.Regexp(t, `connection refused; it was told PORT=\d+$`, err.Error())
}

func TestExecThatCannotStartSaysWhy(t *testing.T) {
	for line, want := range map[string]string{
		"no-such-program --flag":  `start "no-such-program": command not found`,
		"/no/such/program":        `start "/no/such/program": there is no such file`,
		`server --name "unclosed`: "unclosed quote",
		"":                        "the command is empty",
		"server | tee log":        `"| tee log" has no meaning here`,
	} {
		_, err := startExec(t.Context(), line, Environment{})
		require.ErrorContains(t, err, want)
	}
}

func TestExecStopEndsTheWholeGroup(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pids")
	s := startedExec(
		t,
		fmt.Sprintf(
			`sh -c 'trap "" TERM; sleep 300 & echo $! >>%[1]s; sh -c "sleep 300 & echo \$! >>%[1]s; wait" & echo $! >>%[1]s; echo $$ >>%[1]s; wait; wait'`,
			file,
		),
		Environment{},
	)
	ids := pids(t, file, 4)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond) // shortens the grace of one that will not listen
	defer cancel()
	require.NoError(t, s.Stop(ctx))
	gone(t, ids)
	<-s.Done
}

func TestExecStopLetsTheCommandEndByItself(t *testing.T) {
	s := startedExec(
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

func TestExecChildrenThatOutliveTheCommandEndWithStop(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pids")
	s := startedExec(t, fmt.Sprintf(`sh -c 'sleep 300 & echo $! >>%s; echo left'`, file), Environment{})
	ended(t, s) // though the child still has the output
	assert.Equal(t, "left", s.Log())
	ids := pids(t, file, 1)
	assert.True(t, runs(ids[0]))
	require.NoError(t, s.Stop(t.Context()))
	gone(t, ids)
}

func TestExecStopFindsThoseWhoLeftTheGroup(t *testing.T) {
	if _, err := exec.LookPath("setsid"); err != nil {
		t.Skip("needs setsid, of util-linux")
	}
	for _, way := range []string{"setsid", "env -i setsid"} {
		file := filepath.Join(t.TempDir(), "pids")
		s := startedExec(t, fmt.Sprintf(`sh -c '%s sh -c "echo \$\$ >>%s; exec sleep 300" & wait'`, way, file), Environment{})
		ids := pids(t, file, 1)
		require.NoError(t, s.Stop(t.Context()))
		gone(t, ids)
	}
}

// harnessVariable makes TestExecHarness the harness that is to be killed.
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
	pids(t, file, 2)
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
	ids := pids(t, file, 2)
	for _, id := range ids {
		require.True(t, runs(id))
	}
	require.NoError(t, harness.Process.Kill())
	_ = harness.Wait()
	gone(t, ids)
}
