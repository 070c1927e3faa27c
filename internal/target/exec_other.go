//go:build !unix

package target

import (
	"errors"
	"os"
	"os/exec"
)

// A processGroup is only the command itself on this platform. Its children outlive it.
type processGroup struct {
	tag     string
	process *os.Process
}

func newProcessGroup() (*processGroup, error) { return &processGroup{tag: newProcessTag()}, nil }

func (g *processGroup) add(*exec.Cmd) {}

func (g *processGroup) started(cmd *exec.Cmd) { g.process = cmd.Process }

func (g *processGroup) terminate() { _ = g.end() }

func (g *processGroup) end() error {
	if g.process == nil {
		return nil
	}
	if err := g.process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	return nil
}
