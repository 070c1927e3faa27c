package steps

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/engine"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/recording"
	"github.com/cvconform/cvconform/internal/reading"
)

// DriftReport is what a comparison came to; see the JSON Schema cvconform/drift/v1.
type DriftReport = recording.Drift

// DriftConfig says which recording to compare with the fake, and over which storage.
type DriftConfig struct {
	// Recording is the folder that a run with [Config.Record] left.
	Recording string
	// Ignore are known differences: patterns of "CALL MEMBER", in which * stands for
	// anything. nil means none.
	Ignore []string
	// Storage, ConnectionString, AzuriteImage, CacheDir, Parallel and Progress are as
	// in [Config]: the fake has to perform what was recorded.
	Storage, ConnectionString, AzuriteImage, CacheDir string
	Parallel                                          int
	Progress                                          func(Progress)
}

// Drift has the fake perform the situations of a recording, by its readings, and
// compares what it answered and sent, member by member. A [*UsageError] says that the
// recording cannot be used, an [*EnvironmentError] that there is no storage.
func Drift(ctx context.Context, c DriftConfig) (*DriftReport, error) {
	recorded, err := readRecording(c.Recording)
	if err != nil {
		return nil, err
	}
	if err := checkReproducible(recorded.Head); err != nil {
		return nil, &UsageError{
			Err:  fmt.Errorf("%s: this program cannot do what was done: %w", c.Recording, err),
			Hint: "use the version of cvconform that made it",
		}
	}
	h, err := newReference(recorded.Head, c)
	if err != nil {
		return nil, err
	}
	r, err := h.runRecorded(ctx)
	if err != nil {
		return nil, err
	}
	if !r.Run.Complete {
		return nil, context.Cause(ctx)
	}
	if err := harnessError(r.Requirements); err != nil {
		return nil, fmt.Errorf("the fake could not perform what was recorded: %w", err)
	}
	return recording.Compare(recorded.Histories(), h.recordedRun(r).Histories(), c.Ignore...), nil
}

// checkReproducible says what of a recorded run this program does not know.
func checkReproducible(head recording.Metadata) error {
	if _, known := profiles()[head.Profile]; !known {
		return fmt.Errorf("no profile %q", head.Profile)
	}
	if _, err := reading.Resolve(head.Readings); err != nil {
		return err
	}
	catalogue, err := features.Load()
	if err != nil {
		return err
	}
	_, _, err = engine.Select(catalogue, head.Selection.Only, head.Selection.Skip)
	return err
}

// newReference is the house of a fake that does what was recorded.
func newReference(head recording.Metadata, c DriftConfig) (*Session, error) {
	if c.Storage == "azure" {
		return nil, &UsageError{Err: errors.New("the fake is given the account's key, and storage azure has none to give"),
			Hint: "use --storage auto, container, process or external: the fake performs what was recorded over an Azurite"}
	}
	s, err := Config{
		Storage:          c.Storage,
		ConnectionString: c.ConnectionString,
		AzuriteImage:     c.AzuriteImage,
		CacheDir:         c.CacheDir,
		Parallel:         c.Parallel,
		Progress:         c.Progress,
		Profile:          head.Profile,
		Readings:         head.Readings,
		Only:             head.Selection.Only,
		Skip:             head.Selection.Skip,
	}.settings()
	if err != nil {
		return nil, err
	}
	maps.DeleteFunc(s.provoke, func(f situation.Failure, _ string) bool {
		for name := range head.Provoked {
			if failures()[name] == f {
				return false
			}
		}
		return true
	})
	h := New(s, nil)
	h.executionLog, h.comparedRecording = &executionLog{}, &head
	h.recorder = &recorder{outside: evidence.NewTimeline(h.now, h.redact)}
	return h, nil
}

// recordedRun is the recording of what was performed, as if it had been kept.
func (h *Session) recordedRun(r *Report) *recording.Recording {
	out := &recording.Recording{Head: h.recordingMetadata(r), Unattributed: h.recorder.outside.Events()}
	for _, s := range r.Situations {
		out.Situations = append(
			out.Situations,
			recording.Situation{Key: s.Key, Events: h.executionLog.forKeys([]string{s.Key})[0].Events},
		)
	}
	return out
}
