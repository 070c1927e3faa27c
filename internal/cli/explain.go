package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/engine"
)

func newExplain(w Runtime) *cobra.Command {
	reportPath := ""
	c := &cobra.Command{
		Use:   "explain ID",
		Short: "Explain a requirement: its sentence, its source, its scenarios, and its outcome in a report",
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
		RunE: func(_ *cobra.Command, args []string) error { return explainRequirement(w, args[0], reportPath) },
	}
	c.Flags().StringVar(&reportPath, "report", "", "also show the verdict and the evidence from this JSON report")
	return c
}

func explainRequirement(w Runtime, id, reportPath string) error {
	catalogue, err := features.Load()
	if err != nil {
		return err
	}
	r, ok := catalogue.Find(strings.ToUpper(id))
	if !ok {
		return usage("the nearest: "+strings.Join(engine.Nearest(catalogue, id), ", "), "unknown requirement %q", id)
	}
	outcome := ""
	if reportPath != "" {
		if outcome, err = reportedOutcome(reportPath, r.ID); err != nil {
			return err
		}
	}
	printRequirement(w, r)
	printDefects(w.Stdout, r.ID)
	fmt.Fprintf(w.Stdout, "%s\nTo judge it alone: cvconform run --only %s\n", outcome, r.ID)
	return nil
}

// reportedOutcome returns the outcome of a requirement in a JSON report, as text.
func reportedOutcome(path, id string) (string, error) {
	r, err := readReport(path)
	if err != nil {
		return "", fmt.Errorf("--report: %w", err)
	}
	return fmt.Sprintf("\nIn %s:\n%s", path, inFlags(r.ExplainRequirement(id))), nil
}

func printRequirement(w Runtime, r features.Requirement) {
	fmt.Fprintf(w.Stdout, "%s (%s)\n  %s\n", r.ID, r.Level, r.Title)
	if r.Description != "" {
		fmt.Fprintf(w.Stdout, "  %s\n", r.Description)
	}
	fmt.Fprintf(w.Stdout, "\nSource    %s\nFile      features/%s:%d\n", r.Source, r.Feature, r.Line)
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
		features.Must:   "must: the guide states it; a service that breaks it is not conformant",
		features.Should: "should: from the API reference, recorded traffic or needs of consumers; breaking it is a warning",
		features.May:    "may: reported, never a failure",
	}
}
