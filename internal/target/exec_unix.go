//go:build unix

package target

import (
	"errors"
	"fmt"
	"io"
	"os/exec"
	"syscall"
)

// watchdog is the script of a shell that leads the command's process group and reads from a pipe. Only the harness
// has the other end. When the harness ends, also by SIGKILL, the kernel closes that end and the shell kills the
// group, including itself. PR_SET_PDEATHSIG of Linux is no alternative: it affects only the direct child, and it
// fires when the forking thread ends, which in Go is not the process.
const watchdog = `trap '' HUP INT TERM; read -r _; kill -9 0`

// A processGroup is the process group of a command and its children. Its leader is the watchdog, which lives until
// end, so the group's id cannot be reused before. Without sh the command is the leader, and it outlives a harness
// that is killed.
type processGroup struct {
	id     int
	tag    string    // environment variable of all its processes
	leader *exec.Cmd // the watchdog, or nil
	alive  io.Closer // the harness's end of the watchdog's pipe
}

// newProcessGroup starts the watchdog.
func newProcessGroup() (*processGroup, error) {
	g := &processGroup{tag: newProcessTag()}
	sh, err := exec.LookPath("sh")
	if err != nil {
		return g, nil
	}
	g.leader = exec.Command(sh, "-c", watchdog)
	g.leader.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if g.alive, err = g.leader.StdinPipe(); err != nil {
		return nil, fmt.Errorf("create a process group: %w", err)
	}
	if err := g.leader.Start(); err != nil {
		return nil, fmt.Errorf("create a process group: %w", err)
	}
	g.id = g.leader.Process.Pid
	return g, nil
}

// add adds a command to the group before it starts.
func (g *processGroup) add(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pgid: g.id}
}

// started records that cmd runs.
func (g *processGroup) started(cmd *exec.Cmd) {
	if g.id == 0 {
		g.id = cmd.Process.Pid
	}
}

// terminate sends SIGTERM to every process of the group. The watchdog ignores it.
func (g *processGroup) terminate() { _ = syscall.Kill(-g.id, syscall.SIGTERM) }

// end kills every process of the group, and those that left it if they can be found. Then it reaps the watchdog.
func (g *processGroup) end() error {
	var err error
	if g.id != 0 {
		err = syscall.Kill(-g.id, syscall.SIGKILL)
	}
	if errors.Is(err, syscall.ESRCH) {
		err = nil
	}
	killTagged(g.tag)
	if g.leader != nil {
		_ = g.alive.Close()
		_ = g.leader.Wait()
	}
	if err != nil {
		return fmt.Errorf("end process group %d: %w", g.id, err)
	}
	return nil
}
