package azurite

import (
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

const (
	// minNodeVersion is the oldest major version of Node.js that Azurite was tested on.
	minNodeVersion = 20
	// nodeTimeout bounds the call that determines the version of Node.js.
	nodeTimeout = 10 * time.Second
)

// checkNode returns an error if Node.js or npm is missing, or if Node.js is too old.
func checkNode() error {
	node, err := exec.LookPath("node")
	if err != nil {
		return err
	}
	if _, err := exec.LookPath("npm"); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), nodeTimeout)
	defer cancel()
	output, err := exec.CommandContext(ctx, node, "--version").Output()
	if err != nil {
		return fmt.Errorf("%s --version: %w", node, err)
	}
	version := strings.TrimSpace(string(output))
	major, _, _ := strings.Cut(strings.TrimPrefix(version, "v"), ".")
	if n, err := strconv.Atoi(major); err != nil || n < minNodeVersion {
		return fmt.Errorf("%s is version %q, but Azurite needs %d or newer", node, version, minNodeVersion)
	}
	return nil
}
