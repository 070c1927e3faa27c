package target

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/network"

	"github.com/cvconform/cvconform/fakes/customvision/defect"
	"github.com/cvconform/cvconform/internal/docker"
)

const (
	// containerPort is the default of the port that a service in a container has to listen on.
	containerPort = 8080
	// containerAlias is the host name of the service on its network.
	containerAlias = "customvision"
)

// ReservedVariables returns the environment variables that every service under test gets.
func ReservedVariables() []string {
	return []string{"PORT", "CUSTOMVISION_TRAINING_KEY", "AZURE_STORAGE_CONNECTION_STRING"}
}

// startContainer starts the fake in a container: this program, or one built from the same module, is the only file of
// the image.
func startContainer(ctx context.Context, env Environment) (*Service, error) {
	if err := docker.Probe(ctx); err != nil {
		return nil, err
	}
	goos, goarch, err := docker.Architecture(ctx)
	if err != nil {
		return nil, err
	}
	binary, err := program(ctx, commandPackage, goos, goarch, env.Progress)
	if err != nil {
		return nil, err
	}
	env.ExtraArgs = append(slices.Clone(env.ExtraArgs), provokeArguments(env.Provoke)...)
	env.ExtraArgs = append(env.ExtraArgs, defectArguments(env.Defects)...)
	return runBinary(ctx, binary, env)
}

// provokeArguments returns the arguments of serve for provoked failures.
func provokeArguments(provoke map[string]string) []string {
	var arguments []string
	for _, failure := range []string{TrainingFailure, ExportFailure} {
		if prefix := provoke[failure]; prefix != "" {
			arguments = append(arguments, "--provoke", failure+"="+prefix)
		}
	}
	return arguments
}

// defectArguments returns the arguments of serve for defects.
func defectArguments(defects []defect.Defect) []string {
	if len(defects) == 0 {
		return nil
	}
	training, export := workTime(defects)
	arguments := []string{"--training-time", training.String(), "--export-time", export.String()}
	for _, d := range defects {
		arguments = append(arguments, "--defect", d.Name)
	}
	return arguments
}

// startImage starts a service from an image, which is pulled if it is missing.
func startImage(ctx context.Context, image string, env Environment) (*Service, error) {
	if err := docker.Probe(ctx); err != nil {
		return nil, err
	}
	if err := docker.EnsureImage(ctx, image, env.Progress); err != nil {
		return nil, err
	}
	var options []testcontainers.ContainerCustomizer
	if len(env.ExtraArgs) > 0 {
		options = append(options, testcontainers.WithCmd(env.ExtraArgs...))
	}
	service, err := runService(ctx, image, env, options...)
	if err != nil {
		return nil, err
	}
	service.OtherListeners = func() string { return exposedPorts(context.WithoutCancel(ctx), image, env.ports()[0]) }
	service.ListenHint += "; Config.ImagePorts sets that port"
	return service, nil
}

// exposedPorts describes the port that the service was given and those that its image exposes.
func exposedPorts(ctx context.Context, image string, port int) string {
	given := fmt.Sprintf("it was started with PORT=%d", port)
	exposed, err := docker.ExposedPorts(ctx, image)
	if err != nil || len(exposed) == 0 {
		return given
	}
	return fmt.Sprintf("%s, and its image exposes %s", given, strings.Join(exposed, ", "))
}

func runBinary(ctx context.Context, binary []byte, env Environment) (*Service, error) {
	archive, err := buildContext(binary)
	if err != nil {
		return nil, err
	}
	dockerfile := testcontainers.FromDockerfile{
		ContextArchive:       archive,
		BuildOptionsModifier: func(o *client.ImageBuildOptions) { o.Labels = docker.Labels(env.RunID) },
	}
	command := append([]string{"serve", "--storage", "external"}, env.ExtraArgs...)
	return runService(ctx, "", env, testcontainers.WithDockerfile(dockerfile), testcontainers.WithCmd(command...))
}

