package azurite

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cvconform/cvconform/internal/output"
)

const (
	// stopGracePeriod is how long a process may take to exit before it is killed.
	stopGracePeriod = 5 * time.Second
	// logLines is the number of output lines in error messages.
	logLines = 40
)

// listeningLine matches the line that Azurite prints with the address of a service.
var listeningLine = regexp.MustCompile(`^Azurite (Blob|Queue) service is successfully listening at (https?://\S+)$`)

func startProcess(ctx context.Context, o Options) (*Instance, error) {
	installation, err := Install(ctx, o.CacheDir, o.Progress)
	if err != nil {
		return nil, err
	}
	folder, err := createProcessFolder()
	if err != nil {
		return nil, err
	}
	p, err := launch(installation, folder, o.OAuth)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	instance, err := p.waitUntilReady(ctx)
	if err != nil {
		return nil, errors.Join(err, p.Stop(context.WithoutCancel(ctx)))
	}
	return instance, nil
}

// createProcessFolder creates the folder of one process. It holds the guard script, which deletes the folder when the
// process exits, and later Azurite's data.
func createProcessFolder() (string, error) {
	folder, err := os.MkdirTemp("", "cvconform-azurite-*")
	if err != nil {
		return "", fmt.Errorf("create a folder for Azurite's data: %w", err)
	}
	if err := os.WriteFile(filepath.Join(folder, "guard.js"), guardJS, 0o600); err != nil {
		return "", errors.Join(fmt.Errorf("write Azurite's guard script: %w", err), os.RemoveAll(folder))
	}
	return folder, nil
}

// process is an Azurite process. It exits when its standard input is closed, so it never outlives this process.
type process struct {
	oauth  *OAuth
	cmd    *exec.Cmd
	stdin  io.Closer
	folder string
	output output.Capture

	ready    chan map[string]string // receives the addresses by service ("Blob", "Queue")
	stopping chan struct{}          // closed by Stop
	exited   chan struct{}          // closed when the process has exited
	done     chan struct{}          // closed when the process has exited without Stop

	once    sync.Once
	stopErr error
}

// launch starts Azurite on free ports.
func launch(installation, folder string, oauth *OAuth) (*process, error) {
	args := arguments(filepath.Join(folder, "data"), "--blobPort", "0", "--queuePort", "0", "--tablePort", "0")
	args = append(args, oauth.arguments()...)
	guard := []string{"--require", filepath.Join(folder, "guard.js"), entryPoint(installation)}
	cmd := exec.Command("node", append(guard, args...)...)
	cmd.Env = environment()
	cmd.SysProcAttr = newProcessGroup()
	cmd.WaitDelay = stopGracePeriod
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	reader, writer := io.Pipe()
	cmd.Stdout, cmd.Stderr = writer, writer
	if err := cmd.Start(); err != nil {
		return nil, startError(err)
	}
	p := &process{
		oauth: oauth, cmd: cmd, stdin: stdin, folder: folder,
		ready: make(chan map[string]string, 1), stopping: make(chan struct{}),
		exited: make(chan struct{}), done: make(chan struct{}),
	}
	go p.wait(writer)
	go p.read(reader)
	return p, nil
}

// startError returns an [*UnavailableError] if the reason is that Node.js is missing.
func startError(err error) error {
	if errors.Is(err, exec.ErrNotFound) {
		return &UnavailableError{Kind: Process, Err: err}
	}
	return fmt.Errorf("start Azurite: %w", err)
}

// environment returns this process's environment without the variables that change Azurite or Node.js.
func environment() []string {
	return slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return strings.HasPrefix(variable, "AZURITE_") || strings.HasPrefix(variable, "NODE_OPTIONS=")
	})
}

// wait waits for the process to exit, adds the exit error to its output and closes the output.
func (p *process) wait(writer io.WriteCloser) {
	if err := p.cmd.Wait(); err != nil {
		fmt.Fprintf(writer, "\n%v\n", err)
	}
	writer.Close()
}

// read reads all output, so that the process never blocks on a write, and reports the addresses once Azurite is ready.
// The output ends after the process has exited.
func (p *process) read(reader io.Reader) {
	addresses := make(map[string]string)
	forEachLine(reader, func(line string) {
		fmt.Fprintln(&p.output, line)
		if m := listeningLine.FindStringSubmatch(line); m != nil {
			addresses[m[1]] = m[2]
		}
		if strings.HasPrefix(line, readyLine) {
			p.ready <- addresses
		}
	})
	close(p.exited)
	select {
	case <-p.stopping:
	default:
		close(p.done)
	}
}

// forEachLine calls f with every line that is not empty, however long it is, until the input ends.
func forEachLine(input io.Reader, f func(line string)) {
	reader := bufio.NewReader(input)
	for {
		line, err := reader.ReadString('\n')
		if line = strings.TrimRight(line, "\r\n"); line != "" {
			f(line)
		}
		if err != nil {
			return
		}
	}
}

func (p *process) waitUntilReady(ctx context.Context) (*Instance, error) {
	select {
	case addresses := <-p.ready:
		return p.newInstance(ctx, addresses)
	case <-p.exited:
		return nil, fmt.Errorf("start Azurite: the process exited; its last output:\n%s", p.Log())
	case <-ctx.Done():
		return nil, fmt.Errorf("start Azurite: %w; its last output:\n%s", ctx.Err(), p.Log())
	}
}

func (p *process) newInstance(ctx context.Context, addresses map[string]string) (*Instance, error) {
	blob, blobErr := url.Parse(addresses["Blob"])
	queue, queueErr := url.Parse(addresses["Queue"])
	if err := errors.Join(blobErr, queueErr); err != nil {
		return nil, fmt.Errorf("parse Azurite's addresses: %w", err)
	}
	version, err := fetchVersion(ctx, p.oauth.client(), blob)
	if err != nil {
		return nil, err
	}
	return &Instance{Kind: Process, Version: version, BlobURL: blob, QueueURL: queue, backend: p}, nil
}

// Done implements backend.
func (p *process) Done() <-chan struct{} { return p.done }

// Log implements backend.
func (p *process) Log() string { return p.output.Tail(logLines) }

// Stop implements backend.
func (p *process) Stop(ctx context.Context) error {
	p.once.Do(func() { p.stopErr = p.terminate(ctx) })
	return p.stopErr
}

// terminate closes the standard input, upon which the guard script ends the process. If the process does not exit
// within stopGracePeriod, or before ctx ends, terminate kills it.
func (p *process) terminate(ctx context.Context) error {
	close(p.stopping)
	p.stdin.Close()
	ctx, cancel := context.WithTimeout(ctx, stopGracePeriod)
	defer cancel()
	select {
	case <-p.exited:
	case <-ctx.Done():
		if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return fmt.Errorf("stop Azurite: %w", err)
		}
		<-p.exited
	}
	if err := os.RemoveAll(p.folder); err != nil {
		return fmt.Errorf("delete Azurite's data: %w", err)
	}
	return nil
}
