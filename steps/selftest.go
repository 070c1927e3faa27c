package steps

import (
	"context"
	"runtime"
	"slices"

	"github.com/cvconform/cvconform/fakes/customvision/defect"
	"github.com/cvconform/cvconform/internal/selftest"
	"github.com/cvconform/cvconform/internal/selftest/result"
	"github.com/cvconform/cvconform/internal/session"
)

// Matrix is the result of a self-test. The JSON Schema cvconform/selftest/v1
// describes its JSON form.
type Matrix = result.Matrix

// SelftestConfig says which defects of the fake the suite has to catch, and over
// which storage. The zero value means all of them, over Azurite.
type SelftestConfig struct {
	// Storage, ConnectionString, AzuriteImage and CacheDir are as in [Config].
	Storage, ConnectionString, AzuriteImage, CacheDir string
	// Defects are names, or globs of names, of defects and variations. nil means all.
	Defects []string
	// Only selects requirements as in [Config]: those defects are judged that one of
	// them has to catch. nil means all.
	Only []string
	// All judges each defect by every requirement. Otherwise it is judged by the
	// requirements that have to catch it, and by all others that need no further
	// situations.
	All bool
	// Parallel is how many defects are judged at a time. 0 means four for each
	// processor.
	Parallel int
	// Progress is called with the progress of the self-test; nil means that it is not
	// reported.
	Progress func(Progress)
}

// Selftest judges the fake with each of its defects in turn. It returns which
// requirements caught each defect, and whether every requirement, and every Then
// step of it, is needed to catch one. Variations, which are permitted, are judged
// by every requirement. A [*UsageError] or an [*EnvironmentError] means that
// nothing was judged. If ctx ends, Selftest returns the results so far, with
// Run.Complete false.
func Selftest(ctx context.Context, c SelftestConfig) (*Matrix, error) {
	s, err := c.settings()
	if err != nil {
		return nil, err
	}
	choice, err := selftest.Choose(c.options())
	if err != nil {
		return nil, err
	}
	return selftest.Run(ctx, s, choice)
}

// Defects returns the defects that a self-test of this configuration judges, in
// the order of the contract, and then the variations. The error is a
// [*UsageError].
func Defects(c SelftestConfig) ([]defect.Defect, error) {
	choice, err := selftest.Choose(c.options())
	if err != nil {
		return nil, err
	}
	return slices.Concat(choice.Defects, choice.Variations), nil
}

// settings returns the settings of a run of the fake over the configured storage.
func (c SelftestConfig) settings() (session.Settings, error) {
	return Config{
		Storage:          c.Storage,
		ConnectionString: c.ConnectionString,
		AzuriteImage:     c.AzuriteImage,
		CacheDir:         c.CacheDir,
		Parallel:         min(c.Parallel, 0), // a negative number is an error; each trial uses the default
		Progress:         c.Progress,
	}.settings()
}

func (c SelftestConfig) options() selftest.Options {
	o := selftest.Options{Names: c.Defects, Only: c.Only, All: c.All, Parallel: c.Parallel}
	if o.Parallel == 0 {
		o.Parallel = selftest.TrialsPerCPU * runtime.NumCPU()
	}
	return o
}
