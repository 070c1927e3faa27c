package cli

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/engine"
)

func newList(w World) *cobra.Command {
	var only, skip []string
	c := &cobra.Command{
		Use:   "list",
		Short: "List the requirements",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			catalogue, err := features.Load()
			if err != nil {
				return err
			}
			chosen, _, err := engine.Select(catalogue, only, skip)
			if err != nil {
				return usage("", "%w", err)
			}
			table := tabwriter.NewWriter(w.Stdout, 0, 0, 2, ' ', 0)
			for _, r := range chosen {
				fmt.Fprintf(table, "%s\t%s\t%d\t%s\n", r.ID, r.Level, len(r.Scenarios), r.Title)
			}
			return table.Flush()
		},
	}
	c.Long = "List the requirements: id, level, number of scenarios, sentence."
	c.Flags().StringSliceVar(&only, "only", nil, "list only these: id, glob of ids, or tag expression (repeatable)")
	c.Flags().StringSliceVar(&skip, "skip", nil, "leave these out (repeatable)")
	return c
}
