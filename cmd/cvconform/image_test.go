package main

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/moby/moby/client"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/network"
	healthy "github.com/testcontainers/testcontainers-go/wait"

	"github.com/cvconform/cvconform/fakes/azurite"
	"github.com/cvconform/cvconform/internal/docker"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/bundle"
	"github.com/cvconform/cvconform/internal/storage"
	"github.com/cvconform/cvconform/internal/testkit"
	"github.com/cvconform/cvconform/internal/trainingapi"
	apiclient "github.com/cvconform/cvconform/internal/trainingapi/client"
	"github.com/cvconform/cvconform/internal/trainingapi/dataset"
	"github.com/cvconform/cvconform/steps"
	"github.com/cvconform/cvconform/steps/report"
)

// compose is the part of the compose file in fakes/README.md that the tests use.
type compose struct {
	Services struct {
		Azurite struct {
			Image string `yaml:"image"`
		} `yaml:"azurite"`
		CustomVision struct {
			Environment map[string]string `yaml:"environment"`
			Ports       []string          `yaml:"ports"`
		} `yaml:"customvision"`
	} `yaml:"services"`
}

func readCompose(t *testing.T) compose {
	readme, err := os.ReadFile("../../fakes/README.md")
	require.NoError(t, err)
	block := regexp.MustCompile("(?s)```yaml\n(services:.*?)```").FindSubmatch(readme)
	require.NotNil(t, block)
	var c compose
	require.NoError(t, yaml.Unmarshal(block[1], &c))
	return c
}

// buildImage builds the image as users do. The image is deleted after the test.
func buildImage(t *testing.T, engine *testcontainers.DockerClient) string {
	for _, tool := range []string{"make", "docker"} {
		if _, err := exec.LookPath(tool); err != nil && os.Getenv("CVCONFORM_REQUIRE_DOCKER") != "1" {
			t.Skipf("needs %s", tool)
		}
	}
	name := fmt.Sprintf("cvconform:test-%d", os.Getpid())
	output, err := exec.CommandContext(t.Context(), "make", "-C", "../..", "image", "IMAGE="+name, "VERSION=1.2.3").
		CombinedOutput()
	require.NoError(t, err, string(output))
	t.Cleanup(func() {
		_, err := engine.ImageRemove(context.WithoutCancel(t.Context()), name, client.ImageRemoveOptions{PruneChildren: true})
		assert.NoError(t, err)
	})
	return name
}

// startAzurite starts Azurite on a network of its own.
func startAzurite(t *testing.T) (name string, account *storage.Account) {
	background := context.WithoutCancel(t.Context())
	net, err := docker.NewNetwork(t.Context(), "image-test")
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, net.Remove(background)) })
	started, err := azurite.Start(
		t.Context(),
		azurite.Options{
			Kind:    azurite.Container,
			Image:   os.Getenv("CVCONFORM_AZURITE_IMAGE"),
			Network: net.Name,
			RunID:   "image-test",
		},
	)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, started.Stop(background)) })
	account, err = storage.Open(started.ConnectionString(), storage.Options{})
	require.NoError(t, err)
	return net.Name, account
}

// The image works beside Azurite with the environment of the compose file in
// fakes/README.md, and stops on request.
func TestImage(t *testing.T) {
	testkit.RequireDocker(t)
	engine, err := docker.Engine(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { _ = engine.Close() })
	image := buildImage(t, engine)
	composeFile := readCompose(t)
	networkName, account := startAzurite(t)
	running, err := docker.Run(t.Context(), image, "image-test",
		testcontainers.WithEnv(composeFile.Services.CustomVision.Environment),
		testcontainers.WithExposedPorts("8080/tcp", "8081/tcp"),
		network.WithNetworkName([]string{"customvision"}, networkName),
		testcontainers.WithWaitStrategy(healthy.ForHealthCheck().WithStartupTimeout(time.Minute)))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, running.Stop(context.WithoutCancel(t.Context()))) })

	t.Run("has labels and ports", func(t *testing.T) {
		assert.Equal(t, azurite.DefaultImage, composeFile.Services.Azurite.Image)
		assert.Equal(t, []string{"127.0.0.1:8080:8080", "127.0.0.1:8081:8081"}, composeFile.Services.CustomVision.Ports)
		inspected, err := engine.ImageInspect(t.Context(), image)
		require.NoError(t, err)
		assert.Equal(t, "1.2.3", inspected.Config.Labels["org.opencontainers.image.version"])
		assert.Equal(t, "cvconform", inspected.Config.Labels["org.opencontainers.image.title"])
		assert.Contains(t, inspected.Config.ExposedPorts, "8080/tcp")
		assert.Contains(t, inspected.Config.ExposedPorts, "8081/tcp")
	})
	t.Run("does not run as root", func(t *testing.T) {
		top, err := engine.ContainerTop(
			t.Context(),
			running.ID(),
			client.ContainerTopOptions{Arguments: []string{"-o", "uid,pid,args"}},
		)
		require.NoError(t, err)
		require.Len(t, top.Processes, 1)
		assert.Equal(t, "65532", top.Processes[0][0])
	})
	t.Run(
		"contains the program only",
		func(t *testing.T) { assert.Equal(t, []string{"cvconform"}, filesOf(t, engine, running.ID())) },
	)
	t.Run("has a control plane", func(t *testing.T) {
		control, err := running.Endpoint(t.Context(), "8081/tcp")
		require.NoError(t, err)
		status, err := sendRequest("GET", control.JoinPath("faults").String(), "", io.Discard)
		require.NoError(t, err)
		assert.Equal(t, http.StatusOK, status)
	})
	t.Run("serves the guide", func(t *testing.T) { performGuide(t, running, account) })
	t.Run("is conformant", func(t *testing.T) { judgeImage(t, image) })
	t.Run("stops", func(t *testing.T) {
		_, err := engine.ContainerStop(t.Context(), running.ID(), client.ContainerStopOptions{})
		require.NoError(t, err)
		inspected, err := engine.ContainerInspect(t.Context(), running.ID(), client.ContainerInspectOptions{})
		require.NoError(t, err)
		assert.Zero(t, inspected.Container.State.ExitCode, running.Log())
	})
}

