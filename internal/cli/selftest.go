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

// A selftestFlags holds the flags of selftest.
type selftestFlags struct {
	config  steps.SelftestConfig
	reports []string
	list    bool
}

func newSelftest(w Runtime) *cobra.Command {
	f := &selftestFlags{}
	c := &cobra.Command{
		Use:   "selftest",
		Short: "Prove that the requirements catch every defect of the fake",
		Long: "Judge the fake with each of its defects in turn. Every defect has to be caught by the requirements that it names,\n" +
			"for the reason that it names; every requirement, and every Then step, has to be needed for that; and what a\n" +
			"service is free to do otherwise has to be let pass.\n\n" +
			"Exit codes: 0 proven · 1 something is missed, caught for another reason, needed for nothing, or could not be judged ·\n" +
			"2 usage · 4 no storage · 5 error of cvconform itself · 130 interrupted",
		Example: "  cvconform selftest\n" +
			"  cvconform selftest --only 'CVSI-TRAIN-*' --report html=matrix.html\n" +
			"  cvconform selftest --list --defect 'backup-*'",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return f.run(c.Context(), w) },
	}
	flags, config := c.Flags(), &f.config
	flags.StringSliceVar(&config.Defects, "defect", nil, "judge only these defects: name, or glob of names (repeatable)")
	flags.StringSliceVar(
		&config.Only,
		"only",
		nil,
		"judge only what these requirements catch: id, glob of ids, or tag expression (repeatable)",
	)
	flags.BoolVar(&config.All, "all", false, "judge each defect by every requirement, which takes longer")
	flags.StringVar(
		&config.Storage,
		"storage",
		"auto",
		"storage: auto, container, process, external (AZURE_STORAGE_CONNECTION_STRING)",
	)
	flags.StringVar(
		&config.AzuriteImage,
		"azurite-image",
		w.Env("CVCONFORM_AZURITE_IMAGE"),
		"image of the Azurite container (default the pinned official one)",
	)
	flags.IntVar(&config.Parallel, "parallel", 0, "defects judged at a time (default 4 for each processor)")
	flags.StringArrayVar(
		&f.reports,
		"report",
		nil,
		"write the matrix, FORMAT=PATH: json, html; - is standard output (repeatable)",
	)
	flags.BoolVar(&f.list, "list", false, "list the defects and variations, and judge nothing")
	return c
}

func (f *selftestFlags) run(ctx context.Context, w Runtime) error {
	f.config.ConnectionString = w.Env("AZURE_STORAGE_CONNECTION_STRING")
	if f.list {
		return f.print(w.Stdout)
	}
	outputs, err := openReports(f.reports, "json", "html")
	if err != nil {
		return err
	}
	text := w.Stdout
	if outputs.usesStdout() {
		text = w.Stderr
	}
	m, err := f.judge(ctx, w)
	if m == nil {
		return err
	}
	wrote := outputs.write(w.Stdout, renderers{
		"json": func(to io.Writer) error { return result.WriteJSON(to, m) },
		"html": func(to io.Writer) error { return result.WriteHTML(to, m) },
	})
	if err := errors.Join(err, wrote, result.WriteConsole(text, m, result.ConsoleOptions{Color: w.Color, Rerun: "cvconform selftest --defect"})); err != nil {
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

// judge judges, and shows how it goes on.
func (f *selftestFlags) judge(ctx context.Context, w Runtime) (*steps.Matrix, error) {
	live := newProgress(w)
	defer live.end()
	f.config.Progress = live.show
	return steps.Selftest(ctx, f.config)
}

// print lists what would be judged.
func (f *selftestFlags) print(w io.Writer) error {
	chosen, err := steps.Defects(f.config)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, d := range chosen {
		fmt.Fprintf(table, "%s\t%s\t%s\n", d.Name, d.Description, idsOf(d))
	}
	return table.Flush()
}

// idsOf lists the requirements that have to catch a defect.
func idsOf(d defect.Defect) string {
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
