package cli

import (
	"errors"
	"net"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/cvconform/cvconform/fakes/customvision"
	"github.com/cvconform/cvconform/internal/serve"
)

const serveHelp = `Serve the fake Custom Vision service with Azurite as its storage. Print its endpoint and key, and
a tutorial of the guide as shell commands. With a command after --, run it with CUSTOMVISION_ENDPOINT
and the other variables of --env-file, stop the fake when it ends, and exit with its code.

Environment: PORT (listen on this port of all interfaces), CUSTOMVISION_TRAINING_KEY (the key to
accept), AZURE_STORAGE_CONNECTION_STRING (the account of --storage external), and CVCONFORM_ with
the name of a flag in capitals, such as CVCONFORM_CONTROL. The configuration file does not apply
to serve.`

func newServe(w Runtime) *cobra.Command {
	o := serve.Options{Stdout: w.Stdout, Stderr: w.Stderr, Now: w.Now}
	c := &cobra.Command{
		Use:   "serve [-- COMMAND [ARGUMENT...]]",
		Short: "Serve the fake Custom Vision service, for development and as a target",
		Long:  serveHelp,
		Example: "  cvconform serve --env-file .env\n" +
			"  cvconform serve --control 127.0.0.1:0 -- go test ./...\n" +
			"  cvconform serve --seed seed.yaml --listen 127.0.0.1:8080 --control 127.0.0.1:8081 --tls",
		Args: commandAfterDashes,
	}
	registerStorage(c.Flags(), &o.Storage, &o.AzuriteImage)
	registerAddresses(c.Flags(), &o)
	registerTLS(c.Flags(), &o.TLS)
	registerBehaviour(c.Flags(), &o)
	c.RunE = func(c *cobra.Command, args []string) error {
		o.Command = args
		if err := fromEnvironment(c.Flags(), w.Env); err != nil {
			return err
		}
		return runServe(c, w, o)
	}
	return c
}

// registerAddresses defines the flags for listeners, files and the log.
func registerAddresses(f *pflag.FlagSet, o *serve.Options) {
	f.StringVar(&o.Listen, "listen", "", "address to listen on (default 127.0.0.1 and a free port, or PORT)")
	f.StringVar(&o.Control, "control", "",
		"address of the control plane, which has no authentication: faults, clock, journal (default none)")
	f.StringSliceVar(&o.AllowHosts, "allow-host", nil,
		"further host that the fake may connect to, such as '*.blob.core.windows.net' (repeatable)")
	f.StringVar(&o.CAFile, "ca-file", "",
		"trust the certificate authorities in this PEM file, for storage and for images by URL")
	f.StringVar(&o.EnvFile, "env-file", "",
		"write endpoints, key and connection string to this file when the fake is ready")
	f.StringVar(&o.LogLevel, "log-level", "info",
		"minimum level of the log on standard error: debug, info (one line per request), warn or error")
	f.StringVar(&o.LogFormat, "log-format", "text", "format of the log: text or json")
}

func registerTLS(f *pflag.FlagSet, t *serve.TLS) {
	f.BoolVar(&t.Generate, "tls", false,
		"serve over TLS with a new certificate for localhost and the address of --listen")
	f.StringSliceVar(&t.Hosts, "tls-host", nil, "further host name in the certificate of --tls (repeatable)")
	f.StringVar(&t.CAFile, "tls-ca-file", "",
		"write the CA certificate of --tls, for clients, to this file (default a temporary file)")
	f.StringVar(&t.Certificate, "tls-cert", "", "serve over TLS with the certificate in this PEM file")
	f.StringVar(&t.Key, "tls-key", "", "PEM file with the key of --tls-cert")
}

// registerBehaviour defines the flags for the behaviour of the fake.
func registerBehaviour(f *pflag.FlagSet, o *serve.Options) {
	f.StringVar(&o.Seed, "seed", "", "start with the projects in this YAML file")
	f.StringToStringVar(&o.Provoke, "provoke", nil, provokeUsage)
	f.StringSliceVar(&o.Defects, "defect", nil, defectUsage)
	f.StringVar(&o.TestFolder, "test-folder", customvision.DefaultTestFolder, "folder of the test blob")
	f.StringVar(&o.MessageEncoding, "message-encoding", "text",
		"encoding of the messages: text, or base64 (which queue triggers of Azure Functions expect)")
	f.DurationVar(&o.TrainingTime, "training-time", customvision.DefaultTrainingDuration, "duration of a training")
	f.DurationVar(&o.ExportTime, "export-time", customvision.DefaultExportDuration, "duration of an export")
	f.DurationVar(&o.ImportTime, "import-time", customvision.DefaultImportDuration, "duration of the import of a project")
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
	for _, file := range []struct{ flag, path string }{{"--env-file", o.EnvFile}, {"--tls-ca-file", o.TLS.CAFile}} {
		if file.path == "" {
			continue
		}
		if err := writable(file.path); err != nil {
			return usage(chooseFolder, "%s: cannot write %s: %w", file.flag, file.path, err)
		}
	}
	err := serve.Run(c.Context(), o)
	if command, ok := errors.AsType[*serve.CommandError](err); ok {
		return exitError{code: command.Code}
	}
	return err
}

// commandAfterDashes accepts arguments only after --.
func commandAfterDashes(c *cobra.Command, args []string) error {
	if len(args) > 0 && c.ArgsLenAtDash() != 0 {
		return usage("write -- before a command to run", "serve does not accept the argument %q", args[0])
	}
	return nil
}
