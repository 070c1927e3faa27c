package cli

import (
	"context"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"github.com/cvconform/cvconform/steps"
)

// driftFlags holds the flags of drift.
type driftFlags struct {
	config  steps.DriftConfig
	reports []string
}

const driftHelp = `Repeat with the fake the situations that were recorded in DIR (cvconform run --record DIR), with
the same readings, and compare its behaviour with the recording: status and content type, every
member of every document, the messages, the names of blobs, and the order of events. Ids, times
and durations are not compared.

Exit codes: 0 no drift · 1 drift · 2 usage, or no usable recording · 4 no storage · 5 error of
cvconform itself · 130 interrupted`

func newDrift(w Runtime) *cobra.Command {
	f := &driftFlags{}
	c := &cobra.Command{
		Use:   "drift DIR",
		Short: "Compare the fake with a recording of a service",
		Long:  driftHelp,
		Example: "  cvconform drift recordings/2026-03-01\n" +
			"  cvconform drift recordings/2026-03-01 --ignore 'GetDomains *' --ignore '* thumbnailUri' --report json=drift.json",
		Args: cobra.ExactArgs(1),
	}
	flags, config := c.Flags(), &f.config
	flags.StringArrayVar(&config.Ignore, "ignore", nil,
		"ignore a known difference, a pattern of 'CALL MEMBER' in which * matches anything (repeatable)")
	registerStorage(flags, &config.Storage, &config.AzuriteImage)
	flags.IntVar(&config.Parallel, "parallel", 0, "situations performed at a time (default 8)")
	flags.StringArrayVar(&f.reports, "report", nil,
		"write the comparison, FORMAT=PATH: json; the path - is standard output (repeatable)")
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := fromEnvironment(c.Flags(), w.Env); err != nil {
			return err
		}
		f.config.Recording = args[0]
		return f.run(c.Context(), w)
	}
	return c
}

func (f *driftFlags) run(ctx context.Context, w Runtime) error {
	f.config.ConnectionString = w.Env("AZURE_STORAGE_CONNECTION_STRING")
	outputs, err := openReports(f.reports, "json")
	if err != nil {
		return err
	}
	d, err := f.compare(ctx, w)
	if err != nil {
		outputs.remove()
		return err
	}
	written := outputs.write(w.Stdout, renderers{"json": func(to io.Writer) error { return d.WriteJSON(to) }})
	if err := errors.Join(written, d.WriteConsole(outputs.textStream(w))); err != nil {
		return err
	}
	if len(d.Findings) > 0 {
		return exitError{code: Drifted}
	}
	return nil
}

// compare runs the comparison and shows its progress.
func (f *driftFlags) compare(ctx context.Context, w Runtime) (*steps.DriftReport, error) {
	live := newProgress(w)
	defer live.end()
	f.config.Progress = live.show
	return steps.Drift(ctx, f.config)
}
