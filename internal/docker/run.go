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

const (
	logTimeout = 5 * time.Second // of reading a container's output
	logLines   = 40              // of the output that an error quotes
)

// A Container is a container that was started. Stop it after use.
type Container struct {
	inner   *testcontainers.DockerContainer
	done    chan struct{}
	unwatch context.CancelFunc

	once    sync.Once
	stopErr error
	output  string // at the time of Stop
	code    int64  // exit code, if it ended by itself
}

// Run starts a container with the labels of the run and waits as the options require. ctx bounds the start, not the
// lifetime. image is empty if an option builds it. If Run fails, it removes the container, and the error quotes its
// last output.
func Run(ctx context.Context, image, runID string, options ...testcontainers.ContainerCustomizer) (*Container, error) {
	options = append(options,
		testcontainers.WithLabels(Labels(runID)),
		testcontainers.WithLogger(log.NewNoopLogger()),
	)
	inner, err := testcontainers.Run(ctx, image, options...)
	if err != nil {
		return nil, discard(ctx, inner, describeReaperError(err))
	}
	watchCtx, unwatch := context.WithCancel(context.WithoutCancel(ctx))
	c := &Container{inner: inner, done: make(chan struct{}), unwatch: unwatch}
	go c.watch(watchCtx)
	return c, nil
}

// discard removes a container that cannot be used and adds its exit code and its last output to the error.
func discard(ctx context.Context, inner *testcontainers.DockerContainer, err error) error {
	if inner == nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	if state, stateErr := inner.State(ctx); stateErr == nil && state.Status == container.StateExited {
		err = fmt.Errorf("%w; it ended with exit code %d", err, state.ExitCode)
	}
	if output := readOutput(ctx, inner).Tail(logLines); output != "" {
		err = fmt.Errorf("%w; its last output:\n%s", err, output)
	}
	return errors.Join(err, inner.Terminate(ctx, testcontainers.StopTimeout(0)))
}

// Endpoint returns the HTTP URL at which this process reaches a port of the container, for example 8080/tcp. It
// replaces localhost by 127.0.0.1, because an engine may publish another port on ::1.
func (c *Container) Endpoint(ctx context.Context, port string) (*url.URL, error) {
	raw, err := c.inner.PortEndpoint(ctx, port, "http")
	if err != nil {
		return nil, fmt.Errorf("find port %s of the container: %w", port, err)
	}
	return url.Parse(strings.Replace(raw, "//localhost:", "//127.0.0.1:", 1))
}

// ID returns the id of the container.
func (c *Container) ID() string { return c.inner.GetContainerID() }

// Done returns a channel that is closed when the container ends by itself, not by Stop.
func (c *Container) Done() <-chan struct{} { return c.done }

// Log returns the last lines of its output; "" after the container was removed.
func (c *Container) Log() string { return readOutput(context.Background(), c.inner).Tail(logLines) }

// Output returns its output until Stop, up to the limit of [output.Capture]; "" before Stop.
func (c *Container) Output() string { return c.output }

// Ended returns how it ended by itself, such as "exit code 3". It must not be called before Done is closed.
func (c *Container) Ended() string { return fmt.Sprintf("exit code %d", c.code) }

// Exited reports whether the container has ended by itself according to the engine, and its exit code.
func (c *Container) Exited(ctx context.Context) (code int, exited bool) {
	state, err := c.inner.State(ctx)
	if err != nil || state.Status != container.StateExited {
		return 0, false
	}
	return state.ExitCode, true
}

// Stop kills and removes the container, and its image if it was built for it. Later calls do nothing and return the
// error of the first.
func (c *Container) Stop(ctx context.Context) error {
	c.once.Do(func() {
		c.unwatch()
		c.output = readOutput(context.WithoutCancel(ctx), c.inner).Text()
		if err := c.inner.Terminate(ctx, testcontainers.StopTimeout(0)); err != nil {
			c.stopErr = fmt.Errorf("remove container %s: %w", c.ID(), err)
		}
	})
	return c.stopErr
}

// Kill stops a container that cannot be used for that reason. The error is the reason with the container's exit code,
// if it has ended, and its last output.
func (c *Container) Kill(ctx context.Context, reason error) error {
	c.once.Do(func() {
		c.unwatch()
		reason = discard(ctx, c.inner, reason)
	})
	return reason
}

// watch closes done when the container ends, unless ctx ended before.
func (c *Container) watch(ctx context.Context) {
	engine, err := Engine(ctx)
	if err != nil {
		return
	}
	defer func() { _ = engine.Close() }()
	wait := engine.ContainerWait(ctx, c.ID(), client.ContainerWaitOptions{Condition: container.WaitConditionNotRunning})
	select {
	case ended := <-wait.Result:
		if ctx.Err() == nil {
			c.code = ended.StatusCode
			close(c.done)
		}
	case <-wait.Error: //nolint:errcheck // the engine does not know: the container counts as running
	case <-ctx.Done():
	}
}

// readOutput returns the output of a container so far.
func readOutput(ctx context.Context, inner *testcontainers.DockerContainer) *output.Capture {
	ctx, cancel := context.WithTimeout(ctx, logTimeout)
	defer cancel()
	captured := &output.Capture{}
	logs, err := inner.Logs(ctx)
	if err != nil {
		return captured
	}
	defer logs.Close()
	_, _ = io.Copy(captured, logs) // a part of the output is better than none
	return captured
}
