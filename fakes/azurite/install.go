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
)

var (
	//go:embed npm/package.json
	packageJSON []byte
	//go:embed npm/package-lock.json
	packageLock []byte
	//go:embed npm/guard.js
	guardJS []byte
)

// LockDigest returns the SHA-256 of the lock file in hexadecimal. It identifies the pinned set of packages.
func LockDigest() string {
	sum := sha256.Sum256(packageLock)
	return hex.EncodeToString(sum[:])
}

// Install returns the folder whose node_modules contains Azurite. On first use npm installs it there. cacheDir and
// progress are as in [Options]. The installation is atomic: a folder with the final name is complete. If several
// processes call Install at the same time, one installs and the others wait. The error is an [*UnavailableError] if an
// installation is necessary and Node.js or npm is missing.
func Install(ctx context.Context, cacheDir string, progress func(line string)) (string, error) {
	o := Options{CacheDir: cacheDir, Progress: progress}
	cache, err := o.cacheDir()
	if err != nil {
		return "", err
	}
	folder := filepath.Join(cache, "azurite-"+Version+"-"+LockDigest()[:12])
	if isInstalled(folder) {
		return folder, nil
	}
	if err := checkNode(); err != nil {
		return "", &UnavailableError{Kind: Process, Err: err}
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", fmt.Errorf("create the cache folder: %w", err)
	}
	unlock, err := acquireLock(ctx, folder+".lock")
	if err != nil {
		return "", err
	}
	defer unlock()
	if isInstalled(folder) {
		return folder, nil
	}
	return folder, o.install(ctx, folder)
}

// install installs Azurite in a folder with another name and renames it. The caller holds the lock.
func (o Options) install(ctx context.Context, folder string) error {
	if err := deleteUnfinished(folder); err != nil {
		return err
	}
	o.progress("installing Azurite %s into %s (first use, about a minute)", Version, folder)
	unfinished, err := os.MkdirTemp(filepath.Dir(folder), filepath.Base(folder)+".unfinished-*")
	if err != nil {
		return fmt.Errorf("create the folder for Azurite: %w", err)
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
	npm := exec.CommandContext(ctx, "npm", "ci",
		"--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
	npm.Dir = folder
	npm.WaitDelay = stopGracePeriod
	output, err := npm.CombinedOutput()
	if err != nil {
		return fmt.Errorf("npm ci: %w\n%s", errors.Join(err, ctx.Err()), bytes.TrimSpace(output))
	}
	if !isInstalled(folder) {
		return errors.New("npm ci succeeded but did not install Azurite")
	}
	return nil
}

func (o Options) cacheDir() (string, error) {
	if o.CacheDir != "" {
		return filepath.Abs(o.CacheDir)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("determine the cache folder: %w", err)
	}
	return filepath.Join(cache, "cvconform"), nil
}

// entryPoint returns the path of Azurite's main script.
func entryPoint(folder string) string {
	return filepath.Join(folder, "node_modules", "azurite", "dist", "src", "azurite.js")
}

func isInstalled(folder string) bool {
	info, err := os.Stat(entryPoint(folder))
	return err == nil && info.Mode().IsRegular()
}

// deleteUnfinished deletes the folders of installations that were killed. The caller holds the lock, so no installation
// is in progress.
func deleteUnfinished(folder string) error {
	leftovers, err := filepath.Glob(folder + ".unfinished-*")
	if err != nil {
		return err
	}
	for _, leftover := range leftovers {
		if err := os.RemoveAll(leftover); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("delete an unfinished installation: %w", err)
		}
	}
	return nil
}
