package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/cvconform/cvconform/internal/reading"
	"github.com/cvconform/cvconform/internal/report"
	"github.com/cvconform/cvconform/steps"
)

// A runFlags holds the flags of run.
type runFlags struct {
	config     steps.Config
	apiVersion string
	budgets    map[string]string
	keyFile    string
	reports    []string
	file       string
}

func newRun(w World) *cobra.Command {
	f := &runFlags{}
	c := &cobra.Command{
		Use:   "run",
		Short: "Judge a service",
		Long:  "Judge a service by the contract: the built-in fake, unless --target names another.\n\n" + exitCodes,
		Example: "  cvconform run\n" +
			"  cvconform run --target 'exec:./my-service --port-from-env'\n" +
			"  cvconform run --target http://localhost:8080 --only 'CVSI-TRAIN-*' --report junit=report.xml",
		Args: cobra.NoArgs,
	}
	f.register(c.Flags())
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := configure(c.Flags(), w.Env, f.file); err != nil {
			return err
		}
		return f.run(c, w)
	}
	return c
}

const exitCodes = `Exit codes: 0 conformant, or nothing of the selection failed · 1 not conformant · 2 usage ·
3 inconclusive · 4 no storage or no target · 5 error of cvconform itself · 130 interrupted`

func (f *runFlags) register(flags *pflag.FlagSet) {
	c := &f.config
	flags.StringVar(&c.Target, "target", "fake", "service under test: fake, container, image:REF, exec:COMMAND, http(s)://HOST[:PORT]")
	flags.StringVar(&f.keyFile, "training-key-file", "", "file with the training key of an http(s) target (or CVCONFORM_TRAINING_KEY)")
	flags.StringVar(&c.Storage, "storage", "auto", "storage: auto, container, process, external (AZURE_STORAGE_CONNECTION_STRING)")
	flags.StringVar(&c.AzuriteImage, "azurite-image", "", "image of the Azurite container (default the pinned official one)")
	flags.StringVar(&c.Profile, "profile", "full", "what the service claims: full, notifications, backup")
	flags.StringVar(&f.apiVersion, "api-version", "", "shorthand for --reading api-version=VERSION")
	flags.StringToStringVar(&c.Readings, "reading", nil, "choose a reading, NAME=VALUE (repeatable)")
	flags.StringSliceVar(&c.Only, "only", nil, "judge only these: id, glob of ids, or tag expression (repeatable)")
	flags.StringSliceVar(&c.Skip, "skip", nil, "leave these out (repeatable)")
	flags.IntVar(&c.Parallel, "parallel", 0, "situations performed at a time (default 8, or 2 for a service elsewhere)")
	flags.BoolVar(&c.Isolate, "isolate", false, "perform every scenario's situation for itself")
	flags.StringToStringVar(&f.budgets, "budget", nil, "replace a time limit, NAME=DURATION (repeatable)")
	flags.StringToStringVar(&c.Provoke, "provoke", nil, "failure=NAME-PREFIX: training-failure, export-failure of projects so named (repeatable)")
	flags.StringSliceVar(&c.Defects, "defect", nil, "give the fake this defect: cvconform selftest --list (repeatable)")
	flags.StringArrayVar(&f.reports, "report", nil, "write a report, FORMAT=PATH: json, junit; - is standard output (repeatable)")
	flags.StringVar(&f.file, "config", "", "configuration file (default cvconform.yaml, where there is one)")
}

func (f *runFlags) run(c *cobra.Command, w World) error {
	if err := f.settle(w); err != nil {
		return err
	}
	outputs, err := openReports(f.reports)
	if err != nil {
		return err
	}
	text := w.Stdout
	if outputs.standard() {
		text = w.Stderr
	}
	live := newProgress(w)
	f.config.Progress = live.show
	r, err := steps.Run(c.Context(), f.config)
	live.end()
	if err != nil && r == nil {
		return err
	}
	wrote := errors.Join(err, outputs.write(r, w.Stdout), report.WriteConsole(text, r, w.Color))
	if wrote != nil {
		return wrote
	}
	if code := exitCode(r); code != OK {
		return verdictError{code}
	}
	return nil
}

