package cli

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/cvconform/cvconform/steps"
	"github.com/cvconform/cvconform/steps/report"
)

// A cleanFlags holds the flags of clean.
type cleanFlags struct {
	runFlags
	run    string
	older  time.Duration
	dryRun bool
}

func newClean(w Runtime) *cobra.Command {
	f := &cleanFlags{}
	c := &cobra.Command{
		Use:   "clean",
		Short: "Remove what interrupted runs left",
		Long: "Remove what interrupted runs left: projects of an http(s) target, queues and containers of the storage external or\n" +
			"azure, and what runs of this machine left in its Docker engine. Only what bears the name of a run is touched, of\n" +
			"projects only what has its description too; a run that may still go on is left alone.",
		Example: "  cvconform clean\n" +
			"  cvconform clean --target http://localhost:8080 --storage external --dry-run\n" +
			"  cvconform clean --target https://NAME.cognitiveservices.azure.com --run 20260301t081500-5f3a9c01 --yes",
		Args: cobra.NoArgs,
	}
	f.register(c.Flags(), "")
	for _, name := range []string{"report", "evidence", "sign", "azurite-image", "profile", "reading", "only", "skip", "parallel", "isolate", "tier", "defect", "preflight",
		"gateway-listen", "gateway-advertise", "image-env", "image-port", "record"} {
		_ = c.Flags().MarkHidden(name) // the flags of run are taken as they are; these change nothing here
	}
	c.Flags().StringVar(&f.run, "run", "", "remove what this run left, by its id, however long ago it began")
	c.Flags().
		DurationVar(&f.older, "older-than", steps.DefaultAge, "remove what runs left that began so long ago: others may still go on")
	c.Flags().BoolVar(&f.dryRun, "dry-run", false, "list what would be removed, and remove nothing")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := configure(c.Flags(), w.Env, f.file); err != nil {
			return err
		}
		return f.clean(c.Context(), w, c.Flags().Changed("older-than"))
	}
	return c
}

func (f *cleanFlags) clean(ctx context.Context, w Runtime, aged bool) error {
	if err := f.buildConfig(w); err != nil {
		return err
	}
	config := steps.CleanConfig{Config: f.config, Run: f.run, DryRun: f.dryRun}
	switch {
	case f.older < 0:
		return usage("", "--older-than %s: give a duration that is not negative", f.older)
	case aged:
		config.OlderThan = max(f.older, 1) // 0 is of any age here
	}
	found := 0
	config.OnLeftover = func(l steps.Leftover) {
		found++
		printLeftover(w.Stdout, l)
	}
	err := steps.Clean(ctx, config)
	if err == nil && found == 0 {
		fmt.Fprintln(w.Stdout, "nothing of any run was found")
	}
	return err
}

// printLeftover prints one thing that was found. Its name may be somebody else's: it must
// not steer the terminal.
func printLeftover(w io.Writer, l steps.Leftover) {
	became, why := "found", ""
	switch {
	case l.Removed:
		became = "removed"
	case l.KeptBecause != "":
		became, why = "left", ": "+l.KeptBecause
	}
	fmt.Fprintf(w, "%-8s %-16s %s%s\n", became, l.Kind, report.EscapeControl(l.Name), report.EscapeControl(why))
}
