package steps

import (
	"context"

	"github.com/cvconform/cvconform/internal/drift"
	"github.com/cvconform/cvconform/internal/evidence/recording"
	"github.com/cvconform/cvconform/internal/session"
	"github.com/cvconform/cvconform/internal/userr"
)

// DriftReport is the result of comparing a recording with the fake. The JSON
// Schema cvconform/drift/v1 describes its JSON form.
type DriftReport = recording.Drift

// DriftConfig says which recording is compared with the fake, and over which
// storage.
type DriftConfig struct {
	// Recording is a folder that a run with [Config.Record] wrote.
	Recording string
	// Ignore are known differences: patterns of "CALL MEMBER", in which * matches
	// any text. nil means none.
	Ignore []string
	// Storage, ConnectionString, AzuriteImage, CacheDir, Parallel and Progress are as
	// in [Config]: the fake has to perform the recorded situations.
	Storage, ConnectionString, AzuriteImage, CacheDir string
	Parallel                                          int
	Progress                                          func(Progress)
}

// Drift has the fake perform the situations of a recording, by its readings, and
// compares responses and messages, member by member. A [*UsageError] means that
// the recording cannot be used, an [*EnvironmentError] that storage is not
// available.
func Drift(ctx context.Context, c DriftConfig) (*DriftReport, error) {
	recorded, err := readRecording(c.Recording)
	if err != nil {
		return nil, err
	}
	if err := drift.CheckReproducible(recorded.Run); err != nil {
		return nil, userr.Usagef("use the version of cvconform that made it",
			"%s: this program cannot perform the recorded run: %w", c.Recording, err)
	}
	s, err := c.settings(recorded)
	if err != nil {
		return nil, err
	}
	return drift.Run(ctx, s, recorded, c.Ignore)
}

// settings returns the settings of the run of the fake.
func (c DriftConfig) settings(recorded *recording.Recording) (session.Settings, error) {
	if c.Storage == "azure" {
		return session.Settings{}, userr.Usagef(
			"use DriftConfig.Storage auto, container, process or external: "+
				"the fake performs the recorded situations over an Azurite",
			"the fake needs the account's key, but storage azure is reached with an identity and has none",
		)
	}
	checked, err := Config{
		Storage: c.Storage, ConnectionString: c.ConnectionString, AzuriteImage: c.AzuriteImage, CacheDir: c.CacheDir,
		Parallel: c.Parallel, Progress: c.Progress,
	}.settings()
	if err != nil {
		return checked, err
	}
	s, err := session.Reference(recorded, checked.Storage, definitions)
	s.Pace, s.Output = checked.Pace, checked.Output
	return s, err
}
