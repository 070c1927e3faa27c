package cli

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/cvconform/cvconform/internal/textfmt"
	"github.com/cvconform/cvconform/steps"
)

// cleanFlags holds the flags of clean.
type cleanFlags struct {
	runFlags
	run    string
	older  time.Duration
	dryRun bool
}

const cleanHelp = `Delete resources that interrupted runs left behind: projects of an http(s) target, queues and
containers of the storage external or azure, and containers, networks and images of this
machine's Docker engine. Only resources with the name of a run are deleted, and projects only if
they have its description too. Resources of a run that may still be active are kept.`

func newClean(w Runtime) *cobra.Command {
	f := &cleanFlags{}
	c := &cobra.Command{
		Use:   "clean",
		Short: "Delete resources that interrupted runs left behind",
		Long:  cleanHelp,
		Example: "  cvconform clean\n" +
			"  cvconform clean --target http://localhost:8080 --storage external --dry-run\n" +
			"  cvconform clean --target https://NAME.cognitiveservices.azure.com --run 20260301t081500-5f3a9c01 --yes",
		Args: cobra.NoArgs,
	}
	f.register(c.Flags(), "")
	hideFlags(c.Flags(), "report", "evidence", "sign", "azurite-image", "profile", "reading", "only", "skip", "parallel",
		"isolate", "tier", "defect", "preflight", "gateway-listen", "gateway-advertise", "image-env", "image-port", "record")
	c.Flags().StringVar(&f.run, "run", "", "delete the resources of the run with this id, regardless of its age")
	c.Flags().DurationVar(&f.older, "older-than", steps.DefaultAge,
		"delete the resources of runs that began at least this long ago")
	c.Flags().BoolVar(&f.dryRun, "dry-run", false, "list the resources that would be deleted, and delete nothing")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := configure(c.Flags(), w.Env, f.file); err != nil {
			return err
		}
		return f.clean(c.Context(), w, c.Flags().Changed("older-than"))
	}
	return c
}

// clean deletes the resources. hasAge reports whether --older-than was given.
func (f *cleanFlags) clean(ctx context.Context, w Runtime, hasAge bool) error {
	if err := f.buildConfig(w); err != nil {
		return err
	}
	config := steps.CleanConfig{Config: f.config, Run: f.run, DryRun: f.dryRun}
	switch {
	case f.older < 0:
		return usage("", "--older-than %s: must not be negative", f.older)
	case hasAge:
		config.OlderThan = max(f.older, 1) // the flag's 0 means any age, but the field's 0 means the default
	}
	found := 0
	config.OnLeftover = func(l steps.Leftover) {
		found++
		printLeftover(w.Stdout, l)
	}
	err := steps.Clean(ctx, config)
	if err == nil && found == 0 {
		fmt.Fprintln(w.Stdout, "no resources of any run were found")
	}
	return err
}

// printLeftover prints one resource, as soon as it has been handled. Its name is
// escaped, because it may not be a name that cvconform gave.
func printLeftover(w io.Writer, l steps.Leftover) {
	outcome, reason := "found", ""
	switch {
	case l.Removed:
		outcome = "removed"
	case l.KeptBecause != "":
		outcome, reason = "kept", ": "+inFlags(l.KeptBecause)
	}
	fmt.Fprintf(w, "%-8s %-16s %s\n", outcome, l.Kind, textfmt.EscapeControl(l.Name+reason))
}
