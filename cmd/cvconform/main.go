// Command cvconform judges whether a Custom Vision Training service honours the
// storage-integration contract.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"

	_ "golang.org/x/crypto/x509roots/fallback" // CA certificates for images that have none
	"golang.org/x/term"

	"github.com/cvconform/cvconform/internal/cli"
	"github.com/cvconform/cvconform/internal/docker"
)

func main() {
	docker.DisableLogging()
	log.SetOutput(io.Discard)     // net/http logs unsolicited responses of a service
	program, _ := os.Executable() // certify reports an error if it needs the path
	code := cli.Run(signalContext(), cli.Runtime{
		Args:       os.Args[1:],
		Env:        os.Getenv,
		Stdout:     os.Stdout,
		Stderr:     os.Stderr,
		Terminal:   term.IsTerminal(int(os.Stderr.Fd())) && os.Getenv("CI") == "",
		Color:      term.IsTerminal(int(os.Stdout.Fd())) && os.Getenv("NO_COLOR") == "",
		Now:        time.Now,
		Executable: program,
	})
	os.Exit(code)
}

// signalContext returns a context that the first signal cancels. A signal that comes at
// least a second later ends the process at once.
func signalContext() context.Context {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	return cli.UntilInterrupted(signals, time.Now, func() {
		fmt.Fprintln(os.Stderr, "cvconform: ended at once; cvconform clean finds resources that may be left behind")
		os.Exit(cli.Interrupted)
	})
}
