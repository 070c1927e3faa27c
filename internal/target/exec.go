package target

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	sockets "github.com/shirou/gopsutil/v4/net"

	"github.com/cvconform/cvconform/internal/output"
)

const (
	execLogLines = 200                    // of a command's output that Log returns
	execGrace    = 5 * time.Second        // between SIGTERM and SIGKILL
	execDrain    = 300 * time.Millisecond // for output that is still in the pipe when the command has ended
)

// A command is a program that is the service under test, with all processes that it starts.
type command struct {
	cmd        *exec.Cmd
	group      *processGroup
	output     *output.Capture
	read       chan struct{} // closed when all writers have closed the output
	done       chan struct{} // closed when the program has ended
	outputDone chan struct{} // closed when the program's output is in the log
	stop       func(context.Context) error
}

// startExec starts a command line as the service under test. The arguments in env.ExtraArgs follow those of the line.
// The command's environment is the harness's own with PORT (a free port on loopback, on which the service has to
// listen), CUSTOMVISION_TRAINING_KEY and AZURE_STORAGE_CONNECTION_STRING. The process group ends with Stop, and when
// the harness ends, also by SIGKILL.
func startExec(ctx context.Context, line string, env Environment) (*Service, error) {
	words, err := splitCommand(line)
	if err != nil {
		return nil, err
	}
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, fmt.Errorf("start %q: find a free port: %w", words[0], err)
	}
	_, port, _ := net.SplitHostPort(address)
	c, err := launch(append(words, env.ExtraArgs...), []string{
		"PORT=" + port,
		"CUSTOMVISION_TRAINING_KEY=" + env.TrainingKey,
		"AZURE_STORAGE_CONNECTION_STRING=" + env.ConnectionString,
	})
	if err != nil {
		return nil, fmt.Errorf("start %q: %w", words[0], err)
	}
	endpoint := (&url.URL{Scheme: "http", Host: address}).String()
	return &Service{
		Endpoint:       endpoint,
		SeenEndpoint:   endpoint,
		TrainingKey:    env.TrainingKey,
		Stop:           c.stop,
		Done:           c.done,
		Log:            c.log,
		Output:         c.output.Text,
		Ended:          c.ended,
		OtherListeners: func() string { return c.otherListeners(address) },
		ListenHint:     "the service has to listen on 127.0.0.1, on the port in the variable PORT",
	}, nil
}

// freeAddress returns a loopback address with a port that was just free.
func freeAddress(ctx context.Context) (string, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// launch starts a program with its arguments and additional environment variables.
func launch(words, additions []string) (*command, error) {
	path, err := exec.LookPath(words[0])
	if err != nil {
		return nil, describeNotFound(words[0], err)
	}
	group, err := newProcessGroup()
	if err != nil {
		return nil, err
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, group.end())
	}
	c := &command{
		cmd:        exec.Command(path, words[1:]...),
		group:      group,
		output:     &output.Capture{},
		read:       make(chan struct{}),
		done:       make(chan struct{}),
		outputDone: make(chan struct{}),
	}
	c.cmd.Args[0] = words[0]
	c.cmd.Stdout, c.cmd.Stderr = writer, writer
	c.cmd.Env = append(os.Environ(), append(additions, group.tag)...)
	group.add(c.cmd)
	err = c.cmd.Start()
	_ = writer.Close()
	if err != nil {
		return nil, errors.Join(describeNotFound(words[0], err), reader.Close(), group.end())
	}
	group.started(c.cmd)
	go c.readOutput(reader)
	go c.wait()
	c.stop = onceStop(func(ctx context.Context) error { return c.end(ctx, reader) })
	return c, nil
}

// A notFoundError is [exec.ErrNotFound] with a shorter text.
type notFoundError struct{}

func (notFoundError) Error() string { return "command not found" }

func (notFoundError) Is(other error) bool { return other == exec.ErrNotFound }

// describeNotFound replaces the error of a program that does not exist. A file that is named with its folder may
// exist, but its interpreter may not.
func describeNotFound(name string, err error) error {
	switch missing := errors.Is(err, exec.ErrNotFound) || errors.Is(err, os.ErrNotExist); {
	case missing && name != filepath.Base(name):
		return errors.New("the file or its interpreter does not exist")
	case missing:
		return notFoundError{}
	}
	return err
}

// readOutput reads the output until all writers have closed it.
func (c *command) readOutput(output io.Reader) {
	_, _ = io.Copy(c.output, output)
	close(c.read)
}

// log returns the last lines of the output so far. If the program has ended, they are the last lines of all.
func (c *command) log() string {
	select {
	case <-c.done:
		<-c.outputDone
	default:
	}
	return c.output.Tail(execLogLines)
}

// ended returns how the program ended, such as "exit status 3". It must not be called before done is closed.
func (c *command) ended() string { return c.cmd.ProcessState.String() }

// otherListeners describes on which addresses other than that one the processes of the command listen.
func (c *command) otherListeners(address string) string {
	_, port, _ := net.SplitHostPort(address)
	given, listeners := "it was started with PORT="+port, []string{}
	for _, pid := range append(taggedProcesses(c.group.tag), c.cmd.Process.Pid) {
		open, err := sockets.ConnectionsPid("tcp", int32(pid))
		if err != nil {
			continue
		}
		for _, s := range open {
			if a := net.JoinHostPort(s.Laddr.IP, fmt.Sprint(s.Laddr.Port)); s.Status == "LISTEN" && a != address {
				listeners = append(listeners, a)
			}
		}
	}
	if len(listeners) == 0 {
		return given
	}
	slices.Sort(listeners)
	return given + ", and listens on " + strings.Join(slices.Compact(listeners), ", ")
}

// wait closes done when the program has ended, and outputDone soon after.
func (c *command) wait() {
	_ = c.cmd.Wait()
	close(c.done)
	defer close(c.outputDone)
	drained := time.NewTimer(execDrain)
	defer drained.Stop()
	select {
	case <-c.read:
	case <-drained.C: // a child process still has the pipe open
	}
}

// end terminates the process group. After the grace period, or when ctx ends, it kills the remaining processes. It
// returns when the program is reaped and the pipe is closed.
func (c *command) end(ctx context.Context, output *os.File) error {
	grace := time.NewTimer(execGrace)
	defer grace.Stop()
	var strays []*os.Process
	select {
	case <-c.done:
	default:
		strays = descendants(c.cmd.Process.Pid) // before their parents end, because they are found through them
		c.group.terminate()
	}
	select {
	case <-c.outputDone:
	case <-grace.C:
	case <-ctx.Done():
	}
	err := c.group.end()
	for _, p := range strays {
		_ = p.Kill() // most have ended already
		_ = p.Release()
	}
	<-c.outputDone
	_ = output.Close() // ends the reading even if an unknown process has the other end open
	<-c.read
	return err
}

// onceStop returns a function that calls stop once. Every call waits for the first one and returns its error.
func onceStop(stop func(context.Context) error) func(context.Context) error {
	var once sync.Once
	var err error
	return func(ctx context.Context) error {
		once.Do(func() { err = stop(ctx) })
		return err
	}
}

// newProcessTag returns an environment variable that identifies the descendants of one command.
func newProcessTag() string { return "CVCONFORM_EXEC=" + strings.ReplaceAll(uuid.NewString(), "-", "") }
