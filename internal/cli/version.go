package cli

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/cvconform/cvconform/fakes/azurite"
	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/steps"
)

func newVersion(w Runtime) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the versions of the program, the features, Azurite and Go",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			catalogue, err := features.Load()
			if err != nil {
				return err
			}
			fmt.Fprintf(w.Stdout, "cvconform %s\nfeatures  sha256:%s, %d requirements\nazurite   %s\ngo        %s %s/%s\n",
				version(), catalogue.Digest, len(catalogue.Requirements), azurite.Version,
				runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return nil
		},
	}
}

// version returns the version of this program, and its revision if that is known.
func version() string {
	version, revision := steps.Version()
	if revision != "" {
		version += " (" + revision + ")"
	}
	return version
}
