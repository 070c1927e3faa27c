package cli

import (
	"github.com/spf13/pflag"

	"github.com/cvconform/cvconform/steps"
)

// runFlags holds the flags of run.
type runFlags struct {
	config     steps.Config
	apiVersion string
	budgets    map[string]string
	keyFile    string
	reports    []string
	file       string
	signFile   string
	format     formatFlags
}

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
	flags.BoolVar(&c.Strict, "strict", false, "exit with 1 also if a should is broken")
	flags.BoolVar(&c.Isolate, "isolate", false, "perform the situation of every scenario separately")
	flags.StringToStringVar(&c.Provoke, "provoke", nil, provokeUsage)
	flags.StringSliceVar(&c.Defects, "defect", nil, defectUsage)
	registerReports(flags, &f.reports)
	f.format.register(flags)
	flags.StringVar(&c.Evidence, "evidence", evidence, "write the evidence bundle, a zip file for cvconform verify")
	flags.StringVar(&c.Record, "record", "",
		"record the service in this new folder, for --target replay:DIR and cvconform drift")
	flags.StringVar(&f.signFile, "sign", "", "sign the evidence with this Ed25519 private key (PEM file, PKCS#8)")
	flags.StringVar(&f.file, "config", "", "configuration file (default cvconform.yaml, if it exists)")
}

// registerTarget defines the flags that describe a service and its storage, for all
// commands that send requests to one. target is the default of --target.
func (f *runFlags) registerTarget(flags *pflag.FlagSet, target string) {
	c := &f.config
	flags.StringVar(&c.Target, "target", target,
		"service under test: fake, container, image:REF, exec:COMMAND, replay:DIR or http(s)://HOST[:PORT]")
	flags.StringVar(&f.keyFile, "training-key-file", "",
		"file with the training key of an http(s) target (default the variable CVCONFORM_TRAINING_KEY)")
	registerNetwork(flags, c)
	flags.StringVar(&c.Storage, "storage", "auto",
		"storage: auto, container, process, external (AZURE_STORAGE_CONNECTION_STRING) or azure (by identity)")
	flags.StringVar(&c.BlobAccount, "blob-account", "",
		"account of --storage azure: its name, or the https URL of its blob service")
	flags.StringVar(&c.QueueAccount, "queue-account", "",
		"account of the queues: its name, or the https URL of its queue service (default that of --blob-account)")
	registerImage(flags, &c.AzuriteImage)
	flags.StringVar(&c.GatewayListen, "gateway-listen", "auto",
		"address of the gateway to storage: auto, off (poll storage instead) or HOST[:PORT]")
	flags.StringVar(&c.GatewayAdvertise, "gateway-advertise", "",
		"host by which the service reaches the gateway (default that of --gateway-listen)")
	flags.StringVar(&c.Profile, "profile", "full", "integrations that the service claims: full, notifications or backup")
	flags.StringVar(&f.apiVersion, "api-version", "", "short for --reading api-version=VERSION")
	flags.StringToStringVar(&c.Readings, "reading", nil, "set a reading, NAME=VALUE (repeatable)")
	flags.StringToStringVar(&f.budgets, "budget", nil, "set a time limit, NAME=DURATION (repeatable)")
}

// The usage of the flags that run and serve have in common.
const (
	provokeUsage = "name prefix of projects that fail, FAILURE=PREFIX: training-failure, export-failure (repeatable)"
	defectUsage  = "give the fake this defect (see cvconform selftest --list; repeatable)"
)
