package steps

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/recording"
	"github.com/cvconform/cvconform/internal/reading"
	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/internal/trainingapi"
	"github.com/cvconform/cvconform/steps/report"
)

// setRecording reads the recording that is the target, and holds it against what is
// to be judged by: what it was not made with it does not know.
func setRecording(s *settings) error {
	if s.target.Kind != target.Replay {
		return nil
	}
	if s.Record != "" {
		return &UsageError{Err: errors.New("a replay is not recorded again"), Hint: "copy the folder " + s.target.Value}
	}
	var err error
	if s.recording, err = readRecording(s.target.Value); err != nil {
		return err
	}
	if err := s.checkRecordingCompatible(s.recording.Head); err != nil {
		return err
	}
	for name, prefix := range s.recording.Head.Provoked {
		if s.Provoke[name] == "" {
			s.provoke[failures()[name]] = prefix
		}
	}
	return nil
}

// checkRecordingCompatible says what a recording lacks for what is asked for.
func (s *settings) checkRecordingCompatible(head recording.Metadata) error {
	if head.Storage.Seen == observationNone {
		return &UsageError{
			Err:  fmt.Errorf("the recording %s cannot be replayed: nobody saw what the service did to storage", s.target.Value),
			Hint: "record a service that reaches its storage through the gateway; cvconform drift compares the answers of this one",
		}
	}
	for _, m := range []struct{ flag, asked, there string }{
		{"--profile ", s.Profile, head.Profile},
		{"--api-version ", s.readings[reading.APIVersion], head.Target.APIVersion},
		{"--reading create-form=", s.readings[reading.CreateForm], head.Readings[reading.CreateForm]},
	} {
		if m.asked != m.there {
			return &UsageError{Err: fmt.Errorf("the recording %s was not made with %s%s", s.target.Value, m.flag, m.asked),
				Hint: "it knows " + m.flag + m.there}
		}
	}
	return nil
}

// readRecording reads a recording from a folder. The error is a [*UsageError].
func readRecording(folder string) (*recording.Recording, error) {
	if info, err := os.Stat(folder); err != nil {
		return nil, &UsageError{
			Err:  fmt.Errorf("the recording cannot be read: %w", err),
			Hint: "give the folder that cvconform run --record wrote",
		}
	} else if !info.IsDir() {
		return nil, &UsageError{Err: fmt.Errorf("%s is no recording: it is no folder", folder), Hint: "give the folder that cvconform run --record wrote"}
	}
	r, err := recording.Read(os.DirFS(folder))
	if err != nil {
		return nil, toUsageError(fmt.Errorf("%s: %w", folder, err))
	}
	if err := validateMetadata(r.Head); err != nil {
		return nil, &UsageError{
			Err:  fmt.Errorf("%s: %w", folder, err),
			Hint: "record again; recording.json is not for editing",
		}
	}
	return r, nil
}

// validateMetadata says what a description lacks without which a replay would show more
// than was recorded: how storage was seen, and what was too late.
func validateMetadata(head recording.Metadata) error {
	visibility := head.Storage.Visibility
	if err := visibility.Validate(); err != nil {
		return err
	}
	seen := []string{string(report.Gateway), observationNone}
	if visibility.IsPolled() {
		seen = []string{string(report.Poller)}
	}
	if !slices.Contains(seen, head.Storage.Seen) {
		return fmt.Errorf(
			"contradictory observers of storage: seen %q, visibility %q",
			head.Storage.Seen,
			visibility.Observer,
		)
	}
	for _, name := range budget.Names() {
		if head.Budget(name) <= 0 {
			return fmt.Errorf("what was too late is not known: budget %s is %q", name, head.Budgets[name])
		}
	}
	return nil
}

// registerSecrets takes for secrets what the service under test says that stands for some.
func (h *Session) registerSecrets() {
	if h.recording != nil {
		head := h.recording.Head
		h.progressf(
			"recording: of the %s at %s, run %s of %s",
			head.Target.Kind,
			head.Target.Endpoint,
			head.Run,
			head.Made.Format(time.DateOnly),
		)
	}
	for _, kind := range slices.Sorted(maps.Keys(h.service.Secrets)) {
		for _, value := range h.service.Secrets[kind] {
			h.redact.AddSecret(kind, value)
		}
	}
}

// addReplayWarnings warns of what a replay could not do as the recorded service did.
func (h *Session) addReplayWarnings() {
	if h.service.Notes != nil {
		for _, note := range h.service.Notes() {
			h.warnings = append(h.warnings, "replay: "+h.redact.Redact(note))
		}
	}
	if n := h.unrecorded.Load(); n > 0 {
		h.warnings = append(
			h.warnings,
			fmt.Sprintf(
				"replay: %d calls are not in the recording; what would be judged by them is inconclusive, and says something of the recording, not of the service",
				n,
			),
		)
	}
}

// countUnrecorded counts the calls of a performance that the recording does not know.
func (h *Session) countUnrecorded(timeline *evidence.Timeline) {
	if h.target.Kind != target.Replay || timeline == nil {
		return
	}
	for _, e := range timeline.Events() {
		if e.Kind != evidence.KindExchange {
			continue
		}
		if _, is := trainingapi.NotRecorded(*e.Exchange); is {
			h.unrecorded.Add(1)
		}
	}
}
