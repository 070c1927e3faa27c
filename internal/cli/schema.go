package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/cvconform/cvconform/features/schemas"
	"github.com/cvconform/cvconform/internal/compare"
	"github.com/cvconform/cvconform/internal/estimate"
	"github.com/cvconform/cvconform/internal/evidence/bundle"
	"github.com/cvconform/cvconform/internal/evidence/recording"
	"github.com/cvconform/cvconform/internal/selftest/result"
	"github.com/cvconform/cvconform/steps/report"
)

func newSchema(w Runtime) *cobra.Command {
	names := append(schemas.Names(), "report", "manifest", "selftest", "plan", "recording", "drift", "diff")
	return &cobra.Command{
		Use:       "schema NAME",
		Short:     "Print a JSON Schema: " + strings.Join(names, ", "),
		Args:      cobra.ExactArgs(1),
		ValidArgs: names,
		RunE: func(_ *cobra.Command, args []string) error {
			content, err := schemaOf(args[0])
			if err != nil {
				return usage("", "unknown schema %q (use %s)", args[0], strings.Join(names, ", "))
			}
			_, err = w.Stdout.Write(content)
			return err
		},
	}
}

// schemaOf returns the schema of a document that cvconform writes, or of a message.
func schemaOf(name string) ([]byte, error) {
	switch name {
	case "report":
		return report.JSONSchema(), nil
	case "manifest":
		return bundle.ManifestJSONSchema(), nil
	case "selftest":
		return result.JSONSchema(), nil
	case "plan":
		return estimate.JSONSchema(), nil
	case "recording":
		return recording.JSONSchema(), nil
	case "diff":
		return compare.JSONSchema(), nil
	case "drift":
		return recording.DriftJSONSchema(), nil
	}
	return schemas.Read(name)
}
