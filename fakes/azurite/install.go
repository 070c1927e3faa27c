package azurite

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"
)

var (
	//go:embed npm/package.json
	packageJSON []byte
	//go:embed npm/package-lock.json
	packageLock []byte
	//go:embed npm/guard.js
	guardJS []byte
)

// minNode is the oldest Node.js that Azurite was seen to run on.
const minNode = 20

// LockDigest names the pinned set of packages: the SHA-256 of the lock file, in hexadecimal.
func LockDigest() string {
	sum := sha256.Sum256(packageLock)
	return hex.EncodeToString(sum[:])
}

// Install returns the folder whose node_modules holds Azurite, and installs it there with npm on first use. cacheDir and
// progress are as in [Options]. It is atomic: a folder under the final name is complete, and of several processes one
// installs and the others wait. The error is an [*UnavailableError] if it must install and Node.js or npm is missing.
func Install(ctx context.Context, cacheDir string, progress func(line string)) (string, error) {
	o := Options{CacheDir: cacheDir, Progress: progress}
	cache, err := o.cacheDir()
	if err != nil {
		return "", err
	}
	folder := filepath.Join(cache, "azurite-"+Version+"-"+LockDigest()[:12])
	if installed(folder) {
		return folder, nil
	}
	if err := findNode(); err != nil {
		return "", &UnavailableError{Kind: Process, Err: err}
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", fmt.Errorf("make the cache folder: %w", err)
	}
	unlock, err := lock(ctx, folder+".lock")
	if err != nil {
		return "", err
	}
	defer unlock()
	if installed(folder) {
		return folder, nil
	}
	return folder, o.install(ctx, folder)
}

// install builds the folder under another name and renames it. The caller holds the lock.
func (o Options) install(ctx context.Context, folder string) error {
	if err := removeUnfinished(folder); err != nil {
		return err
	}
	o.progress("installing Azurite %s into %s (first use, about a minute)", Version, folder)
	unfinished, err := os.MkdirTemp(filepath.Dir(folder), filepath.Base(folder)+".unfinished-*")
	if err != nil {
		return fmt.Errorf("make the folder for Azurite: %w", err)
	}
	defer os.RemoveAll(unfinished)
	if err := npmInstall(ctx, unfinished); err != nil {
		return fmt.Errorf("install Azurite %s: %w", Version, err)
	}
	if err := os.Rename(unfinished, folder); err != nil {
		return fmt.Errorf("install Azurite %s: %w", Version, err)
	}
	o.progress("installed Azurite %s", Version)
	return nil
}

func npmInstall(ctx context.Context, folder string) error {
	manifest := os.WriteFile(filepath.Join(folder, "package.json"), packageJSON, 0o644)
	locked := os.WriteFile(filepath.Join(folder, "package-lock.json"), packageLock, 0o644)
	if err := errors.Join(manifest, locked); err != nil {
		return err
	}
	npm := exec.CommandContext(
		ctx,
		"npm",
		"ci",
		"--omit=dev",
		"--ignore-scripts",
		"--no-audit",
		"--no-fund",
		"--loglevel=error",
	)
	npm.Dir = folder
	npm.WaitDelay = stopGracePeriod
	output, err := npm.CombinedOutput()
	if err != nil {
		return fmt.Errorf("npm ci: %w\n%s", errors.Join(err, ctx.Err()), bytes.TrimSpace(output))
	}
	if !installed(folder) {
		return errors.New("npm ci left no Azurite in its folder")
	}
	return nil
}

func (o Options) cacheDir() (string, error) {
	if o.CacheDir != "" {
		return filepath.Abs(o.CacheDir)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("find the cache folder: %w", err)
	}
	return filepath.Join(cache, "cvconform"), nil
}

func entry(folder string) string {
	return filepath.Join(folder, "node_modules", "azurite", "dist", "src", "azurite.js")
}

func installed(folder string) bool {
	info, err := os.Stat(entry(folder))
	return err == nil && info.Mode().IsRegular()
}

// removeUnfinished removes what installations that were killed left. The caller holds the lock, so none is under way.
func removeUnfinished(folder string) error {
	leftovers, err := filepath.Glob(folder + ".unfinished-*")
	if err != nil {
		return err
	}
	for _, leftover := range leftovers {
		if err := os.RemoveAll(leftover); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove an unfinished installation: %w", err)
		}
	}
	return nil
}

// lock waits for the lock file, which the system releases when its holder dies, until ctx ends.
func lock(ctx context.Context, path string) (unlock func(), err error) {
	type result struct {
		unlock func()
		err    error
	}
	locked := make(chan result, 1)
	go func() {
		unlock, err := lockedfile.MutexAt(path).Lock()
		locked <- result{unlock, err}
	}()
	select {
	case r := <-locked:
		return r.unlock, r.err
	case <-ctx.Done():
		go func() {
			if r := <-locked; r.err == nil {
				r.unlock()
			}
		}()
		return nil, fmt.Errorf("wait for another installation of Azurite: %w", ctx.Err())
	}
}

// findNode reports what is missing of Node.js and npm.
func findNode() error {
	node, err := exec.LookPath("node")
	if err != nil {
		return err
	}
	if _, err := exec.LookPath("npm"); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	output, err := exec.CommandContext(ctx, node, "--version").Output()
	if err != nil {
		return fmt.Errorf("%s --version: %w", node, err)
	}
	version := strings.TrimSpace(string(output))
	major, _, _ := strings.Cut(strings.TrimPrefix(version, "v"), ".")
	if n, err := strconv.Atoi(major); err != nil || n < minNode {
		return fmt.Errorf("%s is version %q, but Azurite needs %d", node, version, minNode)
	}
	return nil
}
