package target

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/cvconform/cvconform/fakes/customvision"
	"github.com/cvconform/cvconform/fakes/customvision/azurestorage"
	"github.com/cvconform/cvconform/fakes/customvision/outbound"
)

// FakeOptions is how the project's own fake is built from what a service under
// test is told.
func FakeOptions(env Environment) (customvision.Options, error) {
	hosts, err := outbound.ParseHosts(env.AllowHosts...)
	if err != nil {
		return customvision.Options{}, err
	}
	storage, err := azurestorage.New(azurestorage.Options{ConnectionString: env.ConnectionString, AllowHosts: env.AllowHosts})
	if err != nil {
		return customvision.Options{}, err
	}
	o := customvision.Options{TrainingKey: env.TrainingKey, Storage: dialect{storage, env.Readings}, ImageHosts: hosts}
	if prefix := env.Provoke[TrainingFailure]; prefix != "" {
		o.FailTraining = []string{prefix}
	}
	if prefix := env.Provoke[ExportFailure]; prefix != "" {
		o.FailExport = []string{prefix}
	}
	return o, nil
}

func startFake(ctx context.Context, env Environment) (*Service, error) {
	options, err := FakeOptions(env)
	if err != nil {
		return nil, err
	}
	fake := customvision.New(options)
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start the fake service: %w", err)
	}
	server := customvision.NewHTTPServer(fake, nil)
	go func() { _ = server.Serve(listener) }()
	stop := func(ctx context.Context) error { return errors.Join(server.Close(), fake.Close(ctx)) }
	return &Service{Endpoint: "http://" + listener.Addr().String(), TrainingKey: fake.TrainingKey(), Stop: stop,
		Log: func() string { return "" }}, nil
}
