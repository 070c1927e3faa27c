package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/engine"
)

func newExplain(w World) *cobra.Command {
	return &cobra.Command{
		Use:   "explain ID",
		Short: "Explain a requirement: its sentence, its source, its scenarios",
		Args:  cobra.ExactArgs(1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			catalogue, err := features.Load()
			if err != nil {
				return nil, cobra.ShellCompDirectiveError
			}
			var ids []string
			for _, r := range catalogue.Requirements {
				ids = append(ids, r.ID+"\t"+r.Title)
			}
			return ids, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			catalogue, err := features.Load()
			if err != nil {
				return err
			}
			r, ok := catalogue.Find(strings.ToUpper(args[0]))
			if !ok {
				return usage("the nearest: "+strings.Join(engine.Nearest(catalogue, args[0]), ", "), "no requirement %q", args[0])
			}
			printRequirement(w, r)
			return nil
		},
	}
}

func printRequirement(w World, r features.Requirement) {
	fmt.Fprintf(w.Stdout, "%s (%s)\n  %s\n\n", r.ID, r.Level, r.Title)
	fmt.Fprintf(w.Stdout, "Contract  %s\nSource    %s\nStands in features/%s:%d\n", r.Text, r.Source, r.Feature, r.Line)
	fmt.Fprintf(w.Stdout, "Level     %s\n", levels()[r.Level])
	for _, s := range r.Scenarios {
		fmt.Fprintf(w.Stdout, "\nScenario: %s (line %d)\n", s.Name, s.Line)
		for _, step := range s.Steps {
			fmt.Fprintf(w.Stdout, "  %s\n", step)
		}
	}
	fmt.Fprintf(w.Stdout, "\nJudge it alone: cvconform run --only %s\n", r.ID)
}

func levels() map[features.Level]string {
	return map[features.Level]string{
		features.Must:   "must: the guide itself says it; broken, the service is not conformant",
		features.Should: "should: API reference, recorded traffic, or what every consumer relies on; broken, a warning",
		features.May:    "may: observed and reported, never a failure",
	}
}
