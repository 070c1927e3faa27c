package cli

import (
	"context"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"github.com/cvconform/cvconform/steps"
)

const planHelp = `Estimate the resources that a run with the same flags would create on the service and in its
storage, and its duration. Nothing is created. A running service is asked for its domains, which
determine the number of exports.`

func newPlan(w Runtime) *cobra.Command {
	f, asJSON := &runFlags{}, false
	c := &cobra.Command{
		Use:   "plan",
		Short: "Estimate the resources and the time of a run, and create nothing",
		Long:  planHelp,
		Example: "  cvconform plan --target https://NAME.cognitiveservices.azure.com --tier F0\n" +
			"  cvconform plan --only 'CVSI-TRAIN-*' --json",
		Args: cobra.NoArgs,
	}
	f.register(c.Flags(), "")
	hideFlags(c.Flags(), "report", "evidence", "sign", "azurite-image", "image-env", "image-port", "record", "yes")
	c.Flags().BoolVar(&asJSON, "json", false, "print the estimate as JSON (see cvconform schema plan)")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := configure(c.Flags(), w.Env, f.file); err != nil {
			return err
		}
		return f.plan(c.Context(), w, asJSON)
	}
	return c
}

func (f *runFlags) plan(ctx context.Context, w Runtime, asJSON bool) error {
	if err := f.buildConfig(w); err != nil {
		return err
	}
	forecast, err := steps.Plan(ctx, f.config)
	if err != nil {
		return err
	}
	if asJSON {
		return forecast.WriteJSON(w.Stdout)
	}
	return writeInFlags(w.Stdout, forecast.WriteText)
}

// withForecast prints the estimate if err reports that a run needs approval.
func withForecast(w io.Writer, err error) error {
	var missing *steps.UnapprovedError
	if errors.As(err, &missing) {
		return errors.Join(err, writeInFlags(w, missing.Forecast.WriteText))
	}
	return err
}
