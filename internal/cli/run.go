package cli

import (
	"context"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"github.com/cvconform/cvconform/steps"
	"github.com/cvconform/cvconform/steps/report"
)

func newRun(w Runtime) *cobra.Command {
	f := &runFlags{}
	c := &cobra.Command{
		Use:   "run",
		Short: "Judge a service",
		Long:  "Judge a service by the contract: the built-in fake, or the service that --target names.\n\n" + exitCodes,
		Example: "  cvconform run\n" +
			"  cvconform run --target 'exec:./my-service --port-from-env'\n" +
			"  cvconform run --target http://localhost:8080 --only 'CVSI-TRAIN-*' --report junit=report.xml",
		Args: cobra.NoArgs,
	}
	f.register(c.Flags(), "")
	f.reportUsageErrors(c, w, f.unbegun)
	c.RunE = func(c *cobra.Command, _ []string) error { return f.run(c, w) }
	return c
}

func (f *runFlags) run(c *cobra.Command, w Runtime) error {
	outputs, err := f.prepare(c, w)
	var r *steps.Report
	if err == nil {
		r, err = f.runAndReport(c.Context(), w, steps.Run)
	}
	if r == nil {
		return f.unbegun(c.Context(), w, err)
	}
	written := outputs.write(w.Stdout, reportRenderers(r, f.format.junit))
	return exitStatus(r, errors.Join(err, written, f.show(w, outputs.textStream(w), r, w.Color)))
}

// show writes the report to a stream that a person reads, and for GitHub Actions.
func (f *runFlags) show(w Runtime, stream io.Writer, r *report.Report, color bool) error {
	console := func() error { return writeConsole(stream, r, f.format.console(color)) }
	return errors.Join(withoutCommands(w, stream, console), writeForGitHub(w, stream, r))
}

// prepare builds the configuration, and checks before the run starts that the reports
// can be written.
func (f *runFlags) prepare(c *cobra.Command, w Runtime) (reportFiles, error) {
	if err := configure(c.Flags(), w.Env, f.file); err != nil {
		return nil, err
	}
	if err := f.buildConfig(w); err != nil {
		return nil, err
	}
	if err := f.format.check(); err != nil {
		return nil, err
	}
	return openReports(f.reports, reportFormats()...)
}

// runAndReport calls judge, which is steps.Run or steps.Certify, and shows its progress.
func (f *runFlags) runAndReport(
	ctx context.Context,
	w Runtime,
	judge func(context.Context, steps.Config) (*steps.Report, error),
) (*steps.Report, error) {
	live := newProgress(w)
	defer live.end()
	f.config.Progress = live.show
	r, err := judge(ctx, f.config)
	var left *steps.LeftBehindError
	if errors.As(err, &left) && left.RunID != "" {
		left.Hint = cleanCommand(f.config, left.RunID) + " deletes them"
	}
	return r, withForecast(w.Stderr, err)
}
