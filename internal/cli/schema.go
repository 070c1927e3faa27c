package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/report"
)

// reportSchema names the schema of the JSON report among those of the messages.
const reportSchema = "report"

func newSchema(w World) *cobra.Command {
	names := append(features.SchemaNames(), reportSchema)
	return &cobra.Command{
		Use:       "schema NAME",
		Short:     "Print a JSON Schema: " + strings.Join(names, ", "),
		Args:      cobra.ExactArgs(1),
		ValidArgs: names,
		RunE: func(_ *cobra.Command, args []string) error {
			if args[0] == reportSchema {
				_, err := w.Stdout.Write(report.JSONSchema())
				return err
			}
			content, err := features.Schema(args[0])
			if err != nil {
				return usage("", "no schema %q: there are %s", args[0], strings.Join(names, ", "))
			}
			_, err = w.Stdout.Write(content)
			return err
		},
	}
}
