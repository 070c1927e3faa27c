package docker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/log"

	"github.com/cvconform/cvconform/internal/output"
)

// logTimeout bounds the reading of a container's output; logLines is how much of it is shown in error messages.
const (
	logTimeout = 5 * time.Second
	logLines   = 40
)

// Container is a container that was started. Stop it after use.
type Container struct {
	inner   *testcontainers.DockerContainer
	done    chan struct{}
	unwatch context.CancelFunc

	once    sync.Once
	stopErr error
	output  string // as it was when it was stopped
	code    int64  // that it ended with by itself
}

// Run starts a container with the labels of the run and waits for what the options say; ctx bounds the start, not the
// life. image is empty if an option builds it. If it fails nothing is left, and the error holds the last output.
func Run(ctx context.Context, image, runID string, options ...testcontainers.ContainerCustomizer) (*Container, error) {
	options = append(options,
		testcontainers.WithLabels(Labels(runID)),
		testcontainers.WithLogger(log.NewNoopLogger()),
	)
	inner, err := testcontainers.Run(ctx, image, options...)
	if err != nil {
		return nil, discard(ctx, inner, reaperMissing(err))
	}
	watching, unwatch := context.WithCancel(context.WithoutCancel(ctx))
	r := &Container{inner: inner, done: make(chan struct{}), unwatch: unwatch}
	go r.watch(watching)
	return r, nil
}

// discard removes a container that failed to start and puts its last output into the error.
func discard(ctx context.Context, inner *testcontainers.DockerContainer, err error) error {
	if inner == nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	if state, wrong := inner.State(ctx); wrong == nil && state.Status == container.StateExited {
		err = fmt.Errorf("%w; it ended with exit code %d", err, state.ExitCode)
	}
	if output := readOutput(ctx, inner).Tail(logLines); output != "" {
		err = fmt.Errorf("%w; its last output:\n%s", err, output)
	}
	return errors.Join(err, inner.Terminate(ctx, testcontainers.StopTimeout(0)))
}

// Endpoint is a port of the container, for example 8080/tcp, as this process reaches it by HTTP. It has an address where
// testcontainers-go says localhost: an engine may publish another port on ::1.
func (r *Container) Endpoint(ctx context.Context, port string) (*url.URL, error) {
	raw, err := r.inner.PortEndpoint(ctx, port, "http")
	if err != nil {
		return nil, fmt.Errorf("find port %s of the container: %w", port, err)
	}
	return url.Parse(strings.Replace(raw, "//localhost:", "//127.0.0.1:", 1))
}

// ID is the engine's name for it.
func (r *Container) ID() string { return r.inner.GetContainerID() }

// Done is closed when the container ended by itself, not by Stop.
func (r *Container) Done() <-chan struct{} { return r.done }

// Log is the last lines of its output; empty once it is removed.
func (r *Container) Log() string { return readOutput(context.Background(), r.inner).Tail(logLines) }

// Output is all that it printed until it was stopped, as far as a [transcript.Transcript] goes; empty before.
func (r *Container) Output() string { return r.output }

// Ended is how it ended by itself, such as "exit code 3". It is not to be asked before Done is closed.
func (r *Container) Ended() string { return fmt.Sprintf("exit code %d", r.code) }

// Exited says whether the container has ended by itself, as the engine knows it, and with which exit code.
func (r *Container) Exited(ctx context.Context) (code int, over bool) {
	state, err := r.inner.State(ctx)
	if err != nil || state.Status != container.StateExited {
		return 0, false
	}
	return state.ExitCode, true
}

// Stop kills and removes the container, and its image if it was built for it. Only the first call does anything; all
// return what that one did.
func (r *Container) Stop(ctx context.Context) error {
	r.once.Do(func() {
		r.unwatch()
		r.output = readOutput(context.WithoutCancel(ctx), r.inner).Text()
		if err := r.inner.Terminate(ctx, testcontainers.StopTimeout(0)); err != nil {
			r.stopErr = fmt.Errorf("remove container %s: %w", r.ID(), err)
		}
	})
	return r.stopErr
}

// Kill is [Running.Stop] for a container that cannot be used for that reason; the error says how it ended, where it
// has, and what it printed last.
func (r *Container) Kill(ctx context.Context, reason error) error {
	r.once.Do(func() {
		r.unwatch()
		reason = discard(ctx, r.inner, reason)
	})
	return reason
}

// watch closes done when the container is not running any more, unless ctx ended before.
func (r *Container) watch(ctx context.Context) {
	engine, err := Engine(ctx)
	if err != nil {
		return
	}
	defer engine.Close()
	wait := engine.ContainerWait(ctx, r.ID(), client.ContainerWaitOptions{Condition: container.WaitConditionNotRunning})
	select {
	case ended := <-wait.Result:
		if ctx.Err() == nil {
			r.code = ended.StatusCode
			close(r.done)
		}
	case <-wait.Error:
	case <-ctx.Done():
	}
}

// readOutput reads what a container has printed so far.
func readOutput(ctx context.Context, inner *testcontainers.DockerContainer) *output.Capture {
	ctx, cancel := context.WithTimeout(ctx, logTimeout)
	defer cancel()
	text := &output.Capture{}
	output, err := inner.Logs(ctx)
	if err != nil {
		return text
	}
	defer output.Close()
	_, _ = io.Copy(text, output) // what came is better than nothing
	return text
}
