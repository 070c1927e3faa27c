package cli

import (
	_ "embed" // the introduction is a file of its own
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/engine"
)

func newList(w Runtime) *cobra.Command {
	var only, skip []string
	var markdown bool
	c := &cobra.Command{
		Use:   "list",
		Short: "List the requirements",
		Long:  "List the requirements: id, level, number of scenarios, sentence.",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			catalogue, err := features.Load()
			if err != nil {
				return err
			}
			selected, _, err := engine.Select(catalogue, only, skip)
			if err != nil {
				return usage("", "%w", err)
			}
			if markdown {
				return printMarkdown(w.Stdout, selected)
			}
			table := tabwriter.NewWriter(w.Stdout, 0, 0, 2, ' ', 0)
			for _, r := range selected {
				fmt.Fprintf(table, "%s\t%s\t%d\t%s\n", r.ID, r.Level, len(r.Scenarios), r.Title)
			}
			return table.Flush()
		},
	}
	flags := c.Flags()
	flags.StringSliceVar(&only, "only", nil, "list only these: id, glob of ids, or tag expression (repeatable)")
	flags.StringSliceVar(&skip, "skip", nil, "leave these out (repeatable)")
	flags.BoolVar(&markdown, "markdown", false, "print the contract as a Markdown page, with descriptions and sources")
	return c
}

//go:embed contract.md
var contractIntroduction string

// printMarkdown prints the page features/README.md.
func printMarkdown(w io.Writer, requirements []features.Requirement) error {
	var b strings.Builder
	b.WriteString(contractIntroduction)
	for _, r := range requirements {
		text := "**" + r.Title + "**"
		if r.Description != "" {
			text += "<br>" + r.Description
		}
		fmt.Fprintf(&b, "| [%s](%s#L%d) | %s | %s | %s |\n", r.ID, r.Feature, r.Line, r.Level, text, r.Source)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
