package cli

import (
	"github.com/spf13/pflag"

	"github.com/cvconform/cvconform/steps"
)

// registerNetworkFlags defines the flags that say how a service is reached, for all
// commands that reach one.
func registerNetworkFlags(flags *pflag.FlagSet, c *steps.Config) {
	flags.StringArrayVar(
		&c.ImageEnv,
		"image-env",
		nil,
		"variable for the environment of an image, NAME=VALUE, or NAME for its value here (repeatable)",
	)
	flags.IntSliceVar(
		&c.ImagePorts,
		"image-port",
		nil,
		"port that an image listens on, told as PORT (default 8080); further ones are mapped too (repeatable)",
	)
	flags.StringVar(
		&c.CAFile,
		"ca-file",
		"",
		"PEM file with authorities that an https target, and storage over https, are believed by, beside the system's",
	)
	flags.BoolVar(
		&c.InsecureSkipVerify,
		"insecure-skip-verify",
		false,
		"believe an https target whatever certificate it shows; every report says so",
	)
	flags.Float64Var(
		&c.Rate,
		"rate",
		0,
		"calls to the service in a second, inf for no limit (default 1 for a service elsewhere, else inf)",
	)
}
