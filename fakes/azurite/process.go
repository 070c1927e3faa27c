package azurite

import (
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
)

// stopGracePeriod is how long a process that was told to end may take.
const stopGracePeriod = 5 * time.Second

// listening is how Azurite prints the address of a service.
var listening = regexp.MustCompile(`^Azurite (Blob|Queue) service is successfully listening at (https?://\S+)$`)

func startProcess(ctx context.Context, o Options) (*Instance, error) {
	installation, err := Install(ctx, o.CacheDir, o.Progress)
	if err != nil {
		return nil, err
	}
	folder, err := processFolder()
	if err != nil {
		return nil, err
	}
	p, err := launch(installation, folder, o.OAuth)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	instance, err := p.await(ctx)
	if err != nil {
		return nil, errors.Join(err, p.Stop(context.WithoutCancel(ctx)))
	}
	return instance, nil
}

// processFolder is the process's own: its data, and the guard that removes the whole folder when the process ends.
func processFolder() (string, error) {
	folder, err := os.MkdirTemp("", "cvconform-azurite-*")
	if err != nil {
		return "", fmt.Errorf("make a folder for Azurite's data: %w", err)
	}
	if err := os.WriteFile(filepath.Join(folder, "guard.js"), guardJS, 0o600); err != nil {
		return "", errors.Join(fmt.Errorf("write Azurite's guard: %w", err), os.RemoveAll(folder))
	}
	return folder, nil
}

// process is an Azurite process. Its standard input is what keeps it alive.
type process struct {
	oauth  *OAuth
	cmd    *exec.Cmd
	stdin  io.Closer
	folder string
	output lines

	ready    chan map[string]string
	stopping chan struct{}
	exited   chan struct{}
	done     chan struct{}

	once    sync.Once
	stopErr error
}

func launch(installation, folder string, oauth *OAuth) (*process, error) {
	args := arguments(filepath.Join(folder, "data"), "--blobPort", "0", "--queuePort", "0", "--tablePort", "0")
	args = append(args, oauth.arguments()...)
	guard := []string{"--require", filepath.Join(folder, "guard.js"), entry(installation)}
	cmd := exec.Command("node", append(guard, args...)...)
	cmd.Env = environment()
	cmd.SysProcAttr = ownGroup()
	cmd.WaitDelay = stopGracePeriod
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	output, writer := io.Pipe()
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
	go p.read(output)
	return p, nil
}

// startError tells a machine without Node.js from other failures.
func startError(err error) error {
	if errors.Is(err, exec.ErrNotFound) {
		return &UnavailableError{Kind: Process, Err: err}
	}
	return fmt.Errorf("start Azurite: %w", err)
}

// environment is this process's without what would change Azurite: other accounts, or options of Node.js.
func environment() []string {
	return slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return strings.HasPrefix(variable, "AZURITE_") || strings.HasPrefix(variable, "NODE_OPTIONS=")
	})
}

func (p *process) wait(output io.Closer) {
	if err := p.cmd.Wait(); err != nil {
		p.output.add(err.Error())
	}
	output.Close()
}

// read takes all output, so that the process never blocks on it, and hands over the addresses once it serves. The output
// ends when the process has.
func (p *process) read(output io.Reader) {
	addresses := make(map[string]string)
	p.output.follow(output, func(line string) {
		if m := listening.FindStringSubmatch(line); m != nil {
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

func (p *process) await(ctx context.Context) (*Instance, error) {
	select {
	case addresses := <-p.ready:
		return p.instance(ctx, addresses)
	case <-p.exited:
		return nil, fmt.Errorf("start Azurite: it ended at once; its last output:\n%s", &p.output)
	case <-ctx.Done():
		return nil, fmt.Errorf("start Azurite: %w; its last output:\n%s", ctx.Err(), &p.output)
	}
}

func (p *process) instance(ctx context.Context, addresses map[string]string) (*Instance, error) {
	blob, blobErr := url.Parse(addresses["Blob"])
	queue, queueErr := url.Parse(addresses["Queue"])
	if err := errors.Join(blobErr, queueErr); err != nil {
		return nil, fmt.Errorf("read Azurite's addresses: %w", err)
	}
	version, err := askVersion(ctx, p.oauth.client(), blob)
	if err != nil {
		return nil, err
	}
	return &Instance{Kind: Process, Version: version, BlobURL: blob, QueueURL: queue, backend: p}, nil
}

func (p *process) Done() <-chan struct{} { return p.done }

func (p *process) Log() string { return p.output.String() }

func (p *process) Stop(ctx context.Context) error {
	p.once.Do(func() { p.stopErr = p.end(ctx) })
	return p.stopErr
}

// end closes the standard input, at which the guard ends the process, and kills it if that takes longer than the grace
// or ctx allows.
func (p *process) end(ctx context.Context) error {
	close(p.stopping)
	p.stdin.Close()
	ctx, cancel := context.WithTimeout(ctx, stopGracePeriod)
	defer cancel()
	select {
	case <-p.exited:
	case <-ctx.Done():
		if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return fmt.Errorf("end Azurite: %w", err)
		}
		<-p.exited
	}
	if err := os.RemoveAll(p.folder); err != nil {
		return fmt.Errorf("remove Azurite's data: %w", err)
	}
	return nil
}
