package steps

import (
	"errors"

	"github.com/cvconform/cvconform/internal/session"
)

// settings returns the settings of a run. Every error is a [*UsageError].
func (c Config) settings() (session.Settings, error) {
	return c.check(setStorageForRun)
}

// cleanSettings returns the settings for [Clean], which judges nothing: azure
// storage may go with any target.
func (c Config) cleanSettings() (session.Settings, error) {
	return c.check(setStorage)
}

// check checks the configuration and fills in all defaults.
func (c Config) check(storage func(Config, *session.Settings) error) (session.Settings, error) {
	s := session.Settings{
		Approved: c.Yes,
		Output: session.Output{
			Evidence: c.Evidence, Sign: c.Sign, Record: c.Record, Rerun: c.Rerun, Progress: c.Progress,
			Strict: c.Strict,
		},
	}
	s.Network.Dial = c.dial
	s.Criteria.Definitions = definitions
	s.Criteria.Only, s.Criteria.Skip, s.Criteria.Isolate = c.Only, c.Skip, c.Isolate
	for _, set := range []func(Config, *session.Settings) error{
		setTarget, setPace, setRate, setImage, setPreflight, storage, setTrust, setGateway, setProfile, setReadings,
		setBudgets, setProvocations, setDefects, checkSigning, setRecording,
	} {
		if err := set(c, &s); err != nil {
			var usage *UsageError
			if errors.As(err, &usage) {
				return s, usage
			}
			return s, &UsageError{Err: err}
		}
	}
	return s, nil
}
