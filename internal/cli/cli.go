package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/cvconform/cvconform/steps"
	"github.com/cvconform/cvconform/steps/report"
)

// The exit codes.
const (
	OK            = 0   // conformant, with or without warnings; a selection of which nothing failed
	NotConformant = 1   // a must failed; an evidence bundle does not hold; a self-test proves not all
	Drifted       = 1   // of drift: the fake does not do as was recorded
	Unhealthy     = 1   // of health: it does not serve
	Usage         = 2   // usage, configuration, unknown or empty selection, no usable bundle or key
	Inconclusive  = 3   // a must could not be seen
	Environment   = 4   // no storage, or the target cannot be reached, or something could not be removed there
	Harness       = 5   // an error of the harness itself, or of a control
	Interrupted   = 130 // by a signal
)

// A Runtime is what the program gets from outside.
type Runtime struct {
	Args       []string            // without the program's name
	Env        func(string) string // "" where a variable is not set
	Stdout     io.Writer
	Stderr     io.Writer
	Terminal   bool // Stderr is one: progress may move
	Color      bool // Stdout takes colours
	Now        func() time.Time
	Executable string // path of the running program; certificates name its digest
}

// Run runs one command and returns the exit code. ctx ends when the user
// interrupts.
func Run(ctx context.Context, w Runtime) int {
	root := newRoot(w)
	root.SetArgs(w.Args)
	root.SetOut(w.Stdout)
	root.SetErr(w.Stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return OK
	}
	code, text := explain(ctx, err)
	if text != "" {
		fmt.Fprintln(w.Stderr, text)
	}
	return code
}

// A exitError carries the exit code of a run that was judged, or of a question
// that was answered; everything has been printed already.
type exitError struct {
	code      int
	remaining error // what is still to be said; nil where there is nothing
}

func (e exitError) Error() string { return fmt.Sprintf("exit code %d", e.code) }

// explain gives an error its exit code and its one sentence and one hint. An error
// may quote a service, which must not steer the terminal.
func explain(ctx context.Context, err error) (code int, text string) {
	var verdict exitError
	var environment *steps.EnvironmentError
	var usage *steps.UsageError
	var left *steps.LeftBehindError
	switch {
	case errors.As(err, &verdict) && verdict.remaining == nil:
		return verdict.code, ""
	case errors.As(err, &verdict):
		code, err = verdict.code, verdict.remaining
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		return Interrupted, "cvconform: interrupted before anything was judged"
	case errors.As(err, &environment) || errors.As(err, &left):
		code = Environment
	case errors.As(err, &usage):
		code = Usage
	default:
		return Harness, formatError(err, "")
	}
	return code, formatError(err, steps.Hint(err))
}

// formatError is an error and its hint for a terminal: what a service printed may be
// part of them, and is not to move the cursor.
func formatError(err error, hint string) string {
	text := "cvconform: " + err.Error()
	if hint != "" {
		text += "\n  hint: " + strings.ReplaceAll(hint, "\n", "\n        ")
	}
	return report.EscapeControl(text)
}

// exitCode is the exit code of a run that was judged.
func exitCode(r *report.Report) int {
	if !r.Run.Complete {
		return Interrupted
	}
	switch r.Verdict {
	case report.Invalid:
		return Harness
	case report.NotConformant:
		return NotConformant
	case report.RunInconclusive:
		return Inconclusive
	}
	return OK
}

// usage makes a usage error.
func usage(hint, format string, args ...any) error {
	return &steps.UsageError{Err: fmt.Errorf(format, args...), Hint: hint}
}

func newRoot(w Runtime) *cobra.Command {
	root := &cobra.Command{
		Use:   "cvconform",
		Short: "Judge implementations of the Custom Vision storage integration",
		Long: "cvconform judges whether a Custom Vision Training service honours the storage-integration contract:\n" +
			"the connection check, the queue messages and the model backups. It proves its answer with evidence.",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usage(c.CommandPath()+" --help lists the flags", "%w", err)
	})
	root.AddCommand(
		newRun(w),
		newCertify(w),
		newPlan(w),
		newClean(w),
		newVerify(w),
		newSelftest(w),
		newDrift(w),
		newList(w),
		newExplain(w),
		newDoctor(w),
		newServe(w),
		newHealth(w),
		newSchema(w),
		newVersion(w),
	)
	argumentErrorsAsUsage(root)
	return root
}

// argumentErrorsAsUsage makes every error about arguments a usage error.
func argumentErrorsAsUsage(c *cobra.Command) {
	if check := c.Args; check != nil {
		c.Args = func(c *cobra.Command, args []string) error {
			if err := check(c, args); err != nil {
				return usage(c.CommandPath()+" --help", "%s", strings.SplitN(err.Error(), "\n", 2)[0])
			}
			return nil
		}
	}
	for _, sub := range c.Commands() {
		argumentErrorsAsUsage(sub)
	}
}
