package target

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/network"

	"github.com/cvconform/cvconform/fakes/customvision/defect"
	"github.com/cvconform/cvconform/internal/docker"
)

const (
	// containerPort is where a service in a container is told to listen, unless its
	// image listens elsewhere.
	containerPort = 8080
	// containerAlias is the service's name on its network.
	containerAlias = "customvision"
)

// ReservedVariables are what every service under test is told in its environment.
func ReservedVariables() []string {
	return []string{"PORT", "CUSTOMVISION_TRAINING_KEY", "AZURE_STORAGE_CONNECTION_STRING"}
}

// startContainer starts the fake service in a container of its own: this program, or one built from the same module, as
// the only file of an image. It returns when the port is mapped, which is before the service answers.
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
	return runBinary(ctx, binary, env)
}

// defectArguments are those of serve for a fake with defects.
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

// startImage starts anyone's service in a container of its own, from an image that is pulled if need be.
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
	if err == nil {
		service.OtherListeners = func() string { return exposedPort(context.WithoutCancel(ctx), image, env.ports()) }
	}
	return service, err
}

// exposedPort says which ports the image is made to listen on.
func exposedPort(ctx context.Context, image string, mapped []int) string {
	told := fmt.Sprintf("it was told PORT=%d", mapped[0])
	ports, err := docker.ExposedPorts(ctx, image)
	if err != nil || len(ports) == 0 {
		return told
	}
	return fmt.Sprintf("%s, and its image exposes %s: --image-port says where it listens", told, strings.Join(ports, ", "))
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

// ports are those that the image listens on, the API's first.
func (e Environment) ports() []int {
	if len(e.Ports) == 0 {
		return []int{containerPort}
	}
	return e.Ports
}

// runService runs a container with the environment that every service under test gets.
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
	if code, ended := running.Exited(ctx); err != nil && ended { // which is why it has no port
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
		ListenHint:   "in its container it has to listen on every address (0.0.0.0, not 127.0.0.1), on the port that it is told as PORT",
	}, nil
}

// publishedAddress is the API as this process reaches it; of the further ports it tells
// where they are.
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

// buildContext is what the engine builds the image from, made in memory: the binary and nothing else.
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
		return nil, fmt.Errorf("pack the service for its image: %w", err)
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
