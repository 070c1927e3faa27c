package cli

import (
	"context"
	"errors"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/reading"
	"github.com/cvconform/cvconform/steps"
	"github.com/cvconform/cvconform/steps/report"
)

// A runFlags holds the flags of run.
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
		Long:  "Judge a service by the contract: the built-in fake, unless --target names another.\n\n" + exitCodes,
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
		return f.run(c, w)
	}
	return c
}

const exitCodes = `Exit codes: 0 conformant, or nothing of the selection failed · 1 not conformant · 2 usage ·
3 inconclusive · 4 no storage or no target · 5 error of cvconform itself, or of a control · 130 interrupted`

// register defines the flags that run and certify share; evidence is where the
// bundle goes unless the flag says otherwise.
func (f *runFlags) register(flags *pflag.FlagSet, evidence string) {
	c := &f.config
	f.registerTarget(flags, "fake")
	flags.StringVar(
		&c.Preflight,
		"preflight",
		"auto",
		"look at an http(s) target before it is judged: auto (on, but for one on this machine), on, off",
	)
	flags.StringSliceVar(&c.Only, "only", nil, "judge only these: id, glob of ids, or tag expression (repeatable)")
	flags.StringSliceVar(&c.Skip, "skip", nil, "leave these out (repeatable)")
	flags.IntVar(&c.Parallel, "parallel", 0, "situations performed at a time (default 8, or 2 for a service elsewhere)")
	flags.StringVar(
		&c.Tier,
		"tier",
		"",
		"pricing tier of the service's resource, F0 or S0: no more projects at a time than it takes (default no limit)",
	)
	flags.BoolVar(&c.Yes, "yes", false, "approve a run over a service that is not on this machine: see cvconform plan")
	flags.BoolVar(&c.Isolate, "isolate", false, "perform every scenario's situation for itself")
	flags.StringToStringVar(
		&c.Provoke,
		"provoke",
		nil,
		"failure=NAME-PREFIX: training-failure, export-failure of projects so named (repeatable)",
	)
	flags.StringSliceVar(&c.Defects, "defect", nil, "give the fake this defect: cvconform selftest --list (repeatable)")
	flags.StringArrayVar(
		&f.reports,
		"report",
		nil,
		"write a report, FORMAT=PATH: json, junit; - is standard output (repeatable)",
	)
	flags.StringVar(
		&c.Evidence,
		"evidence",
		evidence,
		"write the evidence bundle, a zip that cvconform verify judges again",
	)
	flags.StringVar(
		&c.Record,
		"record",
		"",
		"keep the service's answers in this new folder, for --target replay:DIR and cvconform drift",
	)
	flags.StringVar(&f.signFile, "sign", "", "sign the evidence with this Ed25519 private key (PEM file, PKCS#8)")
	flags.StringVar(&f.file, "config", "", "configuration file (default cvconform.yaml, where there is one)")
}

// registerTarget defines the flags that name a service and its storage, for all
// commands that look at one; target is what is meant where none is named.
func (f *runFlags) registerTarget(flags *pflag.FlagSet, target string) {
	c := &f.config
	flags.StringVar(
		&c.Target,
		"target",
		target,
		"service under test: fake, container, image:REF, exec:COMMAND, replay:DIR, http(s)://HOST[:PORT]",
	)
	flags.StringVar(
		&f.keyFile,
		"training-key-file",
		"",
		"file with the training key of an http(s) target (or CVCONFORM_TRAINING_KEY)",
	)
	registerNetworkFlags(flags, c)
	flags.StringVar(
		&c.Storage,
		"storage",
		"auto",
		"storage: auto, container, process, external (AZURE_STORAGE_CONNECTION_STRING), azure (by identity)",
	)
	flags.StringVar(
		&c.BlobAccount,
		"blob-account",
		"",
		"storage azure: name of the account, or https URL of its blob service",
	)
	flags.StringVar(
		&c.QueueAccount,
		"queue-account",
		"",
		"storage azure: name of the account, or https URL of its queue service (default that beside the blob service)",
	)
	flags.StringVar(
		&c.AzuriteImage,
		"azurite-image",
		"",
		"image of the Azurite container (default the pinned official one)",
	)
	flags.StringVar(
		&c.GatewayListen,
		"gateway-listen",
		"auto",
		"where the gateway to storage stands: auto, off (list storage instead), HOST[:PORT]",
	)
	flags.StringVar(
		&c.GatewayAdvertise,
		"gateway-advertise",
		"",
		"host by which the service reaches the gateway (default the one of --gateway-listen)",
	)
	flags.StringVar(&c.Profile, "profile", "full", "what the service claims: full, notifications, backup")
	flags.StringVar(&f.apiVersion, "api-version", "", "shorthand for --reading api-version=VERSION")
	flags.StringToStringVar(&c.Readings, "reading", nil, "choose a reading, NAME=VALUE (repeatable)")
	flags.StringToStringVar(&f.budgets, "budget", nil, "replace a time limit, NAME=DURATION (repeatable)")
}

func (f *runFlags) run(c *cobra.Command, w Runtime) error {
	outputs, err := f.prepare(w)
	if err != nil {
		return err
	}
	text := w.Stdout
	if outputs.usesStdout() {
		text = w.Stderr
	}
	r, err := f.runAndReport(c.Context(), w, steps.Run)
	if r == nil {
		return err
	}
	return exitStatus(
		r,
		errors.Join(err, outputs.write(w.Stdout, reportRenderers(r)), report.WriteConsole(text, r, w.Color)),
	)
}

// prepare draws everything that was given together, and makes sure that what is
// to be written can be.
func (f *runFlags) prepare(w Runtime) (reportFiles, error) {
	if err := f.buildConfig(w); err != nil {
		return nil, err
	}
	return openReports(f.reports, "json", "junit")
}

// runAndReport judges, and shows how it goes on.
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
		left.Hint = cleanCommand(f.config.Rerun, left.RunID)
	}
	return r, withForecast(w.Stderr, err)
}

// exitStatus is how a command ends that has a report: by trouble, or by the verdict.
// What is left behind is said, and leaves a verdict its exit code.
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

// buildConfig draws flags, environment and files together into the configuration.
func (f *runFlags) buildConfig(w Runtime) error {
	f.config.ConnectionString = w.Env("AZURE_STORAGE_CONNECTION_STRING")
	if err := f.readKey(w); err != nil {
		return err
	}
	if err := f.readSigningKey(); err != nil {
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
	if err := f.readVersion(); err != nil {
		return err
	}
	f.config.Rerun = rerunCommand(f.config)
	return nil
}

// readSigningKey reads the key of --sign.
func (f *runFlags) readSigningKey() (err error) {
	if f.signFile == "" {
		return nil
	}
	f.config.Sign, err = keyFrom("--sign", f.signFile, evidence.PrivateKey)
	return err
}

// readKey takes the training key from a file, or from the environment.
func (f *runFlags) readKey(w Runtime) error {
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
		return usage(
			"give one of them",
			"--api-version %s and --reading %s=%s contradict each other",
			f.apiVersion,
			reading.APIVersion,
			other,
		)
	}
	if f.config.Readings == nil {
		f.config.Readings = map[string]string{}
	}
	f.config.Readings[reading.APIVersion] = f.apiVersion
	return nil
}
