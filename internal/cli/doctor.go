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
	"github.com/cvconform/cvconform/internal/preflight/finding"
	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/internal/textfmt"
	"github.com/cvconform/cvconform/steps"
)

const doctorHelp = `Check whether this machine has the requirements of a run: a Docker engine, or Node.js with npm.
With --target, check that service as a run does before it judges: whether it responds, accepts
the key, serves the API version, and reaches the storage. For a failed check, print the probable
cause and a remedy.`

func newDoctor(w Runtime) *cobra.Command {
	f := &runFlags{}
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Check whether this machine can run cvconform, or whether a service can be judged",
		Long:  doctorHelp,
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
			return checkMachine(c.Context(), w, f.config.AzuriteImage)
		}
		return f.checkTarget(c.Context(), w)
	}
	return c
}

// checkTarget checks the service under test.
func (f *runFlags) checkTarget(ctx context.Context, w Runtime) error {
	if err := f.buildConfig(w); err != nil {
		return err
	}
	f.config.Progress = func(p steps.Progress) { fmt.Fprintln(w.Stderr, textfmt.EscapeControl(inFlags(p.Line))) }
	findings, err := steps.Examine(ctx, f.config)
	if err != nil {
		return err
	}
	failed := 0
	for _, f := range findings {
		for _, line := range f.Lines() {
			fmt.Fprintln(w.Stdout, textfmt.EscapeControl(inFlags(line)))
		}
		if f.State == finding.Failed {
			failed++
		}
	}
	if failed > 0 {
		return &steps.EnvironmentError{
			Err: fmt.Errorf("%d of %d checks failed: target %s cannot be judged", failed, len(findings), f.config.Target),
		}
	}
	ready := "Ready: cvconform run with the same flags"
	if s, err := target.Parse(f.config.Target); err == nil && !s.Local() {
		ready += " and --yes (see cvconform plan)"
	}
	fmt.Fprintln(w.Stdout, "\n"+ready)
	return nil
}

// checkMachine checks the tools, and starts each kind of storage to prove that it works.
func checkMachine(ctx context.Context, w Runtime, image string) error {
	line := func(name string, err error, detail string) {
		state := "ok"
		if err != nil {
			state, detail = "missing", strings.ReplaceAll(err.Error(), "\n", "; ")
		}
		fmt.Fprintf(w.Stdout, "%-8s %-22s %s\n", state, name, detail)
	}
	line("Docker engine", docker.Probe(ctx), "responds")
	for _, tool := range []string{"node", "npm"} {
		version, err := toolVersion(ctx, tool)
		line(tool, err, version)
	}
	usable := 0
	for _, kind := range []azurite.Kind{azurite.Container, azurite.Process} {
		name := "Azurite as a " + string(kind)
		started, err := azurite.Start(ctx, azurite.Options{Kind: kind, Image: image, RunID: "doctor",
			Progress: func(s string) { fmt.Fprintln(w.Stderr, s) }})
		if err == nil {
			usable++
			line(name, nil, "version "+started.Version+" started and stopped")
			err = started.Stop(ctx)
		}
		if err != nil {
			line(name, err, "")
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

// toolVersion returns the version that a program prints.
func toolVersion(ctx context.Context, tool string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, tool, "--version").Output()
	return strings.TrimSpace(string(out)), err
}
