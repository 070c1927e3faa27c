package cli

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/cvconform/cvconform/fakes/azurite"
	"github.com/cvconform/cvconform/internal/docker"
	"github.com/cvconform/cvconform/internal/preflight"
	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/steps"
	"github.com/cvconform/cvconform/steps/report"
)

func newDoctor(w Runtime) *cobra.Command {
	f := &runFlags{}
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Say whether this machine has what a run needs, or a service can be judged, and what to do where not",
		Long: "Say whether this machine has what a run needs: a Docker engine, or Node.js with npm. With --target, look at that\n" +
			"service as a run does before it judges: whether it answers, accepts the key, serves the API, and reaches the storage.",
		Example: "  cvconform doctor\n" +
			"  cvconform doctor --target http://localhost:8080 --storage external",
		Args: cobra.NoArgs,
	}
	f.registerTarget(c.Flags(), "")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := fromEnvironment(c.Flags(), w.Env); err != nil {
			return err
		}
		if f.config.Target == "" {
			return diagnose(c.Context(), w, f.config.AzuriteImage)
		}
		return f.examine(c.Context(), w)
	}
	return c
}

// examine looks at a service.
func (f *runFlags) examine(ctx context.Context, w Runtime) error {
	if err := f.buildConfig(w); err != nil {
		return err
	}
	f.config.Progress = func(p steps.Progress) { fmt.Fprintln(w.Stderr, report.EscapeControl(p.Line)) }
	found, err := steps.Examine(ctx, f.config)
	if err != nil {
		return err
	}
	failed := 0
	for _, f := range found {
		for _, line := range f.Lines() {
			fmt.Fprintln(w.Stdout, report.EscapeControl(line))
		}
		if f.State == preflight.Failed {
			failed++
		}
	}
	if failed > 0 {
		return &steps.EnvironmentError{
			Err: fmt.Errorf("%d of %d checks failed: target %s cannot be judged as it is", failed, len(found), f.config.Target),
		}
	}
	ready := "Ready: cvconform run with the same flags"
	if s, err := target.Parse(f.config.Target); err == nil && !s.Local() {
		ready += ", and --yes: cvconform plan says what for"
	}
	fmt.Fprintln(w.Stdout, "\n"+ready)
	return nil
}

// diagnose tries both kinds of storage for real, since only a start proves it.
func diagnose(ctx context.Context, w Runtime, image string) error {
	line := func(ok bool, what, detail string) {
		mark := "missing"
		if ok {
			mark = "ok"
		}
		fmt.Fprintf(w.Stdout, "%-8s %-28s %s\n", mark, what, detail)
	}
	engine := docker.Probe(ctx)
	line(engine == nil, "Docker engine", errorOr(engine, "answers"))
	for _, tool := range []string{"node", "npm"} {
		version, err := toolVersion(ctx, tool)
		line(err == nil, tool, errorOr(err, version))
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
			line(false, "Azurite as a "+string(kind), errorOr(err, ""))
		}
	}
	if usable == 0 {
		return &steps.EnvironmentError{
			Err:  errors.New("this machine has no storage for a run"),
			Hint: "install a Docker engine, or Node.js 20 or newer with npm",
		}
	}
	fmt.Fprintln(w.Stdout, "\nReady: cvconform run")
	return nil
}

func errorOr(err error, ok string) string {
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
