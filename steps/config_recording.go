package steps

import (
	"fmt"
	"os"
	"slices"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/evidence/recording"
	"github.com/cvconform/cvconform/internal/reading"
	"github.com/cvconform/cvconform/internal/session"
	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/internal/userr"
	"github.com/cvconform/cvconform/steps/report"
)

// setRecording reads the recording that is the target, and checks that it holds
// the requests that the run will send.
func setRecording(c Config, s *session.Settings) (err error) {
	if s.Target.Kind != target.Replay {
		return nil
	}
	if c.Record != "" {
		return userr.Usagef("copy the folder "+s.Target.Value, "a replay cannot be recorded")
	}
	if s.Target.Recording, err = readRecording(s.Target.Value); err != nil {
		return err
	}
	head := s.Target.Recording.Head
	if err := checkRecordingCompatible(s, head); err != nil {
		return err
	}
	for name, prefix := range head.Provoked {
		if c.Provoke[name] == "" {
			s.Target.Provoke[session.Failures()[name]] = prefix
		}
	}
	return nil
}

// checkRecordingCompatible returns an error if the recording was made with other
// settings, so that it cannot respond to the requests of this run.
func checkRecordingCompatible(s *session.Settings, head recording.Metadata) error {
	if head.Storage.Seen == session.ObserverBypassed {
		return userr.Usagef(
			"record a service that reaches its storage through the gateway; steps.Drift compares the responses of this one",
			"the recording %s cannot be replayed: the service bypassed the gateway, so its storage operations were not observed",
			s.Target.Value)
	}
	for _, m := range []struct{ what, hint, asked, recorded string }{
		{"profile", "Config.Profile", s.Criteria.ProfileName, head.Profile},
		{"API version", "Config.Readings api-version", s.Criteria.Readings[reading.APIVersion], head.Target.APIVersion},
		{"create form", "Config.Readings create-form",
			s.Criteria.Readings[reading.CreateForm], head.Readings[reading.CreateForm]},
	} {
		if m.asked != m.recorded {
			return userr.Usagef("set "+m.hint+" to "+m.recorded,
				"the recording %s was made with %s %s, not %s", s.Target.Value, m.what, m.recorded, m.asked)
		}
	}
	return nil
}

// recordingHint is the hint to a path that is no recording.
const recordingHint = "give a folder that a run with Config.Record wrote"

// readRecording reads a recording from a folder. The error is a [*UsageError].
func readRecording(folder string) (*recording.Recording, error) {
	if info, err := os.Stat(folder); err != nil {
		return nil, userr.Usagef(recordingHint, "cannot read the recording: %w", err)
	} else if !info.IsDir() {
		return nil, userr.Usagef(recordingHint, "%s is not a recording: it is not a folder", folder)
	}
	r, err := recording.Read(os.DirFS(folder))
	if err != nil {
		return nil, session.EvidenceError(fmt.Errorf("%s: %w", folder, err))
	}
	if err := validateMetadata(r.Head); err != nil {
		return nil, userr.Usagef("record again; recording.json must not be edited", "%s: %w", folder, err)
	}
	return r, nil
}

// validateMetadata returns an error if a recording does not say how storage was
// observed, or which limits applied. A replay without them could show more than
// was recorded.
func validateMetadata(head recording.Metadata) error {
	visibility := head.Storage.Visibility
	if err := visibility.Validate(); err != nil {
		return err
	}
	observers := []string{string(report.Gateway), session.ObserverBypassed}
	if visibility.IsPolled() {
		observers = []string{string(report.Poller)}
	}
	if !slices.Contains(observers, head.Storage.Seen) {
		return fmt.Errorf("contradictory observers of storage: seen %q, visibility %q", head.Storage.Seen, visibility.Observer)
	}
	for _, name := range budget.Names() {
		if head.Budget(name) <= 0 {
			return fmt.Errorf("invalid budget %s: %q", name, head.Budgets[name])
		}
	}
	return nil
}
