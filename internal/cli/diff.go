package cli

import (
	"github.com/spf13/cobra"

	"github.com/cvconform/cvconform/internal/compare"
)

const diffHelp = `Compare the JSON reports of two runs: regressions, requirements that are broken for another reason,
that are no longer judged or were repaired, requirements that were added or removed, changed readings and budgets,
and latencies that changed by more than noise. Requirements with the same reason are one line.

Exit codes: 0 no regression · 1 regression: a requirement is broken that was not, or more severely · 2 usage`

func newDiff(w Runtime) *cobra.Command {
	var reports []string
	c := &cobra.Command{
		Use:   "diff OLD.json NEW.json",
		Short: "Compare the reports of two runs",
		Long:  diffHelp,
		Example: "  cvconform diff yesterday.json today.json\n" +
			"  cvconform diff main.json branch.json --report markdown=comment.md",
		Args: cobra.ExactArgs(2),
		RunE: func(_ *cobra.Command, args []string) error { return diffReports(w, args[0], args[1], reports) },
	}
	c.Flags().StringArrayVar(&reports, "report", nil,
		"write the comparison, FORMAT=PATH: json or markdown; the path - is standard output (repeatable)")
	return c
}

func diffReports(w Runtime, older, newer string, reports []string) error {
	outputs, err := openReports(reports, "json", "markdown")
	if err != nil {
		return err
	}
	before, err := readReport(older)
	if err != nil {
		return err
	}
	after, err := readReport(newer)
	if err != nil {
		return err
	}
	c := compare.Reports(before, after)
	if err := outputs.write(w.Stdout, renderers{"json": c.WriteJSON, "markdown": c.WriteMarkdown}); err != nil {
		return err
	}
	if err := c.WriteText(outputs.textStream(w)); err != nil {
		return err
	}
	if c.IsRegression() {
		return exitError{code: Regressed}
	}
	return nil
}
