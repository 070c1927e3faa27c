package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/cvconform/cvconform/fakes/customvision"
	"github.com/cvconform/cvconform/fakes/customvision/defect"
	"github.com/cvconform/cvconform/internal/azurite"
	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/steps"
)

// stopGrace bounds the end of serve: requests in flight, storage.
const stopGrace = 10 * time.Second

// A server is one serve command.
type server struct {
	storage, image, listen, envFile string
	provoke                         map[string]string
	defects                         []string
	chosen                          []defect.Defect
	training, export                time.Duration

	world      World
	connection string
	azurite    *azurite.Instance // nil with external storage
	key        string
	undo       []func(context.Context) error
}

func newServe(w World) *cobra.Command {
	s := &server{world: w}
	c := &cobra.Command{
		Use:   "serve",
		Short: "Serve the fake Custom Vision service, for development and as a target",
		Long: "Serve the fake Custom Vision service over Azurite, print how to reach it and a walk through the guide.\n\n" +
			"Environment: PORT (listen there, on all interfaces), CUSTOMVISION_TRAINING_KEY (the key to accept),\n" +
			"AZURE_STORAGE_CONNECTION_STRING (the account of --storage external).",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return s.run(c.Context()) },
	}
	f := c.Flags()
	f.StringVar(&s.storage, "storage", "auto", "storage: auto, container, process, external (AZURE_STORAGE_CONNECTION_STRING)")
	f.StringVar(&s.image, "azurite-image", w.Env("CVCONFORM_AZURITE_IMAGE"), "image of the Azurite container (default the pinned official one)")
	f.StringVar(&s.listen, "listen", "", "address to listen on (default 127.0.0.1 and a free port, or PORT)")
	f.StringVar(&s.envFile, "env-file", "", "write endpoint, key and connection string to this file once all is ready")
	f.StringToStringVar(&s.provoke, "provoke", nil, "failure=NAME-PREFIX: training-failure, export-failure of projects so named (repeatable)")
	f.StringSliceVar(&s.defects, "defect", nil, "serve a fake with this defect: cvconform selftest --list (repeatable)")
	f.DurationVar(&s.training, "training-time", customvision.DefaultTrainingDuration, "how long a training takes")
	f.DurationVar(&s.export, "export-time", customvision.DefaultExportDuration, "how long an export takes")
	return c
}

func (s *server) run(ctx context.Context) (err error) {
	if err := s.check(); err != nil {
		return err
	}
	defer func() {
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopGrace)
		defer cancel()
		for i := len(s.undo) - 1; i >= 0; i-- {
			err = errors.Join(err, s.undo[i](ending))
		}
	}()
	listener, err := s.open(ctx)
	if err != nil {
		return err
	}
	if err := s.store(ctx); err != nil {
		return errors.Join(err, listener.Close())
	}
	if err := s.serve(listener); err != nil {
		return errors.Join(err, listener.Close())
	}
	if err := s.announce(ctx, listener); err != nil && ctx.Err() == nil {
		return err
	}
	return s.wait(ctx)
}

func (s *server) later(f func(context.Context) error) { s.undo = append(s.undo, f) }

// check finds what is wrong with the flags before anything starts.
func (s *server) check() (err error) {
	switch s.storage {
	case "auto", "container", "process":
	case "external":
		if s.connection = s.world.Env("AZURE_STORAGE_CONNECTION_STRING"); s.connection == "" {
			return usage("set AZURE_STORAGE_CONNECTION_STRING", "external storage needs its connection string")
		}
	default:
		return usage("", "storage %q is none of auto, container, process, external", s.storage)
	}
	if err := target.CheckProvocations(s.provoke); err != nil {
		return usage("", "%w", err)
	}
	if s.chosen, err = defect.Choose(s.defects...); err != nil {
		return usage("cvconform selftest --list shows all", "%w", err)
	}
	if s.training <= 0 || s.export <= 0 {
		return usage("durations look like 500ms, 30s, 5m", "--training-time and --export-time have to be positive")
	}
	if s.envFile != "" {
		if err := writable(s.envFile); err != nil {
			return usage("choose a path in a folder that exists", "--env-file: cannot write %s: %w", s.envFile, err)
		}
	}
	return nil
}