// judgeImage judges the image like the image of any service.
func judgeImage(t *testing.T, image string) {
	c := steps.Config{Target: "image:" + image, Storage: "container", AzuriteImage: os.Getenv("CVCONFORM_AZURITE_IMAGE"),
		ImageEnv: []string{
			"CVCONFORM_PROVOKE=training-failure=bad-training-,export-failure=bad-export-",
		}, ImagePorts: []int{8080, 8081},
		Provoke:  map[string]string{"training-failure": "bad-training-", "export-failure": "bad-export-"},
		Evidence: filepath.Join(t.TempDir(), "e.zip")}
	r, err := steps.Run(t.Context(), c)
	require.NoError(t, err)
	assert.Equal(t, report.Conformant, r.Verdict, "%v", r.Warnings)
	for _, q := range r.Requirements {
		assert.Contains(t, []report.Verdict{report.Passed, report.Observed}, q.Verdict, "%s: %s", q.ID, q.Reason)
	}
	assert.Equal(t, "http://customvision:8080", r.Run.Target.SeenEndpoint)
	v, err := steps.Verify(t.Context(), c.Evidence, nil)
	require.NoError(t, err)
	assert.Empty(t, v.Findings)
	b, err := bundle.Open(c.Evidence)
	require.NoError(t, err)
	defer b.Close()
	text, err := b.Read(bundle.OutputFile)
	require.NoError(t, err)
	assert.Contains(t, string(text), "endpoint      http://")
}

// filesOf returns the files of a container, without those that the engine adds.
func filesOf(t *testing.T, engine *testcontainers.DockerClient, id string) []string {
	exported, err := engine.ContainerExport(t.Context(), id, client.ContainerExportOptions{})
	require.NoError(t, err)
	defer exported.Close()
	files := []string{}
	for reader := tar.NewReader(exported); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		require.NoError(t, err)
		isOwn := !strings.HasPrefix(header.Name, "etc/") && !strings.HasPrefix(header.Name, "dev/") &&
			header.Name != ".dockerenv"
		if header.Typeflag == tar.TypeReg && isOwn {
			files = append(files, header.Name)
		}
	}
}

// performGuide performs the steps of the guide, from a new project to its backup. The
// service reaches storage by its name on the network.
func performGuide(t *testing.T, running *docker.Container, account *storage.Account) {
	require.NoError(t, account.CreateQueue(t.Context(), "notifications"))
	require.NoError(t, account.CreateContainer(t.Context(), "backups"))
	endpoint, err := running.Endpoint(t.Context(), "8080/tcp")
	require.NoError(t, err)
	c := &apiclient.Client{
		Endpoint: endpoint.String(),
		Version:  "v3.3",
		Key:      "local-key",
		HTTP:     http.DefaultClient,
		Now:      time.Now,
	}
	project := decoded[trainingapi.Project](t, c.CreateProject(t.Context(), apiclient.NewProject{
		Name: "guide", DomainID: "0732100f-1a38-4e49-a514-c9b44c697ab5",
		QueueURI:     account.QueueURI(&url.URL{Scheme: "http", Host: "azurite:10001"}, "notifications"),
		ContainerURI: account.ContainerURI(&url.URL{Scheme: "http", Host: "azurite:10000"}, "backups"),
	}))
	for n := range dataset.Tags {
		tag := decoded[struct{ ID string }](t, c.CreateTag(t.Context(), project.ID, fmt.Sprint("tag", n)))
		images, err := dataset.Images(n)
		require.NoError(t, err)
		for i := range images {
			images[i].TagID = tag.ID
		}
		decoded[any](t, c.CreateImagesFromFiles(t.Context(), project.ID, images))
	}
	iteration := decoded[trainingapi.Iteration](t, c.TrainProject(t.Context(), project.ID, false))
	until(t, func() bool {
		return decoded[trainingapi.Iteration](t, c.GetIteration(t.Context(), project.ID, iteration.ID)).Status == "Completed"
	})
	decoded[any](t, c.ExportIteration(t.Context(), project.ID, iteration.ID, "ONNX"))
	sent := ""
	until(t, func() bool {
		messages, err := account.Messages(t.Context(), "notifications")
		require.NoError(t, err)
		for _, m := range messages {
			sent += m.Text
		}
		return strings.Contains(sent, "ExportCompleted")
	})
	assert.Contains(t, sent, "ConnectionTest")
	assert.Contains(t, sent, "TrainingCompleted")
	blobs, err := account.Blobs(t.Context(), "backups")
	require.NoError(t, err)
	require.Len(t, blobs, 1)
	assert.Equal(t, project.ID+" - "+iteration.ID+".ONNX", blobs[0].Name)
}

// decoded returns the document of a successful response.
func decoded[T any](t *testing.T, x evidence.Exchange) (value T) {
	t.Helper()
	require.True(t, trainingapi.Succeeded(x), "%s: %d %s %s", x.Call, x.Status, x.Body, x.Error)
	require.NoError(t, trainingapi.Decode(x, &value))
	return value
}