// ports returns the ports that the image listens on, the API's first.
func (e ImageSettings) ports() []int {
	if len(e.Ports) == 0 {
		return []int{containerPort}
	}
	return e.Ports
}

// runService runs a container with the environment that every service under test gets. It returns when the port is
// published, which is before the service responds.
func runService(
	ctx context.Context,
	image string,
	env Environment,
	options ...testcontainers.ContainerCustomizer,
) (*Service, error) {
	options = append(options, customize(env)...)
	running, err := docker.Run(ctx, image, env.RunID, options...)
	if err != nil {
		return nil, fmt.Errorf("start the service in a container: %w", err)
	}
	endpoint, err := publishedAddress(ctx, running, env)
	if code, ended := running.Exited(ctx); err != nil && ended { // an exited container has no published port
		err := &EndedError{How: fmt.Sprintf("exit code %d", code), Output: running.Log()}
		return nil, errors.Join(err, running.Stop(context.WithoutCancel(ctx)))
	}
	if err != nil {
		return nil, running.Kill(ctx, fmt.Errorf("start the service in a container: %w", err))
	}
	return &Service{
		Endpoint:     endpoint,
		SeenEndpoint: fmt.Sprintf("http://%s:%d", containerAlias, env.ports()[0]),
		TrainingKey:  env.TrainingKey,
		Stop:         running.Stop,
		Done:         running.Done(),
		Log:          running.Log,
		Output:       running.Output,
		Ended:        running.Ended,
		ListenHint: "in its container the service has to listen on 0.0.0.0, not on 127.0.0.1, " +
			"and on the port in the variable PORT",
	}, nil
}

// publishedAddress returns the URL of the API as this process reaches it. It reports where the other ports are
// published.
func publishedAddress(ctx context.Context, running *docker.Container, env Environment) (string, error) {
	api := ""
	for i, port := range env.ports() {
		at, err := running.Endpoint(ctx, fmt.Sprintf("%d/tcp", port))
		if err != nil {
			return "", err
		}
		if i == 0 {
			api = at.String()
		} else if env.Progress != nil {
			env.Progress(fmt.Sprintf("port %d of the image is at %s", port, at.Host))
		}
	}
	return api, nil
}

func customize(env Environment) []testcontainers.ContainerCustomizer {
	variables := map[string]string{}
	for _, v := range env.Variables {
		name, value, _ := strings.Cut(v, "=")
		variables[name] = value
	}
	for i, value := range []string{strconv.Itoa(env.ports()[0]), env.TrainingKey, env.ConnectionString} {
		variables[ReservedVariables()[i]] = value
	}
	options := []testcontainers.ContainerCustomizer{
		testcontainers.WithEnv(variables),
		testcontainers.WithHostConfigModifier(docker.AllowHostAccess),
	}
	for _, port := range env.ports() {
		options = append(options, testcontainers.WithExposedPorts(fmt.Sprintf("%d/tcp", port)))
	}
	if env.Network != "" {
		options = append(options, network.WithNetworkName([]string{containerAlias}, env.Network))
	}
	return options
}

// buildContext returns the build context of an image that contains only the binary.
func buildContext(binary []byte) (io.ReadSeeker, error) {
	const dockerfile = "FROM scratch\nCOPY cvconform /cvconform\nENTRYPOINT [\"/cvconform\"]\n"
	var buffer bytes.Buffer
	archive := tar.NewWriter(&buffer)
	err := errors.Join(
		addFile(archive, "Dockerfile", []byte(dockerfile)),
		addFile(archive, "cvconform", binary),
		archive.Close(),
	)
	if err != nil {
		return nil, fmt.Errorf("create the build context of the image: %w", err)
	}
	return bytes.NewReader(buffer.Bytes()), nil
}

func addFile(archive *tar.Writer, name string, content []byte) error {
	if err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(content))}); err != nil {
		return err
	}
	_, err := archive.Write(content)
	return err
}