// open listens before storage starts, so that a port in use is told at once.
func (s *server) open(ctx context.Context) (net.Listener, error) {
	address := s.listen
	if port := s.world.Env("PORT"); address == "" && port != "" {
		address = net.JoinHostPort("", port)
	}
	if address == "" {
		address = "127.0.0.1:0"
	}
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, &steps.EnvironmentError{Err: fmt.Errorf("listen on %s: %w", address, err), Hint: "is the port in use? --listen 127.0.0.1:0 takes a free one"}
	}
	return listener, nil
}

func (s *server) store(ctx context.Context) error {
	if s.storage == "external" {
		return nil
	}
	o := azurite.Options{Image: s.image, RunID: "serve", Progress: func(line string) { fmt.Fprintln(s.world.Stderr, line) }}
	if s.storage != "auto" {
		o.Kind = azurite.Kind(s.storage)
	}
	started, err := azurite.Start(ctx, o)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return &steps.EnvironmentError{Err: err}
	}
	s.azurite, s.connection = started, started.ConnectionString()
	s.later(started.Stop)
	return nil
}

func (s *server) serve(listener net.Listener) error {
	options, err := target.FakeOptions(target.Environment{TrainingKey: s.world.Env("CUSTOMVISION_TRAINING_KEY"), ConnectionString: s.connection, Provoke: s.provoke, Defects: s.chosen})
	if err != nil {
		return usage("check AZURE_STORAGE_CONNECTION_STRING", "%w", err)
	}
	options.TrainingDuration, options.ExportDuration = s.training, s.export
	fake := customvision.New(options)
	s.key = fake.TrainingKey()
	web := &http.Server{Handler: fake, ReadHeaderTimeout: time.Minute}
	go func() { _ = web.Serve(listener) }()
	s.later(fake.Close)
	s.later(web.Shutdown)
	return nil
}

// announce says that all is ready.
func (s *server) announce(ctx context.Context, listener net.Listener) error {
	endpoint := "http://" + reachable(listener.Addr())
	fmt.Fprintf(s.world.Stdout, "Custom Vision (fake) is ready.\n\n  endpoint      %s\n  Training-Key  %s\n", endpoint, s.key)
	if s.azurite == nil {
		fmt.Fprintf(s.world.Stdout, "  storage       external\n\nCtrl-C stops it.\n")
		return s.writeEnvFile(endpoint)
	}
	fmt.Fprintf(s.world.Stdout, "  storage       Azurite %s (%s)\n                %s\n", s.azurite.Version, s.azurite.Kind, s.connection)
	if err := s.walk(ctx, endpoint); err != nil {
		return err
	}
	return s.writeEnvFile(endpoint)
}

// reachable is the address of a listener as this machine reaches it.
func reachable(a net.Addr) string {
	host, port, err := net.SplitHostPort(a.String())
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsUnspecified() {
		return a.String()
	}
	return net.JoinHostPort("127.0.0.1", port)
}

// writeEnvFile writes the file in one go, so that who waits for it finds it whole.
func (s *server) writeEnvFile(endpoint string) error {
	if s.envFile == "" {
		return nil
	}
	content := fmt.Sprintf("CUSTOMVISION_ENDPOINT=%s\nCUSTOMVISION_TRAINING_KEY=%s\nAZURE_STORAGE_CONNECTION_STRING=%s\n", endpoint, s.key, s.connection)
	temporary := s.envFile + ".partial"
	if err := os.WriteFile(temporary, []byte(content), 0o600); err != nil {
		return fmt.Errorf("write --env-file: %w", err)
	}
	s.later(func(context.Context) error { return os.Remove(s.envFile) })
	return os.Rename(temporary, s.envFile)
}

// wait returns when the user ends the command, or storage ends by itself.
func (s *server) wait(ctx context.Context) error {
	var ended <-chan struct{}
	if s.azurite != nil {
		ended = s.azurite.Done()
	}
	select {
	case <-ctx.Done():
		fmt.Fprintln(s.world.Stderr, "stopping")
		return nil
	case <-ended:
		return &steps.EnvironmentError{Err: fmt.Errorf("storage (Azurite) ended by itself; its last output:\n%s", s.azurite.Log())}
	}
}
