package session

import (
	"context"
	"maps"
	"time"

	"golang.org/x/time/rate"

	"github.com/cvconform/cvconform/fakes/azurite"
	"github.com/cvconform/cvconform/fakes/customvision/defect"
	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/recording"
	"github.com/cvconform/cvconform/internal/reading"
	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/steps/report"
)

// Fake returns the settings of a run of the fake service over this storage, with
// the defaults of a service on this machine.
func Fake(storage StorageSettings, definitions Definitions) (Settings, error) {
	readings, err := reading.Resolve(nil)
	return Settings{
		Target:  Target{Spec: target.Spec{Kind: target.Fake}, Provoke: FakeProvocations()},
		Storage: storage,
		Network: Network{Limit: rate.Inf},
		Criteria: Criteria{
			ProfileName: "full",
			Profile:     Profiles()["full"],
			Readings:    readings,
			Budgets:     budget.Local(),
			Definitions: definitions,
		},
		Pace: DefaultPace(true),
	}, err
}

// Control returns the settings of a control of a certificate: a server of this
// kind over the Azurite of another session, judged by the same criteria. Its
// budgets are those of a service on this machine.
func Control(certified Settings, kind target.Kind, shared *azurite.Instance) (Settings, error) {
	s, err := Fake(StorageSettings{Kind: string(shared.Kind), Shared: shared}, certified.Criteria.Definitions)
	if err != nil {
		return s, err
	}
	budgets := s.Criteria.Budgets
	budgets[budget.Absence] = 250 * time.Millisecond // the controls are on this machine
	if kind == target.Null {
		budgets[budget.Absence] = 10 * time.Millisecond // it sends nothing that could be missed
	}
	s.Target.Kind, s.Target.FollowReadings = kind, true
	s.Criteria = certified.Criteria
	s.Criteria.Budgets = budgets
	return s, nil
}

// A TrialSpec describes a trial of a self-test: a run of the fake with a defect.
type TrialSpec struct {
	Defect      defect.Defect
	Only        []string   // ids of requirements; nil means all
	Budgets     budget.Set // that replace those of a service on this machine
	Connection  string     // of the storage
	Definitions Definitions
}

// Trial returns the settings of a trial.
func Trial(t TrialSpec) (s Settings, err error) {
	if s, err = Fake(StorageSettings{Kind: "external", ConnectionString: t.Connection}, t.Definitions); err != nil {
		return s, err
	}
	s.Target.Defects = []defect.Defect{t.Defect}
	s.Criteria.Only = t.Only
	conditions := t.Defect.Conditions
	limits := maps.Clone(t.Budgets)
	maps.Copy(limits, conditions.Budgets)
	if s.Criteria.Budgets, err = s.Criteria.Budgets.With(limits); err != nil {
		return s, err
	}
	if s.Criteria.Readings, err = reading.Resolve(conditions.Readings); err != nil {
		return s, err
	}
	if conditions.Sequential {
		s.Pace.Parallel = 1
	}
	return s, nil
}

// A Logged is a run whose timelines were kept in memory.
type Logged struct {
	Report *report.Report
	Rules  Rules
	Log    *ExecutionLog
}

// RunLogged judges like [Run], and keeps the timelines. It writes no evidence.
func RunLogged(ctx context.Context, s Settings) (Logged, error) {
	notes := NewNotes(s)
	out := Logged{Log: &ExecutionLog{}}
	var err error
	out.Report, err = run(ctx, s, notes, &Records{log: out.Log}, Hooks{}, func(sess *Session) { out.Rules = sess.Rules() })
	return out, err
}

// Reference returns the settings of a run in which the fake performs the
// situations of a recording.
func Reference(recorded *recording.Recording, storage StorageSettings, definitions Definitions) (Settings, error) {
	s, err := Fake(storage, definitions)
	if err != nil {
		return s, err
	}
	c := &s.Criteria
	c.ProfileName, c.Profile = recorded.Run.Profile, Profiles()[recorded.Run.Profile]
	c.Only, c.Skip = recorded.Run.Selection.Only, recorded.Run.Selection.Skip
	if c.Readings, err = reading.Resolve(recorded.Run.Readings); err != nil {
		return s, err
	}
	for name, failure := range Failures() {
		if _, provoked := recorded.Provoked[name]; !provoked {
			delete(s.Target.Provoke, failure)
		}
	}
	s.Target.FollowReadings, s.Target.Compared = true, recorded
	return s, nil
}

// RunReference judges like [Run], and returns the run also as a recording in
// memory.
func RunReference(ctx context.Context, s Settings) (*report.Report, *recording.Recording, error) {
	notes, log := NewNotes(s), &ExecutionLog{}
	rec := &recorder{outside: evidence.NewTimeline(notes.Now, notes.Redactor)}
	r, err := run(ctx, s, notes, &Records{log: log, rec: rec}, Hooks{}, func(*Session) {})
	if err != nil {
		return nil, nil, err
	}
	out := &recording.Recording{Run: r.Run, Provoked: s.Target.provokePrefixes(), Unattributed: rec.outside.Events()}
	for _, tree := range r.Situations {
		out.Situations = append(out.Situations, recording.Situation{
			Key: tree.Key, Started: tree.Started, Events: log.ForKeys([]string{tree.Key})[0].Events,
		})
	}
	return r, out, nil
}
