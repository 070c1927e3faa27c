package target

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/cvconform/cvconform/fakes/customvision"
	"github.com/cvconform/cvconform/fakes/customvision/azurestorage"
	"github.com/cvconform/cvconform/fakes/customvision/defect"
	"github.com/cvconform/cvconform/fakes/customvision/outbound"
	"github.com/cvconform/cvconform/internal/reading"
)

// FakeOptions returns the options of the fake for an environment.
func FakeOptions(env Environment) (customvision.Options, error) {
	hosts, err := outbound.ParseHosts(env.AllowHosts...)
	if err != nil {
		return customvision.Options{}, err
	}
	storage, err := azurestorage.New(azurestorage.Options{
		ConnectionString: env.ConnectionString,
		AllowHosts:       env.AllowHosts,
		Roots:            env.Roots,
		Base64Messages:   env.Readings[reading.MessageEncoding] == "base64",
	})
	if err != nil {
		return customvision.Options{}, err
	}
	o := customvision.Options{
		TrainingKey: env.TrainingKey,
		Storage:     readingStorage{storage, env.Readings},
		ImageHosts:  hosts,
		Roots:       env.Roots,
		Defects:     env.Defects,
	}
	if spelling := env.Readings[reading.TestFolder]; spelling != "" && spelling != "any-case" {
		o.TestFolder = spelling + "-TestPermission"
	}
	o.TrainingDuration, o.ExportDuration = workTime(env.Defects)
	if prefix := env.Provoke[TrainingFailure]; prefix != "" {
		o.FailTraining = []string{prefix}
	}
	if prefix := env.Provoke[ExportFailure]; prefix != "" {
		o.FailExport = []string{prefix}
	}
	return o, nil
}

// defectWorkTime is the duration of a training or an export by a fake with defects, unless a defect needs more. It is
// short because such a fake is judged many times.
const defectWorkTime = 5 * time.Millisecond

// workTime returns how long trainings and exports have to take for the defects to have an effect; 0 without defects.
func workTime(defects []defect.Defect) (training, export time.Duration) {
	for _, d := range defects {
		training = max(training, defectWorkTime, d.Conditions.Training)
		export = max(export, defectWorkTime, d.Conditions.Export)
	}
	return training, export
}

func startFake(ctx context.Context, env Environment) (*Service, error) {
	options, err := FakeOptions(env)
	if err != nil {
		return nil, err
	}
	fake := customvision.New(options)
	service, err := listen(ctx, fake)
	if err != nil {
		return nil, fmt.Errorf("start the fake service: %w", err)
	}
	stopListening := service.Stop
	service.TrainingKey = fake.TrainingKey()
	service.Stop = func(ctx context.Context) error { return errors.Join(stopListening(ctx), fake.Close(ctx)) }
	return service, nil
}

// listen serves a handler on loopback until it is stopped.
func listen(ctx context.Context, h http.Handler) (*Service, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	server := customvision.NewHTTPServer(h, nil)
	go func() { _ = server.Serve(defect.RecordHeaderNames(listener)) }()
	return &Service{
		Endpoint: "http://" + listener.Addr().String(),
		Stop:     func(context.Context) error { return server.Close() },
		Log:      func() string { return "" },
	}, nil
}
