package cli

import (
	"github.com/spf13/pflag"

	"github.com/cvconform/cvconform/steps"
)

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
