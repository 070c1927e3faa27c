// Command cvconform judges whether a Custom Vision Training service honours the
// storage-integration contract.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/term"

	"github.com/cvconform/cvconform/internal/cli"
	"github.com/cvconform/cvconform/internal/containers"
)

func main() {
	containers.Silence()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	program, _ := os.Executable() // certify says so where it needs to know
	code := cli.Run(ctx, cli.World{
		Args:     os.Args[1:],
		Env:      os.Getenv,
		Stdout:   os.Stdout,
		Stderr:   os.Stderr,
		Terminal: term.IsTerminal(int(os.Stderr.Fd())) && os.Getenv("CI") == "",
		Color:    term.IsTerminal(int(os.Stdout.Fd())) && os.Getenv("NO_COLOR") == "",
		Now:      time.Now,
		Program:  program,
	})
	stop()
	os.Exit(code)
}
