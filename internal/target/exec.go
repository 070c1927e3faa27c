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
	execLogLines = 200                    // what Log shows of a command's output
	execGrace    = 5 * time.Second        // between asking a command to end and making it
	execDrain    = 300 * time.Millisecond // for output still in the pipe when the command has ended
)

// A command is somebody's program as the service under test, with all the
// processes that it starts.
type command struct {
	cmd        *exec.Cmd
	group      *processGroup
	output     *output.Capture
	read       chan struct{} // closed when nobody writes output any longer
	done       chan struct{} // closed when the program has ended
	outputDone chan struct{} // closed when what it wrote until then is in the log
	stop       func(context.Context) error
}

// startExec starts a command line as the service under test. The line is split
// by splitCommand. The environment is the harness's own and PORT (a free port on
// loopback, where the service is to listen), CUSTOMVISION_TRAINING_KEY and
// AZURE_STORAGE_CONNECTION_STRING; the arguments of env.ExtraArgs follow the
// line's own. Stop, and the harness's death by any signal, end the whole
// process group.
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
	return &Service{Endpoint: endpoint, SeenEndpoint: endpoint, TrainingKey: env.TrainingKey,
		Stop: c.stop, Done: c.done, Log: c.log, Output: c.output.Text, Ended: c.ended, OtherListeners: func() string { return c.otherListeners(address) },
		ListenHint: "it has to listen on 127.0.0.1, on the port that it is told as PORT"}, nil
}

// freeAddress is a loopback address on which nobody listened a moment ago.
func freeAddress(ctx context.Context) (string, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// launch starts the words with additions to the harness's own environment.
func launch(words, additions []string) (*command, error) {
	path, err := exec.LookPath(words[0])
	if err != nil {
		return nil, notFound(words[0], err)
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
	c.cmd.Env = append(os.Environ(), append(additions, group.mark())...)
	group.add(c.cmd)
	err = c.cmd.Start()
	_ = writer.Close()
	if err != nil {
		return nil, errors.Join(notFound(words[0], err), reader.Close(), group.end())
	}
	group.started(c.cmd)
	go c.follow(reader)
	go c.await()
	c.stop = onceStop(func(ctx context.Context) error { return c.end(ctx, reader) })
	return c, nil
}

// A notFoundError is [exec.ErrNotFound] in plain words.
type notFoundError struct{}

func (notFoundError) Error() string { return "command not found" }

func (notFoundError) Is(other error) bool { return other == exec.ErrNotFound }

// notFound says in plain words that there is no such program. What is named with its
// folder may be there, and want an interpreter that is not.
func notFound(name string, err error) error {
	switch missing := errors.Is(err, exec.ErrNotFound) || errors.Is(err, os.ErrNotExist); {
	case missing && name != filepath.Base(name):
		return errors.New("there is no such file, or not what it needs to run")
	case missing:
		return notFoundError{}
	}
	return err
}

// follow reads the output until nobody writes it any longer.
func (c *command) follow(output io.Reader) {
	_, _ = io.Copy(c.output, output)
	close(c.read)
}

// log is the last of the output; of a program that has ended, to its end.
func (c *command) log() string {
	select {
	case <-c.done:
		<-c.outputDone
	default:
	}
	return c.output.Tail(execLogLines)
}

// ended is how the program ended, such as "exit status 3"; it is not to be asked
// before done is closed.
func (c *command) ended() string { return c.cmd.ProcessState.String() }

// otherListeners says where the command and what it started listen, other than at that
// address.
func (c *command) otherListeners(address string) string {
	told, at := "it was told PORT="+address[strings.LastIndex(address, ":")+1:], []string{}
	for _, pid := range append(taggedProcesses(c.group.mark()), c.cmd.Process.Pid) {
		open, err := sockets.ConnectionsPid("tcp", int32(pid))
		if err != nil {
			continue
		}
		for _, s := range open {
			if listens := net.JoinHostPort(s.Laddr.IP, fmt.Sprint(s.Laddr.Port)); s.Status == "LISTEN" && listens != address {
				at = append(at, listens)
			}
		}
	}
	if len(at) == 0 {
		return told
	}
	slices.Sort(at)
	return told + ", and listens on " + strings.Join(slices.Compact(at), ", ")
}

// await closes done when the program has ended, and heard soon after.
func (c *command) await() {
	_ = c.cmd.Wait()
	close(c.done)
	defer close(c.outputDone)
	drained := time.NewTimer(execDrain)
	defer drained.Stop()
	select {
	case <-c.read:
	case <-drained.C: // a child of the program still has the pipe
	}
}

// end asks the group to end, makes what remains after the grace (or when ctx
// ends), and returns when the program is reaped and the pipe closed.
func (c *command) end(ctx context.Context, output *os.File) error {
	grace := time.NewTimer(execGrace)
	defer grace.Stop()
	var strays []*os.Process
	select {
	case <-c.done:
	default:
		strays = descendants(c.cmd.Process.Pid) // as long as they can be told by their parents
		c.group.terminate()
	}
	select {
	case <-c.outputDone:
	case <-grace.C:
	case <-ctx.Done():
	}
	err := c.group.end()
	for _, p := range strays {
		_ = p.Kill() // most have ended
		_ = p.Release()
	}
	<-c.outputDone
	_ = output.Close() // ends the reading even if a process that we may not see has the other end
	<-c.read
	return err
}

// onceStop is stop for whoever calls first; all others wait for it and get the same.
func onceStop(stop func(context.Context) error) func(context.Context) error {
	var once sync.Once
	var err error
	return func(ctx context.Context) error {
		once.Do(func() { err = stop(ctx) })
		return err
	}
}

// newProcessTag is an environment variable by which the descendants of one command are known.
func newProcessTag() string { return "CVCONFORM_EXEC=" + strings.ReplaceAll(uuid.NewString(), "-", "") }
