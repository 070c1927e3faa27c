package cli

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/engine"
	"github.com/cvconform/cvconform/steps/report"
)

func newExplain(w Runtime) *cobra.Command {
	from := ""
	c := &cobra.Command{
		Use:   "explain ID",
		Short: "Explain a requirement: its sentence, its source, its scenarios, and what a report says of it",
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
		RunE: func(_ *cobra.Command, args []string) error { return explainRequirement(w, args[0], from) },
	}
	c.Flags().StringVar(&from, "report", "", "show the verdict and the evidence of this JSON report too")
	return c
}

func explainRequirement(w Runtime, id, from string) error {
	catalogue, err := features.Load()
	if err != nil {
		return err
	}
	r, ok := catalogue.Find(strings.ToUpper(id))
	if !ok {
		return usage("the nearest: "+strings.Join(engine.Nearest(catalogue, id), ", "), "no requirement %q", id)
	}
	last := ""
	if from != "" {
		if last, err = lastVerdict(from, r.ID); err != nil {
			return err
		}
	}
	printRequirement(w, r)
	printDefects(w.Stdout, r.ID)
	fmt.Fprintf(w.Stdout, "%s\nJudge it alone: cvconform run --only %s\n", last, r.ID)
	return nil
}

// lastVerdict is what a JSON report says of a requirement.
func lastVerdict(path, id string) (string, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return "", usage("", "--report: %w", err)
	}
	r, err := report.ReadJSON(content)
	if err != nil {
		return "", usage("give what --report json=PATH wrote", "--report: %s is no report of cvconform: %w", path, err)
	}
	return fmt.Sprintf("\nIn %s:\n%s", path, r.ExplainRequirement(id)), nil
}

func printRequirement(w Runtime, r features.Requirement) {
	fmt.Fprintf(w.Stdout, "%s (%s)\n  %s\n", r.ID, r.Level, r.Title)
	if r.Description != "" {
		fmt.Fprintf(w.Stdout, "  %s\n", r.Description)
	}
	fmt.Fprintf(w.Stdout, "\nSource    %s\nStands in features/%s:%d\n", r.Source, r.Feature, r.Line)
	fmt.Fprintf(w.Stdout, "Level     %s\n", levels()[r.Level])
	for _, s := range r.Scenarios {
		fmt.Fprintf(w.Stdout, "\nScenario: %s (line %d)\n", s.Name, s.Line)
		for _, step := range s.Steps {
			fmt.Fprintf(w.Stdout, "  %s\n", step)
		}
	}
}

func levels() map[features.Level]string {
	return map[features.Level]string{
		features.Must:   "must: the guide itself says it; broken, the service is not conformant",
		features.Should: "should: API reference, recorded traffic, or what every consumer relies on; broken, a warning",
		features.May:    "may: observed and reported, never a failure",
	}
}
