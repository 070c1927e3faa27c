package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/cvconform/cvconform/features/schemas"
	"github.com/cvconform/cvconform/internal/estimate"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/recording"
	"github.com/cvconform/cvconform/internal/selftest/result"
	"github.com/cvconform/cvconform/steps/report"
)

// The names of the schemas of what cvconform writes, among those of the messages.
const (
	reportSchema   = "report"
	manifestSchema = "manifest"
	matrixSchema   = "selftest"
	planSchema     = "plan"
	recordedSchema = "recording"
	driftSchema    = "drift"
)

func newSchema(w Runtime) *cobra.Command {
	names := append(
		schemas.Names(),
		reportSchema,
		manifestSchema,
		matrixSchema,
		planSchema,
		recordedSchema,
		driftSchema,
	)
	return &cobra.Command{
		Use:       "schema NAME",
		Short:     "Print a JSON Schema: " + strings.Join(names, ", "),
		Args:      cobra.ExactArgs(1),
		ValidArgs: names,
		RunE: func(_ *cobra.Command, args []string) error {
			content, err := schemaOf(args[0])
			if err != nil {
				return usage("", "no schema %q: there are %s", args[0], strings.Join(names, ", "))
			}
			_, err = w.Stdout.Write(content)
			return err
		},
	}
}

func schemaOf(name string) ([]byte, error) {
	switch name {
	case reportSchema:
		return report.JSONSchema(), nil
	case manifestSchema:
		return evidence.ManifestJSONSchema(), nil
	case matrixSchema:
		return result.JSONSchema(), nil
	case planSchema:
		return estimate.JSONSchema(), nil
	case recordedSchema:
		return recording.JSONSchema(), nil
	case driftSchema:
		return recording.DriftJSONSchema(), nil
	}
	return schemas.Read(name)
}
