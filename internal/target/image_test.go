package target

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/client"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/docker"
)

// buildTestImage builds an image of the test service that exposes port 3000, and removes it after the test.
func buildTestImage(t *testing.T) string {
	t.Helper()
	binary := testServiceBinary(t)
	var packed bytes.Buffer
	archive := tar.NewWriter(&packed)
	require.NoError(t, errors.Join(
		addFile(
			archive,
			"Dockerfile",
			[]byte("FROM scratch\nCOPY service /service\nEXPOSE 3000\nENTRYPOINT [\"/service\"]\n"),
		),
		addFile(archive, "service", binary),
		archive.Close(),
	))
	engine, err := docker.Engine(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { _ = engine.Close() })
	name := fmt.Sprintf("cvconform-stand-in:test-%d", os.Getpid())
	built, err := engine.ImageBuild(
		t.Context(),
		&packed,
		client.ImageBuildOptions{Tags: []string{name}, Remove: true, ForceRemove: true},
	)
	require.NoError(t, err)
	output, err := io.ReadAll(built.Body)
	require.NoError(t, errors.Join(err, built.Body.Close()), string(output))
	t.Cleanup(func() {
		_, err := engine.ImageRemove(context.WithoutCancel(t.Context()), name, client.ImageRemoveOptions{})
		assert.NoError(t, err)
	})
	return name
}

// startTestImage starts the image and stops it after the test.
func startTestImage(t *testing.T, image string, env Environment) *Service {
	t.Helper()
	env.RunID = t.Name()
	s, err := startImage(t.Context(), image, env)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Stop(context.WithoutCancel(t.Context()))) })
	return s
}

func TestImages(t *testing.T) {
	image := buildTestImage(t)
	t.Run("variables and ports", func(t *testing.T) {
		var progress []string
		s := startTestImage(
			t,
			image,
			Environment{TrainingKey: "key", Progress: func(line string) { progress = append(progress, line) },
				ImageSettings: ImageSettings{
					Ports:     []int{9000, 9001},
					Variables: []string{"LICENCE=a b=c", "EMPTY=", "FURTHER=9001"},
				}},
		)
		assert.Equal(t, "http://customvision:9000", s.SeenEndpoint)
		assert.Equal(t, "a b=c", fetch(t, http.MethodGet, s.Endpoint+"/variable?name=LICENCE"))
		assert.Equal(t, "9000", fetch(t, http.MethodGet, s.Endpoint+"/variable?name=PORT"))
		address, ok := strings.CutPrefix(progress[len(progress)-1], "port 9001 of the image is at ")
		require.True(t, ok, progress)
		assert.Equal(t, "9001", fetch(t, http.MethodGet, "http://"+address+"/variable?name=FURTHER"))
		require.NoError(t, s.Stop(t.Context()))
		assert.Equal(t, "listening on 9000\n", s.Output())
	})
	t.Run("ends at once", func(t *testing.T) {
		s, err := startImage(
			t.Context(),
			image,
			Environment{RunID: t.Name(), ImageSettings: ImageSettings{Variables: []string{"FAIL=1"}}},
		)
		if err == nil { // it was started before it ended
			t.Cleanup(func() { assert.NoError(t, s.Stop(context.WithoutCancel(t.Context()))) })
			err = s.Await(t.Context(), ReadyOptions{HTTP: http.DefaultClient, Version: "v3.3", Limit: time.Minute})
		}
		var ended *EndedError
		require.ErrorAs(t, err, &ended)
		require.ErrorContains(t, err, "and it ended with exit code 3")
		require.ErrorContains(t, err, "its last output:\nno licence")
	})
	t.Run("listens on another port", func(t *testing.T) {
		s := startTestImage(t, image, Environment{ImageSettings: ImageSettings{Variables: []string{"ELSEWHERE=3000"}}})
		err := s.Await(t.Context(), ReadyOptions{HTTP: http.DefaultClient, Version: "v3.3", Limit: time.Second})
		require.ErrorContains(t, err, "was not ready within 1s (budget ready): ")
		assert.Contains(t, s.ListenHint, "; Config.ImagePorts sets that port")
		require.ErrorContains(
			t,
			err,
			"; it was started with PORT=8080, and its image exposes 3000/tcp; its last output:\nlistening on 3000",
		)
	})
	t.Run("unused second port", func(t *testing.T) {
		s := startTestImage(t, image, Environment{ImageSettings: ImageSettings{Ports: []int{8080, 9999}}})
		assert.Equal(t, "8080", fetch(t, http.MethodGet, s.Endpoint+"/variable?name=PORT"))
	})
}
