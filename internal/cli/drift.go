package cli

import (
	"context"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"github.com/cvconform/cvconform/steps"
)

// A driftFlags holds the flags of drift.
type driftFlags struct {
	config  steps.DriftConfig
	reports []string
}

func newDrift(w Runtime) *cobra.Command {
	f := &driftFlags{}
	c := &cobra.Command{
		Use:   "drift DIR",
		Short: "Compare the fake with a recording of a service",
		Long: "Have the fake do what was done when DIR was recorded (cvconform run --record DIR), by the same readings, and compare\n" +
			"what it answers and sends with the recording: status and content type, every member of every document, the messages,\n" +
			"the names of blobs, what comes before what. Ids, times and how long anything took are not compared.\n\n" +
			"Exit codes: 0 no drift · 1 drift · 2 usage, or no usable recording · 4 no storage · 5 error of cvconform itself · 130 interrupted",
		Example: "  cvconform drift recordings/2026-03-01\n" +
			"  cvconform drift recordings/2026-03-01 --ignore 'GetDomains *' --ignore '* thumbnailUri' --report json=drift.json",
		Args: cobra.ExactArgs(1),
	}
	flags, config := c.Flags(), &f.config
	flags.StringArrayVar(
		&config.Ignore,
		"ignore",
		nil,
		"leave out a known difference, a pattern of 'CALL MEMBER' in which * is anything (repeatable)",
	)
	flags.StringVar(
		&config.Storage,
		"storage",
		"auto",
		"storage: auto, container, process, external (AZURE_STORAGE_CONNECTION_STRING)",
	)
	flags.StringVar(
		&config.AzuriteImage,
		"azurite-image",
		"",
		"image of the Azurite container (default the pinned official one)",
	)
	flags.IntVar(&config.Parallel, "parallel", 0, "situations performed at a time (default 8)")
	flags.StringArrayVar(
		&f.reports,
		"report",
		nil,
		"write the comparison, FORMAT=PATH: json; - is standard output (repeatable)",
	)
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
	text := w.Stdout
	if outputs.usesStdout() {
		text = w.Stderr
	}
	d, err := f.compare(ctx, w)
	if err != nil {
		return err
	}
	wrote := outputs.write(w.Stdout, renderers{"json": func(to io.Writer) error { return d.WriteJSON(to) }})
	if err := errors.Join(wrote, d.WriteConsole(text)); err != nil {
		return err
	}
	if len(d.Findings) > 0 {
		return exitError{code: Drifted}
	}
	return nil
}

// compare compares, and shows how it goes on.
func (f *driftFlags) compare(ctx context.Context, w Runtime) (*steps.DriftReport, error) {
	live := newProgress(w)
	defer live.end()
	f.config.Progress = live.show
	return steps.Drift(ctx, f.config)
}