// settle draws flags, environment and files together into the configuration.
func (f *runFlags) settle(w World) error {
	f.config.ConnectionString = w.Env("AZURE_STORAGE_CONNECTION_STRING")
	if err := f.readKey(w); err != nil {
		return err
	}
	if f.config.Parallel < 0 {
		return usage("", "--parallel %d: give a number of at least 1", f.config.Parallel)
	}
	f.config.Budgets = map[string]time.Duration{}
	for name, value := range f.budgets {
		d, err := time.ParseDuration(value)
		if err != nil {
			return usage("durations look like 500ms, 30s, 5m", "--budget %s=%s: %w", name, value, err)
		}
		f.config.Budgets[name] = d
	}
	return f.readVersion()
}

// readKey takes the training key from a file, or from the environment.
func (f *runFlags) readKey(w World) error {
	f.config.TrainingKey = w.Env("CVCONFORM_TRAINING_KEY")
	if f.keyFile == "" {
		return nil
	}
	content, err := os.ReadFile(f.keyFile)
	if err != nil {
		return usage("", "--training-key-file: %w", err)
	}
	if f.config.TrainingKey = strings.TrimSpace(string(content)); f.config.TrainingKey == "" {
		return usage("", "--training-key-file: %s is empty", f.keyFile)
	}
	return nil
}

func (f *runFlags) readVersion() error {
	if f.apiVersion == "" {
		return nil
	}
	if other, set := f.config.Readings[reading.APIVersion]; set && other != f.apiVersion {
		return usage("give one of them", "--api-version %s and --reading %s=%s contradict each other", f.apiVersion, reading.APIVersion, other)
	}
	if f.config.Readings == nil {
		f.config.Readings = map[string]string{}
	}
	f.config.Readings[reading.APIVersion] = f.apiVersion
	return nil
}

// A reportFile is one --report.
type reportFile struct{ format, path string }

type reportFiles []reportFile

// openReports makes sure, before anything runs, that every report can be written.
func openReports(values []string) (reportFiles, error) {
	var out reportFiles
	for _, v := range values {
		format, path, ok := strings.Cut(v, "=")
		if !ok || path == "" {
			return nil, usage("for example --report json=report.json", "--report %q: give FORMAT=PATH", v)
		}
		if format != "json" && format != "junit" {
			return nil, usage("", "--report %q: the formats are json, junit", v)
		}
		if err := writable(path); err != nil {
			return nil, usage("choose a path in a folder that exists", "--report %s: cannot write %s: %w", format, path, err)
		}
		out = append(out, reportFile{format, path})
	}
	return out, nil
}

// writable opens the file for writing and leaves things as they were.
func writable(path string) error {
	if path == "-" {
		return nil
	}
	_, err := os.Stat(path)
	missing := errors.Is(err, os.ErrNotExist)
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	err = file.Close()
	if missing {
		err = errors.Join(err, os.Remove(path))
	}
	return err
}

// standard says whether a report goes to standard output.
func (fs reportFiles) standard() bool {
	for _, f := range fs {
		if f.path == "-" {
			return true
		}
	}
	return false
}

func (fs reportFiles) write(r *report.Report, stdout io.Writer) error {
	var errs []error
	for _, f := range fs {
		errs = append(errs, f.write(r, stdout))
	}
	return errors.Join(errs...)
}

func (f reportFile) write(r *report.Report, stdout io.Writer) error {
	render := report.WriteJSON
	if f.format == "junit" {
		render = report.WriteJUnit
	}
	if f.path == "-" {
		return render(stdout, r)
	}
	file, err := os.Create(f.path)
	if err != nil {
		return fmt.Errorf("write the %s report: %w", f.format, err)
	}
	return errors.Join(render(file, r), file.Close())
}
