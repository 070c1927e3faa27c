package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cvconform/cvconform/internal/textfmt"
	"github.com/cvconform/cvconform/steps"
)

// Run runs one command and returns the exit code. It stops the command if ctx is
// cancelled.
func Run(ctx context.Context, w Runtime) int {
	root := newRoot(w)
	root.SetArgs(w.Args)
	root.SetOut(w.Stdout)
	root.SetErr(w.Stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return OK
	}
	code, text := explainError(ctx, err)
	if text != "" {
		fmt.Fprintln(w.Stderr, text)
	}
	return code
}

// explainError returns the exit code for an error and the text to print, which is ""
// if everything has been printed.
func explainError(ctx context.Context, err error) (code int, text string) {
	var exit exitError
	var environment *steps.EnvironmentError
	var usage *steps.UsageError
	var left *steps.LeftBehindError
	switch {
	case errors.As(err, &exit) && exit.remaining == nil:
		return exit.code, ""
	case errors.As(err, &exit):
		code, err = exit.code, exit.remaining
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

// formatError returns the text for an error and its hint. Fields of the Go API become
// flags. Control characters are escaped, because the error may quote a service.
func formatError(err error, hint string) string {
	text := "cvconform: " + err.Error()
	if hint != "" {
		text += "\n" + textfmt.HangingIndent("  hint: ", hint)
	}
	return textfmt.EscapeControl(inFlags(text))
}

func newRoot(w Runtime) *cobra.Command {
	root := &cobra.Command{
		Use:   "cvconform",
		Short: "Judge implementations of the Custom Vision storage integration",
		Long: "cvconform judges whether a Custom Vision Training service honours the storage-integration contract:\n" +
			"the connection test, the queue messages and the model backups. It proves its verdict with recorded evidence.",
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
		newRender(w), newDiff(w),
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

// argumentErrorsAsUsage turns errors about the number of arguments into usage errors.
func argumentErrorsAsUsage(c *cobra.Command) {
	if check := c.Args; check != nil {
		c.Args = func(c *cobra.Command, args []string) error {
			return argumentError(c, check(c, args))
		}
	}
	for _, sub := range c.Commands() {
		argumentErrorsAsUsage(sub)
	}
}

// argumentError returns an error about the arguments of a command as a usage error, or
// nil if err is nil.
func argumentError(c *cobra.Command, err error) error {
	var already *steps.UsageError
	if err == nil || errors.As(err, &already) {
		return err
	}
	return usage(c.CommandPath()+" --help shows the arguments", "%s", strings.SplitN(err.Error(), "\n", 2)[0])
}
