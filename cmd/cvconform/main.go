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

	_ "golang.org/x/crypto/x509roots/fallback" // for images that have no certificates
	"golang.org/x/term"

	"github.com/cvconform/cvconform/internal/cli"
	"github.com/cvconform/cvconform/internal/docker"
)

func main() {
	docker.DisableLogging()
	log.SetOutput(io.Discard)     // net/http has its own mind about what a service sends unasked
	program, _ := os.Executable() // certify says so where it needs to know
	code := cli.Run(untilSignal(), cli.Runtime{
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

// untilSignal ends at the first signal; the second ends the process at once.
func untilSignal() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		cancel()
		<-signals
		fmt.Fprintln(os.Stderr, "cvconform: ended at once; cvconform clean finds what may be left")
		os.Exit(cli.Interrupted)
	}()
	return ctx
}
