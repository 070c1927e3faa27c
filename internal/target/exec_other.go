//go:build !unix

package target

import (
	"errors"
	"os"
	"os/exec"
)

// A processGroup is here the command alone: its children outlive it.
type processGroup struct {
	marked  string
	process *os.Process
}

func newProcessGroup() (*processGroup, error) { return &processGroup{marked: newProcessTag()}, nil }

func (g *processGroup) mark() string { return g.marked }

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
