package cli

import (
	"context"
	"errors"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/cvconform/cvconform/internal/evidence/bundle"
	"github.com/cvconform/cvconform/internal/reading"
	"github.com/cvconform/cvconform/steps"
	"github.com/cvconform/cvconform/steps/report"
)

// durationHint is the hint for an invalid duration.
const durationHint = "durations look like 500ms, 30s, 5m"

// runFlags holds the flags of run.
type runFlags struct {
	config     steps.Config
	apiVersion string
	budgets    map[string]string
	keyFile    string
	reports    []string
	file       string
	signFile   string
}

func newRun(w Runtime) *cobra.Command {
	f := &runFlags{}
	c := &cobra.Command{
		Use:   "run",
		Short: "Judge a service",
		Long:  "Judge a service by the contract: the built-in fake, or the service that --target names.\n\n" + exitCodes,
		Example: "  cvconform run\n" +
			"  cvconform run --target 'exec:./my-service --port-from-env'\n" +
			"  cvconform run --target http://localhost:8080 --only 'CVSI-TRAIN-*' --report junit=report.xml",
		Args: cobra.NoArgs,
	}
	f.register(c.Flags(), "")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := configure(c.Flags(), w.Env, f.file); err != nil {
			return err
		}
		return f.run(c.Context(), w)
	}
	return c
}

const exitCodes = `Exit codes: 0 conformant, or nothing of the selection failed · 1 not conformant · 2 usage ·
3 inconclusive · 4 no storage or no target · 5 error of cvconform itself, or of a control · 130 interrupted`

// The usage of the flags that run and serve have in common.
const (
	provokeUsage = "name prefix of projects that fail, FAILURE=PREFIX: training-failure, export-failure (repeatable)"
	defectUsage  = "give the fake this defect (see cvconform selftest --list; repeatable)"
)

// register defines the flags that run and certify share. evidence is the default of
// --evidence.
func (f *runFlags) register(flags *pflag.FlagSet, evidence string) {
	c := &f.config
	f.registerTarget(flags, "fake")
	flags.StringVar(&c.Preflight, "preflight", "auto",
		"check an http(s) target before judging it: on, off or auto (on for a service on another machine)")
	flags.StringSliceVar(&c.Only, "only", nil,
		"judge only these requirements: id, glob of ids, or tag expression (repeatable)")
	flags.StringSliceVar(&c.Skip, "skip", nil, "leave these requirements out (repeatable)")
	flags.IntVar(&c.Parallel, "parallel", 0,
		"situations performed at a time (default 8, or 2 for a service on another machine)")
	flags.StringVar(&c.Tier, "tier", "",
		"pricing tier of the service, F0 or S0, which limits the projects that exist at a time (default no limit)")
	flags.BoolVar(&c.Yes, "yes", false, "approve a run on a service on another machine (see cvconform plan)")
	flags.BoolVar(&c.Isolate, "isolate", false, "perform the situation of every scenario separately")
	flags.StringToStringVar(&c.Provoke, "provoke", nil, provokeUsage)
	flags.StringSliceVar(&c.Defects, "defect", nil, defectUsage)
	flags.StringArrayVar(&f.reports, "report", nil,
		"write a report, FORMAT=PATH: json or junit; the path - is standard output (repeatable)")
	flags.StringVar(&c.Evidence, "evidence", evidence, "write the evidence bundle, a zip file for cvconform verify")
	flags.StringVar(&c.Record, "record", "",
		"record the service in this new folder, for --target replay:DIR and cvconform drift")
	flags.StringVar(&f.signFile, "sign", "", "sign the evidence with this Ed25519 private key (PEM file, PKCS#8)")
	flags.StringVar(&f.file, "config", "", "configuration file (default cvconform.yaml, if it exists)")
}

func (f *runFlags) run(ctx context.Context, w Runtime) error {
	outputs, err := f.prepare(w)
	if err != nil {
		return err
	}
	r, err := f.runAndReport(ctx, w, steps.Run)
	if r == nil {
		return err
	}
	written := outputs.write(w.Stdout, reportRenderers(r))
	return exitStatus(r, errors.Join(err, written, writeConsole(outputs.textStream(w), r, w.Color)))
}

// prepare builds the configuration, and checks before the run starts that the reports
// can be written.
func (f *runFlags) prepare(w Runtime) (reportFiles, error) {
	if err := f.buildConfig(w); err != nil {
		return nil, err
	}
	return openReports(f.reports, "json", "junit")
}

// runAndReport calls judge, which is steps.Run or steps.Certify, and shows its progress.
func (f *runFlags) runAndReport(
	ctx context.Context,
	w Runtime,
	judge func(context.Context, steps.Config) (*steps.Report, error),
) (*steps.Report, error) {
	live := newProgress(w)
	defer live.end()
	f.config.Progress = live.show
	r, err := judge(ctx, f.config)
	var left *steps.LeftBehindError
	if errors.As(err, &left) && left.RunID != "" {
		left.Hint = cleanCommand(f.config, left.RunID) + " deletes them"
	}
	return r, withForecast(w.Stderr, err)
}

// exitStatus returns the error that gives a command with a report its exit code: err, or
// else the verdict. Resources that were left behind do not change the exit code of a
// verdict.
func exitStatus(r *report.Report, err error) error {
	code := exitCode(r)
	if code == OK {
		return err
	}
	var left *steps.LeftBehindError
	if err == nil || errors.As(err, &left) {
		return exitError{code: code, remaining: err}
	}
	return err
}

// buildConfig completes the configuration from flags, environment and files.
func (f *runFlags) buildConfig(w Runtime) error {
	f.config.ConnectionString = w.Env("AZURE_STORAGE_CONNECTION_STRING")
	if err := f.readTrainingKey(w); err != nil {
		return err
	}
	if err := f.readSigningKey(); err != nil {
		return err
	}
	if f.config.Parallel < 0 {
		return usage("", "--parallel %d: must be at least 1", f.config.Parallel)
	}
	if err := f.parseBudgets(); err != nil {
		return err
	}
	if err := f.applyAPIVersion(); err != nil {
		return err
	}
	f.config.Rerun = rerunCommand(f.config)
	return nil
}

// readTrainingKey reads the training key from the file, or else from the environment.
func (f *runFlags) readTrainingKey(w Runtime) error {
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

func (f *runFlags) readSigningKey() (err error) {
	if f.signFile == "" {
		return nil
	}
	f.config.Sign, err = keyFrom("--sign", f.signFile, bundle.PrivateKey)
	return err
}

func (f *runFlags) parseBudgets() error {
	f.config.Budgets = map[string]time.Duration{}
	for name, value := range f.budgets {
		d, err := time.ParseDuration(value)
		if err != nil {
			return usage(durationHint, "--budget %s=%s: %w", name, value, err)
		}
		f.config.Budgets[name] = d
	}
	return nil
}

// applyAPIVersion sets the reading that --api-version stands for.
func (f *runFlags) applyAPIVersion() error {
	if f.apiVersion == "" {
		return nil
	}
	if other, set := f.config.Readings[reading.APIVersion]; set && other != f.apiVersion {
		return usage("give one of them", "--api-version %s and --reading %s=%s contradict each other",
			f.apiVersion, reading.APIVersion, other)
	}
	if f.config.Readings == nil {
		f.config.Readings = map[string]string{}
	}
	f.config.Readings[reading.APIVersion] = f.apiVersion
	return nil
}
