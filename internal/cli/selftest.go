package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/cvconform/cvconform/fakes/customvision/defect"
	"github.com/cvconform/cvconform/internal/selftest/result"
	"github.com/cvconform/cvconform/steps"
)

// selftestFlags holds the flags of selftest.
type selftestFlags struct {
	config  steps.SelftestConfig
	reports []string
	list    bool
}

const selftestHelp = `Judge the fake with each of its defects in turn. The requirements that a defect names must catch
it, for the reason that it names. Every requirement and every Then step must be necessary to
catch a defect. No requirement may object to a variation, which is a permitted difference from
the fake.

Exit codes: 0 proven · 1 a defect was missed, caught for another reason or not judged, or a
requirement or step is not proven · 2 usage · 4 no storage · 5 error of cvconform itself · 130
interrupted`

func newSelftest(w Runtime) *cobra.Command {
	f := &selftestFlags{}
	c := &cobra.Command{
		Use:   "selftest",
		Short: "Prove that the requirements catch every defect of the fake",
		Long:  selftestHelp,
		Example: "  cvconform selftest\n" +
			"  cvconform selftest --only 'CVSI-TRAIN-*' --report html=matrix.html\n" +
			"  cvconform selftest --list --defect 'backup-*'",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return f.run(c.Context(), w) },
	}
	flags, config := c.Flags(), &f.config
	flags.StringSliceVar(&config.Defects, "defect", nil, "judge only these defects: name, or glob of names (repeatable)")
	flags.StringSliceVar(&config.Only, "only", nil,
		"judge only the defects of these requirements: id, glob of ids, or tag expression (repeatable)")
	flags.BoolVar(&config.All, "all", false, "judge each defect by every requirement, which takes longer")
	registerStorage(flags, &config.Storage, &config.AzuriteImage)
	flags.IntVar(&config.Parallel, "parallel", 0, "defects judged at a time (default 4 per processor)")
	flags.StringArrayVar(&f.reports, "report", nil,
		"write the matrix, FORMAT=PATH: json or html; the path - is standard output (repeatable)")
	flags.BoolVar(&f.list, "list", false, "list the defects and variations, and judge nothing")
	return c
}

func (f *selftestFlags) run(ctx context.Context, w Runtime) error {
	f.config.ConnectionString = w.Env("AZURE_STORAGE_CONNECTION_STRING")
	if f.config.AzuriteImage == "" {
		f.config.AzuriteImage = w.Env("CVCONFORM_AZURITE_IMAGE")
	}
	if f.list {
		return f.printSelected(w.Stdout)
	}
	outputs, err := openReports(f.reports, "json", "html")
	if err != nil {
		return err
	}
	m, err := f.judge(ctx, w)
	if m == nil {
		outputs.remove()
		return err
	}
	written := outputs.write(w.Stdout, renderers{
		"json": func(to io.Writer) error { return result.WriteJSON(to, m) },
		"html": func(to io.Writer) error { return result.WriteHTML(to, m) },
	})
	options := result.ConsoleOptions{Color: w.Color, Rerun: "cvconform selftest --defect"}
	console := writeInFlags(outputs.textStream(w), func(to io.Writer) error { return result.WriteConsole(to, m, options) })
	if err := errors.Join(err, written, console); err != nil {
		return err
	}
	switch m.Verdict {
	case result.Incomplete:
		return exitError{code: Interrupted}
	case result.NotProven:
		return exitError{code: NotConformant}
	}
	return nil
}

// judge runs the self-test and shows its progress.
func (f *selftestFlags) judge(ctx context.Context, w Runtime) (*steps.Matrix, error) {
	live := newProgress(w)
	defer live.end()
	f.config.Progress = live.show
	return steps.Selftest(ctx, f.config)
}

// printSelected lists the selected defects.
func (f *selftestFlags) printSelected(w io.Writer) error {
	selected, err := steps.Defects(f.config)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, d := range selected {
		fmt.Fprintf(table, "%s\t%s\t%s\n", d.Name, d.Description, requirementsOf(d))
	}
	return table.Flush()
}

// requirementsOf lists the requirements that must catch a defect.
func requirementsOf(d defect.Defect) string {
	var ids []string
	for _, c := range d.Caught {
		ids = append(ids, c.ID)
	}
	if len(ids) == 0 {
		return "(a variation)"
	}
	return strings.Join(ids, " ")
}

// printDefects lists the defects that prove a requirement.
func printDefects(w io.Writer, id string) {
	fmt.Fprintf(w, "\nProven by these defects of the fake (cvconform selftest --only %s):\n", id)
	for _, d := range defect.All() {
		for _, c := range d.Caught {
			if c.ID == id {
				fmt.Fprintf(w, "  %s: %s\n", d.Name, d.Description)
			}
		}
	}
}
