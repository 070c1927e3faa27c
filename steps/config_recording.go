package steps

import (
	"fmt"

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
	recorded := s.Target.Recording
	if err := checkRecordingCompatible(s, recorded.Run); err != nil {
		return err
	}
	for name, prefix := range recorded.Provoked {
		if c.Provoke[name] == "" {
			s.Target.Provoke[session.Failures()[name]] = prefix
		}
	}
	return nil
}

// checkRecordingCompatible returns an error if the recording was made with other
// settings, so that it cannot respond to the requests of this run.
func checkRecordingCompatible(s *session.Settings, run report.Run) error {
	if run.GatewayBypassed {
		return userr.Usagef(
			"record a service that reaches its storage through the gateway; steps.Drift compares the responses of this one",
			"the recording %s cannot be replayed: the service bypassed the gateway, so its storage operations were not observed",
			s.Target.Value)
	}
	for _, m := range []struct{ what, hint, asked, recorded string }{
		{"profile", "Config.Profile", s.Criteria.ProfileName, run.Profile},
		{"API version", "Config.Readings api-version", s.Criteria.Readings[reading.APIVersion], run.Target.APIVersion},
		{"create form", "Config.Readings create-form",
			s.Criteria.Readings[reading.CreateForm], run.Readings[reading.CreateForm]},
	} {
		if m.asked != m.recorded {
			return userr.Usagef("set "+m.hint+" to "+m.recorded,
				"the recording %s was made with %s %s, not %s", s.Target.Value, m.what, m.recorded, m.asked)
		}
	}
	return nil
}

// readRecording reads a recording from a folder. The error is a [*UsageError].
func readRecording(folder string) (*recording.Recording, error) {
	r, err := recording.Open(folder)
	if err != nil {
		return nil, session.EvidenceError(err)
	}
	if err := validateRecording(r); err != nil {
		return nil, userr.Usagef("record again; a recording must not be edited", "%s: %w", folder, err)
	}
	return r, nil
}

// validateRecording returns an error if the report of a recording does not say how
// storage was observed, or which limits applied. A replay without them could show
// more than was recorded.
func validateRecording(r *recording.Recording) error {
	if err := r.Run.Visibility.Validate(); err != nil {
		return err
	}
	for _, name := range budget.Names() {
		if r.Budget(name) <= 0 {
			return fmt.Errorf("invalid budget %s: %q", name, r.Run.Budgets[name])
		}
	}
	return nil
}
