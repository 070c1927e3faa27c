package azurite_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/azurite"
)

// Scripts that replace npm. The first one counts its calls in the cache folder.
const (
	npmInstalls = `echo call >> ../calls
mkdir -p node_modules/azurite/dist/src && echo > node_modules/azurite/dist/src/azurite.js`
	npmFails                     = `echo "npm error code EINTEGRITY" >&2; exit 1`
	npmSucceedsWithoutInstalling = `mkdir -p node_modules`
)

func TestInstallReportsMissingTools(t *testing.T) {
	for name, tools := range map[string]map[string]string{
		"no node":     {"npm": npmInstalls},
		"no npm":      {"node": "echo v20.1.0"},
		"old node":    {"npm": npmInstalls, "node": "echo v18.20.0"},
		"broken node": {"npm": npmInstalls, "node": "exit 1"},
	} {
		t.Run(name, func(t *testing.T) {
			fakeTools(t, tools)
			_, err := azurite.Install(t.Context(), t.TempDir(), nil)
			var missing *azurite.UnavailableError
			require.ErrorAs(t, err, &missing)
			assert.Equal(t, "Node.js 20 or newer with npm", missing.Remedy())
		})
	}
}

func TestProcessNeedsNodeAfterInstallation(t *testing.T) {
	fakeTools(t, map[string]string{"node": "echo v20.1.0", "npm": npmInstalls})
	cache := t.TempDir()
	_, err := azurite.Install(t.Context(), cache, nil)
	require.NoError(t, err)
	fakeTools(t, nil)
	_, err = azurite.Start(t.Context(), azurite.Options{Kind: azurite.Process, CacheDir: cache})
	var missing *azurite.UnavailableError
	require.ErrorAs(t, err, &missing)
}

func TestStartQuotesOutputOfExitedProcess(t *testing.T) {
	fakeTools(t, map[string]string{"node": "echo v20.1.0", "npm": npmInstalls})
	cache := t.TempDir()
	_, err := azurite.Install(t.Context(), cache, nil)
	require.NoError(t, err)
	fakeTools(t, map[string]string{"node": "echo 'Exit due to unhandled error'; exit 1"})
	_, err = azurite.Start(t.Context(), azurite.Options{Kind: azurite.Process, CacheDir: cache})
	require.ErrorContains(t, err, "Exit due to unhandled error\nexit status 1")
}

func TestInstallQuotesErrorOfNpm(t *testing.T) {
	fakeTools(t, map[string]string{"node": "echo v20.1.0", "npm": npmFails})
	cache := t.TempDir()
	_, err := azurite.Install(t.Context(), cache, nil)
	require.ErrorContains(t, err, "npm error code EINTEGRITY")
	requireOnlyLockFile(t, cache)
}

func TestInstallChecksResultOfNpm(t *testing.T) {
	fakeTools(t, map[string]string{"node": "echo v20.1.0", "npm": npmSucceedsWithoutInstalling})
	cache := t.TempDir()
	_, err := azurite.Install(t.Context(), cache, nil)
	require.ErrorContains(t, err, "npm ci succeeded but did not install Azurite")
	requireOnlyLockFile(t, cache)
}

func TestConcurrentInstallsRunNpmOnce(t *testing.T) {
	fakeTools(t, map[string]string{"node": "echo v20.1.0", "npm": npmInstalls})
	cache := t.TempDir()
	unfinished := filepath.Join(cache, "azurite-"+azurite.Version+"-"+azurite.LockDigest()[:12]+".unfinished-1")
	require.NoError(t, os.MkdirAll(filepath.Join(unfinished, "node_modules"), 0o755))
	var reported lockedLines
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			folder, err := azurite.Install(t.Context(), cache, reported.add)
			if assert.NoError(t, err) {
				assert.FileExists(t, filepath.Join(folder, "node_modules", "azurite", "dist", "src", "azurite.js"))
			}
		})
	}
	group.Wait()
	calls, err := os.ReadFile(filepath.Join(cache, "calls"))
	require.NoError(t, err)
	assert.Equal(t, "call\n", string(calls))
	assert.NoDirExists(t, unfinished, "the folder of a killed installation is deleted")
	require.Len(t, reported.lines, 2)
	assert.Contains(t, reported.lines[0], "installing Azurite "+azurite.Version+" into "+cache)
	assert.Equal(t, "installed Azurite "+azurite.Version, reported.lines[1])
}

func TestInstallStopsWhenContextEnds(t *testing.T) {
	fakeTools(t, map[string]string{"node": "echo v20.1.0", "npm": "exec sleep 600"})
	cache := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	_, err := azurite.Install(ctx, cache, func(string) { cancel() })
	require.ErrorIs(t, err, context.Canceled)
	requireOnlyLockFile(t, cache)
}

func TestUnavailableErrorNamesBothRemedies(t *testing.T) {
	err := &azurite.UnavailableError{Err: errors.Join(errors.New("no engine"), errors.New("no node"))}
	assert.EqualError(t, err,
		"Azurite is not available: install a Docker engine, or Node.js 20 or newer with npm (no engine; no node)")
}

// fakeTools replaces the programs in PATH with shell scripts. The scripts can use mkdir and sleep.
func fakeTools(t *testing.T, scripts map[string]string) {
	t.Helper()
	folder := t.TempDir()
	for _, tool := range []string{"mkdir", "sleep"} {
		require.NoError(t, os.Symlink(filepath.Join("/bin", tool), filepath.Join(folder, tool)))
	}
	for name, script := range scripts {
		content := "#!/bin/sh\n" + script + "\n"
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(content), 0o755))
	}
	t.Setenv("PATH", folder)
}

func requireOnlyLockFile(t *testing.T, cache string) {
	t.Helper()
	entries, err := os.ReadDir(cache)
	require.NoError(t, err)
	require.Len(t, entries, 1)
	assert.True(t, strings.HasSuffix(entries[0].Name(), ".lock"), entries[0].Name())
}

type lockedLines struct {
	mu    sync.Mutex
	lines []string
}

func (l *lockedLines) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, line)
}
