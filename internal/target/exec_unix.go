//go:build unix

package target

import (
	"errors"
	"fmt"
	"io"
	"os/exec"
	"syscall"
)

// watchdog is a shell that leads the command's process group and waits on a
// pipe of which only the harness holds the other end. When the harness dies, by
// SIGKILL too, the kernel closes that end and the shell kills the group, itself
// included. Linux has PR_SET_PDEATHSIG for this, but it reaches only the direct
// child and fires when the forking thread ends, which in Go is not the process.
const watchdog = `trap '' HUP INT TERM; read -r _; kill -9 0`

// A processGroup is what a command and its children run in. Its leader is the
// watchdog, which lives until end, so the group's id cannot be reused meanwhile.
// Where there is no sh, the command leads, and nobody ends it if the harness is killed.
type processGroup struct {
	id     int
	marked string
	leader *exec.Cmd // the watchdog, or nil
	alive  io.Closer // the harness's end of the watchdog's pipe
}

// newProcessGroup starts the watchdog.
func newProcessGroup() (*processGroup, error) {
	g := &processGroup{marked: newProcessTag()}
	sh, err := exec.LookPath("sh")
	if err != nil {
		return g, nil
	}
	g.leader = exec.Command(sh, "-c", watchdog)
	g.leader.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if g.alive, err = g.leader.StdinPipe(); err != nil {
		return nil, fmt.Errorf("make a process group: %w", err)
	}
	if err := g.leader.Start(); err != nil {
		return nil, fmt.Errorf("make a process group: %w", err)
	}
	g.id = g.leader.Process.Pid
	return g, nil
}

// mark is the environment variable that the group's processes carry.
func (g *processGroup) mark() string { return g.marked }

// add puts a command that is about to start into the group.
func (g *processGroup) add(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pgid: g.id}
}

// started tells the group that cmd runs.
func (g *processGroup) started(cmd *exec.Cmd) {
	if g.id == 0 {
		g.id = cmd.Process.Pid
	}
}

// terminate asks every process of the group to end. The watchdog does not listen.
func (g *processGroup) terminate() { _ = syscall.Kill(-g.id, syscall.SIGTERM) }

// end kills every process of the group, and those that left it as far as they
// can be found, and reaps the watchdog.
func (g *processGroup) end() error {
	var err error
	if g.id != 0 {
		err = syscall.Kill(-g.id, syscall.SIGKILL)
	}
	if errors.Is(err, syscall.ESRCH) {
		err = nil
	}
	killTagged(g.marked)
	if g.leader != nil {
		_ = g.alive.Close()
		_ = g.leader.Wait()
	}
	if err != nil {
		return fmt.Errorf("end process group %d: %w", g.id, err)
	}
	return nil
}
