package serve

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"

	"github.com/cvconform/cvconform/internal/userr"
)

// A CommandError reports that the command of [Options] ended with an exit code other than 0.
type CommandError struct{ Code int }

// Error implements error.
func (e *CommandError) Error() string { return fmt.Sprintf("the command exited with code %d", e.Code) }

// runCommand runs the command of the options with the variables in its environment, and waits until it ends. If ctx
// is cancelled, the command gets an interrupt, and is killed after the grace period.
func (s *server) runCommand(ctx context.Context, variables []variable) error {
	words := s.options.Command
	c := exec.CommandContext(ctx, words[0], words[1:]...)
	c.Env = os.Environ()
	for _, v := range variables {
		c.Env = append(c.Env, v.String())
	}
	c.Stdin, c.Stdout, c.Stderr = os.Stdin, s.options.Stdout, s.options.Stderr
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	c.WaitDelay = s.options.Grace
	err := c.Run()
	ended, ok := errors.AsType[*exec.ExitError](err)
	switch {
	case ok && ended.ExitCode() > 0:
		return &CommandError{ended.ExitCode()}
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return userr.Usagef("", "run the command %s: %w", words[0], err)
	}
	return nil
}
