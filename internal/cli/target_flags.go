package cli

import (
	"github.com/spf13/pflag"

	"github.com/cvconform/cvconform/steps"
)

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

// registerNetwork defines the flags for the connection to a service.
func registerNetwork(flags *pflag.FlagSet, c *steps.Config) {
	flags.StringArrayVar(&c.ImageEnv, "image-env", nil,
		"environment variable of an image, NAME=VALUE, or NAME for its value in this environment (repeatable)")
	flags.IntSliceVar(&c.ImagePorts, "image-port", nil,
		"port that an image listens on; the first is passed to it as PORT (default 8080, repeatable)")
	flags.StringVar(&c.CAFile, "ca-file", "",
		"PEM file with CA certificates for https targets and https storage, in addition to the system's")
	flags.BoolVar(&c.InsecureSkipVerify, "insecure-skip-verify", false,
		"do not verify the certificate of an https target; every report says so")
	flags.Float64Var(&c.Rate, "rate", 0,
		"requests to the service per second, inf for no limit (default 1 for a service on another machine, else inf)")
}

// registerStorage defines the flags for the storage of the commands that use the fake only.
func registerStorage(flags *pflag.FlagSet, storage, image *string) {
	flags.StringVar(storage, "storage", "auto",
		"storage: auto, container, process or external (AZURE_STORAGE_CONNECTION_STRING)")
	registerImage(flags, image)
}

func registerImage(flags *pflag.FlagSet, image *string) {
	flags.StringVar(image, "azurite-image", "", "image of the Azurite container (default the pinned official image)")
}

// hideFlags hides flags of run that a command accepts, so that the flags of a run can
// be repeated, but that have no effect on it.
func hideFlags(flags *pflag.FlagSet, names ...string) {
	for _, name := range names {
		flags.Lookup(name).Hidden = true
	}
}
