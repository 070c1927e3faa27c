package session

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cvconform/cvconform/internal/clock"
	"github.com/cvconform/cvconform/internal/evidence/redact"
	"github.com/cvconform/cvconform/internal/naming"
)

// Notes hold the id, the clock, the secrets, the progress lines and the warnings of
// a run. All its parts share them.
type Notes struct {
	RunID    string
	Now      func() time.Time
	Redactor *redact.Redactor

	progress func(Progress)
	output   *redact.Redactor // of values that are secret only in the output of the service
	mu       sync.Mutex
	warnings []string
}

// NewNotes returns the notes of a new run.
func NewNotes(s Settings) *Notes {
	now := clock.New()
	n := &Notes{
		RunID:    naming.RunID(now(), rand.Uint32()),
		Now:      now,
		Redactor: &redact.Redactor{},
		progress: s.Output.Progress,
		output:   &redact.Redactor{},
	}
	n.Redactor.AddSecret("training-key", s.Target.TrainingKey) // a running service may repeat it
	for _, value := range s.Target.VariableSecrets {
		n.output.AddSecret("image-env", value)
	}
	if s.Network.InsecureSkipVerify {
		n.Warn("THE CERTIFICATE OF THE SERVICE WAS NOT VERIFIED: a man in the middle could have responded and could have " +
			"read the training key")
	}
	return n
}

// Progressf reports one line of progress.
func (n *Notes) Progressf(format string, args ...any) {
	if n.progress != nil {
		n.progress(Progress{Line: fmt.Sprintf(format, args...)})
	}
}

// progressCounts reports how many situations are done.
func (n *Notes) progressCounts(p Progress) {
	if n.progress != nil {
		n.progress(p)
	}
}

// Warn adds a warning to the report.
func (n *Notes) Warn(format string, args ...any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.warnings = append(n.warnings, fmt.Sprintf(format, args...))
}

// Warnings returns the warnings, in order.
func (n *Notes) Warnings() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.warnings)
}

// RedactOutput returns the output of the service without secrets, in valid UTF-8.
// Values that an image got from the environment are secrets there; elsewhere they
// may be part of any name.
func (n *Notes) RedactOutput(text string) string {
	return strings.ToValidUTF8(n.output.Redact(n.Redactor.Redact(text)), "\uFFFD")
}

// redactError returns err with a message that may quote the service but shows no
// secret.
func (n *Notes) redactError(err error) error {
	return &redactedError{text: n.RedactOutput(err.Error()), err: err}
}

// A redactedError is an error whose message shows no secret.
type redactedError struct {
	text string
	err  error
}

func (e *redactedError) Error() string { return e.text }

func (e *redactedError) Unwrap() error { return e.err }

// Cleanups is a stack of teardown functions. The zero value is empty.
type Cleanups struct{ functions []func(context.Context) error }

// Add adds a function.
func (c *Cleanups) Add(f func(context.Context) error) { c.functions = append(c.functions, f) }

// Run calls the functions, the last added first, and removes them. It joins
// their errors.
func (c *Cleanups) Run(ctx context.Context) error {
	var errs []error
	for len(c.functions) > 0 {
		last := len(c.functions) - 1
		f := c.functions[last]
		c.functions = c.functions[:last]
		errs = append(errs, f(ctx))
	}
	return errors.Join(errs...)
}
