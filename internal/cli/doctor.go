package cli

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/cvconform/cvconform/internal/azurite"
	"github.com/cvconform/cvconform/internal/containers"
	"github.com/cvconform/cvconform/steps"
)

func newDoctor(w World) *cobra.Command {
	var image string
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Say whether this machine has what a run needs, and what to do where not",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := fromEnvironment(c.Flags(), w.Env); err != nil {
				return err
			}
			return diagnose(c.Context(), w, image)
		},
	}
	c.Flags().StringVar(&image, "azurite-image", "", "image of the Azurite container (default the pinned official one)")
	return c
}

// diagnose tries both kinds of storage for real, since only a start proves it.
func diagnose(ctx context.Context, w World, image string) error {
	line := func(ok bool, what, detail string) {
		mark := "missing"
		if ok {
			mark = "ok"
		}
		fmt.Fprintf(w.Stdout, "%-8s %-28s %s\n", mark, what, detail)
	}
	engine := containers.Probe(ctx)
	line(engine == nil, "Docker engine", detail(engine, "answers"))
	for _, tool := range []string{"node", "npm"} {
		version, err := toolVersion(ctx, tool)
		line(err == nil, tool, detail(err, version))
	}
	usable := 0
	for _, kind := range []azurite.Kind{azurite.Container, azurite.Process} {
		started, err := azurite.Start(ctx, azurite.Options{Kind: kind, Image: image, RunID: "doctor",
			Progress: func(s string) { fmt.Fprintln(w.Stderr, s) }})
		if err == nil {
			usable++
			line(true, "Azurite as a "+string(kind), "version "+started.Version+" started and stopped")
			err = started.Stop(ctx)
		}
		if err != nil {
			line(false, "Azurite as a "+string(kind), detail(err, ""))
		}
	}
	if usable == 0 {
		return &steps.EnvironmentError{Err: errors.New("this machine has no storage for a run"), Hint: "install a Docker engine, or Node.js 20 or newer with npm"}
	}
	fmt.Fprintln(w.Stdout, "\nReady: cvconform run")
	return nil
}

func detail(err error, ok string) string {
	if err != nil {
		return strings.ReplaceAll(err.Error(), "\n", "; ")
	}
	return ok
}

func toolVersion(ctx context.Context, tool string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, tool, "--version").Output()
	return strings.TrimSpace(string(out)), err
}
