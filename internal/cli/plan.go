package cli

import (
	"context"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"github.com/cvconform/cvconform/steps"
)

func newPlan(w Runtime) *cobra.Command {
	f, asJSON := &runFlags{}, false
	c := &cobra.Command{
		Use:   "plan",
		Short: "Say what a run would create and take, and create nothing",
		Long: "Say what a run with the same flags would create on the service and in its storage, and about how long it would\n" +
			"take. Nothing is created; a service that runs already is asked for its domains, which decide how many exports there are.",
		Example: "  cvconform plan --target https://NAME.cognitiveservices.azure.com --tier F0\n" +
			"  cvconform plan --only 'CVSI-TRAIN-*' --json",
		Args: cobra.NoArgs,
	}
	f.register(c.Flags(), "")
	for _, name := range []string{"report", "evidence", "sign", "azurite-image", "image-env", "image-port", "record", "yes"} {
		_ = c.Flags().MarkHidden(name) // the flags of run are taken as they are; these change nothing here
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print it as JSON: cvconform schema plan")
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
	return forecast.WriteText(w.Stdout)
}

// withForecast shows what a run would have created that lacks its approval.
func withForecast(w io.Writer, err error) error {
	var missing *steps.UnapprovedError
	if errors.As(err, &missing) {
		return errors.Join(err, missing.Forecast.WriteText(w))
	}
	return err
}
