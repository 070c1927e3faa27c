package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/azurite"
	"github.com/cvconform/cvconform/internal/testkit"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"cvconform": main, "fetch": fetch})
}

// TestScripts runs the command as its users do. The scripts get the connection string of
// an Azurite, and the addresses of faulty services, as environment variables.
func TestScripts(t *testing.T) {
	testkit.RequireNode(t)
	storage, err := azurite.Start(
		t.Context(),
		azurite.Options{Kind: azurite.Process, Progress: func(s string) { t.Log(s) }},
	)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, storage.Stop(context.WithoutCancel(t.Context()))) })
	variables := map[string]string{
		"AZURE_STORAGE_CONNECTION_STRING": storage.ConnectionString(),
		"BUSY":                            busyAddress(t),
		"BROKEN":                          serve(t, http.StatusInternalServerError, ""),
		"JUNK":                            serveRaw(t, "SSH-2.0-Open\r\n\r\n"),
		"UNASKED": serveRaw(t,
			"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]and more"),
		"HTML":                    serve(t, http.StatusOK, "<html><body>Welcome</body></html>"),
		"FICKLE":                  flakyStorage(t),
		"PROXY":                   startProxy(t),
		"FREE":                    freePort(t),
		"CVCONFORM_BUDGET":        "absence=250ms", // the fake of the scripts has no late effects
		"REFUSING":                serve(t, http.StatusUnauthorized, ""),
		"ECHOING":                 serveEcho(t),
		"CVCONFORM_AZURITE_IMAGE": os.Getenv("CVCONFORM_AZURITE_IMAGE"),
	}
	runScripts(t, "testdata", variables)
}

// runScripts runs the scripts of a folder with further environment variables.
func runScripts(t *testing.T, folder string, variables map[string]string) {
	t.Helper()
	cache, err := os.UserCacheDir()
	require.NoError(t, err)
	testscript.Run(t, testscript.Params{
		Dir:                 folder,
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			own, err := os.Executable()
			if err != nil {
				return err
			}
			e.Setenv("CVCONFORM", own)
			e.Setenv("XDG_CACHE_HOME", cache)
			e.Setenv("CI", "true")
			for name, value := range variables {
				e.Setenv(name, value)
			}
			return writeKeys(e.WorkDir)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "appears": appears, "gone": disappears, "source": source, "capture": capture,
			"images": writeImages, "corrupt": corrupt, "contains": contains, "lacks": lacks,
		},
	})
}

// exits runs a command and checks its exit code: exits 3 cvconform run.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := errors.AsType[*exec.ExitError](err)
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// appears waits until a file exists and is not empty, or until a folder exists, or until
// a file contains a match: appears FILE [REGEXP].
func appears(ts *testscript.TestScript, neg bool, args []string) {
	wait(ts, args[0], func(file os.FileInfo, err error) bool {
		found := err == nil && (file.IsDir() || file.Size() > 0)
		if found && len(args) > 1 {
			content, err := os.ReadFile(ts.MkAbs(args[0]))
			found = err == nil && regexp.MustCompile(args[1]).Match(content)
		}
		return found != neg
	})
}

// disappears waits until a file does not exist: gone FILE.
func disappears(ts *testscript.TestScript, neg bool, args []string) {
	wait(ts, args[0], func(_ os.FileInfo, err error) bool { return (err != nil) != neg })
}

// wait waits, for a minute at most, until the condition holds for the file.
func wait(ts *testscript.TestScript, file string, holds func(os.FileInfo, error) bool) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(time.Minute)
	for {
		if holds(os.Stat(ts.MkAbs(file))) {
			return
		}
		select {
		case <-tick.C:
		case <-limit:
			ts.Fatalf("waited a minute for %s", file)
		}
	}
}

// busyAddress returns an address that is in use.
func busyAddress(t *testing.T) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	return listener.Addr().String()
}

// serve returns the URL of a server that sends the same response to every request.
func serve(t *testing.T, status int, body string) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// serveEcho returns the URL of a server whose responses contain the key of the request
// and a sequence that colours a terminal.
func serveEcho(t *testing.T) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusInternalServerError)
		fmt.Fprintf(w, "\x1b[31m the key is %s", r.Header.Get("Training-Key"))
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// flakyStorage returns the connection string of storage that lists its queues and
// containers and refuses every other request.
func flakyStorage(t *testing.T) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			w.WriteHeader(http.StatusInsufficientStorage)
			return
		}
		w.Header().Set("Content-Type", "application/xml")
		fmt.Fprint(w, `<?xml version="1.0"?><EnumerationResults><Containers/><Queues/></EnumerationResults>`)
	}))
	t.Cleanup(s.Close)
	endpoint := s.URL + "/" + azurite.AccountName
	return strings.Join(
		[]string{"DefaultEndpointsProtocol=http", "AccountName=" + azurite.AccountName, "AccountKey=" + azurite.AccountKey,
			"BlobEndpoint=" + endpoint, "QueueEndpoint=" + endpoint},
		";",
	)
}

// The first line of every script is a sentence about its subject.
func TestScriptsHaveATitle(t *testing.T) {
	scripts, err := filepath.Glob("testdata/*.txtar")
	require.NoError(t, err)
	nested, err := filepath.Glob("testdata/*/*.txtar")
	require.NoError(t, err)
	require.NotEmpty(t, scripts)
	require.NotEmpty(t, nested)
	for _, s := range append(scripts, nested...) {
		content, err := os.ReadFile(s)
		require.NoError(t, err)
		require.Regexp(t, `^# [A-Z]`, string(content), s)
	}
}
