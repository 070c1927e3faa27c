package target

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// commandPackage is the main package of the program that serves the fake.
const commandPackage = "github.com/cvconform/cvconform/cmd/cvconform"

// program returns a static binary of a main package for a platform. If the running executable is not one, because it
// is a test or belongs to another platform, the go command builds it.
func program(ctx context.Context, pkg, goos, goarch string, progress func(string)) ([]byte, error) {
	executable, err := os.Executable()
	if err == nil && goos == runtime.GOOS && goarch == runtime.GOARCH && isStatic(executable, pkg) {
		return os.ReadFile(executable)
	}
	if progress != nil {
		progress(fmt.Sprintf("building %s for %s/%s", pkg, goos, goarch))
	}
	return compile(ctx, pkg, goos, goarch)
}

// isStatic reports whether a file is a Linux binary of that main package that needs no loader.
func isStatic(file, pkg string) bool {
	info, err := buildinfo.ReadFile(file)
	if err != nil || info.Path != pkg {
		return false
	}
	binary, err := elf.Open(file)
	if err != nil {
		return false
	}
	defer binary.Close()
	for _, segment := range binary.Progs {
		if segment.Type == elf.PT_INTERP {
			return false
		}
	}
	return true
}

// compile builds the binary. The go command finds the package in this module and in modules that depend on it.
func compile(ctx context.Context, pkg, goos, goarch string) ([]byte, error) {
	folder, err := os.MkdirTemp("", "cvconform-build-*")
	if err != nil {
		return nil, fmt.Errorf("create a folder for the service's binary: %w", err)
	}
	defer os.RemoveAll(folder)
	binary := filepath.Join(folder, "program")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", binary, pkg)
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+goos, "GOARCH="+goarch)
	output, err := build.CombinedOutput()
	if errors.Is(err, exec.ErrNotFound) {
		return nil, fmt.Errorf(
			"this program cannot run in a container: install Go, or use the released static binary (%w)",
			err,
		)
	}
	if err != nil {
		return nil, fmt.Errorf("build %s (or use the released static binary): %w\n%s", pkg, err, bytes.TrimSpace(output))
	}
	return os.ReadFile(binary)
}
