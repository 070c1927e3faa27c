package cli

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/cvconform/cvconform/steps/report"
)

// renderFlags holds the flags of render.
type renderFlags struct {
	reports []string
	format  formatFlags
}

func newRender(w Runtime) *cobra.Command {
	f := &renderFlags{}
	c := &cobra.Command{
		Use:   "render REPORT.json",
		Short: "Write a JSON report in other formats",
		Long: "Write a report that --report json=PATH wrote in other formats, with the same bytes that the run would\n" +
			"have written. Without --report, print it like cvconform run does.",
		Example: "  cvconform render report.json\n" +
			"  cvconform render report.json --report markdown=comment.md --report badge=badge.svg",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return f.render(w, args[0]) },
	}
	f.format.register(c.Flags())
	registerReports(c.Flags(), &f.reports)
	return c
}

func (f *renderFlags) render(w Runtime, path string) error {
	if err := f.format.check(); err != nil {
		return err
	}
	outputs, err := openReports(f.reports, reportFormats()...)
	if err != nil {
		return err
	}
	r, err := readReport(path)
	if err != nil {
		return err
	}
	if len(outputs) == 0 {
		return writeConsole(w.Stdout, r, f.format.console(w.Color))
	}
	return outputs.write(w.Stdout, reportRenderers(r, f.format.junit))
}

// readReport reads a JSON report.
func readReport(path string) (*report.Report, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, usage("", "%w", err)
	}
	r, err := report.ReadJSON(content)
	if err != nil {
		return nil, usage("give a file that --report json=PATH wrote", "%s is not a cvconform report: %w", path, err)
	}
	return r, nil
}
