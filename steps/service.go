package steps

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os/exec"
	"strings"
	"time"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/clock"
	"github.com/cvconform/cvconform/internal/docker"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/preflight"
	"github.com/cvconform/cvconform/internal/reading"
	"github.com/cvconform/cvconform/internal/target"
)

// waitReady waits until the service is ready, and looks after it from then on.
func (h *Session) waitReady(ctx context.Context) error {
	p := target.ReadyOptions{HTTP: h.http, Version: h.readings[reading.APIVersion], Limit: h.budgets[budget.Ready]}
	if h.rate != nil {
		p.BeforeProbe = h.rate.Wait
	}
	if err := h.service.Await(ctx, p); err != nil {
		return h.readinessError(err)
	}
	h.watchLiveness()
	return nil
}

// readinessError is the error of a service that cannot be used.
func (h *Session) readinessError(err error) error {
	if h.target.Kind == target.Endpoint {
		f := preflight.Unreachable(h.service.Endpoint, h.redactError(err))
		h.findings = append(h.findings, f)
		if h.preflight.fatal {
			h.reportFinding(f)
		}
		return &EnvironmentError{
			Err:  h.redactError(fmt.Errorf("target %s: %w; it looks like %s", h.target, err, f.Fault)),
			Hint: f.Remedy,
		}
	}
	hint := "it has to stay until it is told to end, and to listen on the port in the variable PORT"
	var unready *target.NotReadyError
	var answer *target.ResponseError
	switch {
	case errors.As(err, &unready) && unready.Limit == 0:
		hint = "it has to speak plain HTTP on the port in the variable PORT"
	case errors.As(err, &answer):
		hint = "--budget ready=DURATION gives it longer"
	case unready != nil:
		hint = h.service.ListenHint + "; --budget ready=DURATION gives it longer"
	}
	return &EnvironmentError{Err: h.redactError(fmt.Errorf("target %s: %w", h.target, err)), Hint: hint}
}

// startError is the error of a service that could not be started, with the way out.
func (h *Session) startError(err error) error {
	var ended *target.EndedError
	var image *docker.ImageError
	hint := ""
	switch {
	case errors.As(err, &ended):
		return h.readinessError(err)
	case errors.As(err, &image) && image.Image == h.target.Value:
		hint = "is its name right, and may this machine have it? docker pull " + h.target.Value
	case errors.Is(err, exec.ErrNotFound):
		hint = "a program that is not in PATH needs its folder: exec:./NAME"
	}
	return &EnvironmentError{Err: h.redactError(fmt.Errorf("target %s: %w", h.target, err)), Hint: hint}
}

// callInterval is the pause between two looks whether anybody answers in the
// service's place.
const callInterval = 100 * time.Millisecond

// watchLiveness ends h.alive when the service has ended by itself and nobody answers in
// its place (what a command leaves running may well be the service), and what it
// had sent to its storage has had the time to arrive.
func (h *Session) watchLiveness() {
	if h.service.Done == nil {
		return
	}
	alive, end := context.WithCancel(context.Background())
	h.serviceCtx = alive
	over := make(chan struct{})
	h.onClose(func(context.Context) error {
		end()
		<-over
		return nil
	})
	go func() {
		defer close(over)
		defer end()
		select {
		case <-h.service.Done:
			h.waitUntilSilent(alive)
		case <-alive.Done():
		}
	}()
}

// waitUntilSilent returns an absence window after nobody has answered.
func (h *Session) waitUntilSilent(ctx context.Context) {
	tick := time.NewTicker(callInterval)
	defer tick.Stop()
	for h.portAnswers(ctx) {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
	_ = clock.Sleep(ctx, h.budgets[budget.Absence])
}

// portAnswers says whether anybody listens at the service's address.
func (h *Session) portAnswers(ctx context.Context) bool {
	at, err := url.Parse(h.service.Endpoint)
	if err != nil {
		return false
	}
	dial := h.dial
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	connection, err := dial(ctx, "tcp", at.Host)
	if err != nil {
		return false
	}
	_ = connection.Close()
	return true
}

// stopService ends the service, and keeps what it printed.
func (h *Session) stopService(ctx context.Context) error {
	err := h.service.Stop(ctx)
	if h.bundle == nil || h.service.Output == nil {
		return err
	}
	if text := h.redactOutput(h.service.Output()); text != "" {
		h.bundle.RecordError(h.section().Put(evidence.OutputFile, []byte(text)))
	}
	return err
}

// redactOutput is what the service says as it goes on record: without secrets, in UTF-8.
// What an image was given from the environment is a secret there; elsewhere it may
// be part of any name.
func (h *Session) redactOutput(text string) string {
	own := &evidence.Redactor{}
	for _, value := range h.imageSecrets() {
		own.AddSecret("image-env", value)
	}
	return strings.ToValidUTF8(own.Redact(h.redact.Redact(text)), "\uFFFD")
}

// redactError is an error whose text, which may quote the service, shows no secret.
func (h *Session) redactError(err error) error {
	return &redactedError{text: h.redactOutput(err.Error()), err: err}
}

// exitGracePeriod bounds how long a service that does not answer any more is looked at
// whether it has ended: an engine knows of a container a moment later than its
// clients.
const exitGracePeriod = 3 * time.Second

// warnIfEnded adds a warning where the service ended by itself while it was judged.
func (h *Session) warnIfEnded(ctx context.Context) {
	if !h.endedByItself(ctx) {
		return
	}
	text := "the service ended by itself during the run; its last output:\n" + h.redactOutput(h.service.Log())
	if h.service.Ended != nil {
		text += "\nand it ended with " + h.service.Ended()
	}
	h.warnings = append(h.warnings, text)
}

// endedByItself says whether the service has ended by itself, where anybody can tell.
func (h *Session) endedByItself(ctx context.Context) bool {
	if h.service.Done == nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, exitGracePeriod)
	defer cancel()
	if h.client.GetDomains(ctx).Status != 0 {
		return isClosed(h.service.Done)
	}
	select {
	case <-h.service.Done:
	case <-ctx.Done():
	}
	return isClosed(h.service.Done)
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
