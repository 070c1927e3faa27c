package cli

import (
	"net"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/cvconform/cvconform/fakes/customvision"
	"github.com/cvconform/cvconform/internal/serve"
)

func newServe(w Runtime) *cobra.Command {
	o := serve.Options{Stdout: w.Stdout, Stderr: w.Stderr, Now: w.Now}
	c := &cobra.Command{
		Use:   "serve",
		Short: "Serve the fake Custom Vision service, for development and as a target",
		Long: "Serve the fake Custom Vision service over Azurite, print how to reach it and a walk through the guide.\n\n" +
			"Environment: PORT (listen there, on all interfaces), CUSTOMVISION_TRAINING_KEY (the key to accept),\n" +
			"AZURE_STORAGE_CONNECTION_STRING (the account of --storage external); and every flag as CVCONFORM_ and its\n" +
			"name in capitals, such as CVCONFORM_CONTROL. The configuration file is for run only.",
		Example: "  cvconform serve --env-file .env\n" +
			"  cvconform serve --seed seed.yaml --listen 127.0.0.1:8080 --control 127.0.0.1:8081 --tls",
		Args: cobra.NoArgs,
	}
	registerServe(c.Flags(), &o)
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := fromEnvironment(c.Flags(), w.Env); err != nil {
			return err
		}
		return runServe(c, w, o)
	}
	return c
}

func registerServe(f *pflag.FlagSet, o *serve.Options) {
	f.StringVar(
		&o.Storage,
		"storage",
		"auto",
		"storage: auto, container, process, external (AZURE_STORAGE_CONNECTION_STRING)",
	)
	f.StringVar(&o.AzuriteImage, "azurite-image", "", "image of the Azurite container (default the pinned official one)")
	f.StringSliceVar(
		&o.AllowHosts,
		"allow-host",
		nil,
		"further host that the fake may reach, such as '*.blob.core.windows.net' (repeatable)",
	)
	f.StringVar(&o.Listen, "listen", "", "address to listen on (default 127.0.0.1 and a free port, or PORT)")
	f.StringVar(
		&o.Control,
		"control",
		"",
		"address of the control plane: faults, clock, journal (default none; it is not for everybody)",
	)
	f.BoolVar(
		&o.TLS.Made,
		"tls",
		false,
		"serve over TLS, with a certificate that is made for localhost and the address of --listen",
	)
	f.StringSliceVar(&o.TLS.Hosts, "tls-host", nil, "further name that the certificate of --tls holds for (repeatable)")
	f.StringVar(
		&o.TLS.AuthorityFile,
		"tls-ca-file",
		"",
		"where the CA certificate of --tls is written for clients (default a temporary file)",
	)
	f.StringVar(&o.TLS.Certificate, "tls-cert", "", "serve over TLS with the certificate of this PEM file")
	f.StringVar(&o.TLS.Key, "tls-key", "", "the key of --tls-cert, a PEM file")
	f.StringVar(&o.Seed, "seed", "", "start with the projects of this YAML file")
	f.StringVar(&o.EnvFile, "env-file", "", "write endpoints, key and connection string to this file once all is ready")
	f.StringToStringVar(
		&o.Provoke,
		"provoke",
		nil,
		"failure=NAME-PREFIX: training-failure, export-failure of projects so named (repeatable)",
	)
	f.StringSliceVar(&o.Defects, "defect", nil, "serve a fake with this defect: cvconform selftest --list (repeatable)")
	f.DurationVar(&o.TrainingTime, "training-time", customvision.DefaultTrainingDuration, "how long a training takes")
	f.DurationVar(&o.ExportTime, "export-time", customvision.DefaultExportDuration, "how long an export takes")
	f.DurationVar(
		&o.ImportTime,
		"import-time",
		customvision.DefaultImportDuration,
		"how long the import of a project takes",
	)
	f.StringVar(
		&o.LogLevel,
		"log-level",
		"info",
		"what goes to the standard error: debug, info (one line a call), warn, error",
	)
	f.StringVar(&o.LogFormat, "log-format", "text", "how: text, json")
}

func runServe(c *cobra.Command, w Runtime, o serve.Options) error {
	o.TrainingKey = w.Env("CUSTOMVISION_TRAINING_KEY")
	o.ConnectionString = w.Env("AZURE_STORAGE_CONNECTION_STRING")
	if port := w.Env("PORT"); o.Listen == "" && port != "" {
		o.Listen = net.JoinHostPort("", port)
	}
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	for _, file := range []struct{ flag, path string }{{"--env-file", o.EnvFile}, {"--tls-ca-file", o.TLS.AuthorityFile}} {
		if file.path == "" {
			continue
		}
		if err := writable(file.path); err != nil {
			return usage("choose a path in a folder that exists", "%s: cannot write %s: %w", file.flag, file.path, err)
		}
	}
	return serve.Run(c.Context(), o)
}
