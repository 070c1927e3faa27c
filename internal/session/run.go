package session

import (
	"context"
	"errors"

	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/engine"
	"github.com/cvconform/cvconform/internal/evidence/bundle"
	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/steps/report"
)

// Hooks are the functions that a use case adds to a run. A nil hook is not called.
type Hooks struct {
	// Preflight checks a running service before anything is judged.
	Preflight func(context.Context, *Session) error
	// Controls judges the controls of a certificate, before the service is started,
	// or, if it is running, after the preflight.
	Controls func(context.Context, *Storage, *bundle.Writer) (report.Controls, error)
	// Announce reports the number of things that the run will create.
	Announce func(context.Context, *Session, []features.Requirement) error
}

// Run judges the service under test. If ctx ends, it returns the report of the
// requirements judged so far, with Run.Complete false, or the context's error if
// there are none. When it returns, everything the run created and started has been removed,
// or the error is a [*userr.LeftBehindError].
func Run(ctx context.Context, s Settings, hooks Hooks) (*report.Report, error) {
	notes := NewNotes(s)
	return withBundle(s.Output, notes, func(w *bundle.Writer) (*report.Report, error) {
		return runRecorded(ctx, s, notes, newRecords(w, "", notes), hooks)
	})
}

// RunPart judges like [Run], but writes its evidence into a part of the bundle of
// another run. A nil bundle means none.
func RunPart(ctx context.Context, s Settings, bundle *bundle.Writer, part string) (*report.Report, error) {
	notes := NewNotes(s)
	return runRecorded(ctx, s, notes, newRecords(bundle, part, notes), Hooks{})
}

func runRecorded(ctx context.Context, s Settings, notes *Notes, records *Records, hooks Hooks) (*report.Report, error) {
	return withRecording(s, notes, records, func() (*report.Report, error) {
		return run(ctx, s, notes, records, hooks, func(*Session) {})
	})
}

// run sets up a session, performs and judges everything, and tears the session down.
// before is called with the session before anything is performed.
func run(
	ctx context.Context,
	s Settings,
	notes *Notes,
	records *Records,
	hooks Hooks,
	before func(*Session),
) (*report.Report, error) {
	catalogue, err := features.Load()
	if err != nil {
		return nil, err
	}
	chosen, deselected, err := s.Criteria.Select(catalogue)
	if err != nil {
		return nil, err
	}
	started := notes.Now()
	teardown := context.WithoutCancel(ctx)
	var cleanups Cleanups
	defer func() { _ = cleanups.Run(teardown) }() // after an error, which is the result
	sess, controls, err := setUp(ctx, s, notes, records, hooks, &cleanups)
	if err != nil {
		return nil, err
	}
	before(sess)
	if hooks.Announce != nil {
		if err := hooks.Announce(ctx, sess, chosen); err != nil {
			return nil, err
		}
	}
	out, err := sess.engine(chosen).Execute(ctx)
	if err != nil {
		return nil, err
	}
	left := sess.DeleteProjects(teardown)
	sess.Service.warnIfEnded(teardown, notes)
	addReplayWarnings(sess.Service, sess.unrecorded, notes)
	r := sess.report(out, catalogue, deselected, controls)
	r.Run.Started, r.Run.Finished = started, notes.Now()
	r.Verdict = engine.RunVerdict(r)
	r.Groups = r.FindGroups()
	r.Warnings = append(r.Warnings, r.WarnedOrInconclusive()...)
	records.writeReport(r)
	return r, errors.Join(left, cleanups.Run(teardown))
}

// setUp starts storage, the observer and the service under test, checks the
// service, and judges the controls: before a service that the run starts,
// because they must not disturb it, but after the preflight of a running one.
func setUp(
	ctx context.Context,
	s Settings,
	notes *Notes,
	records *Records,
	hooks Hooks,
	cleanups *Cleanups,
) (sess *Session, controls report.Controls, err error) {
	if !s.Target.Local() {
		notes.Progressf("run: %s", notes.RunID)
	}
	for _, warning := range notes.Warnings() {
		notes.Progressf("warning: %s", warning)
	}
	st, err := OpenStorage(ctx, s, notes, cleanups)
	if err != nil {
		return nil, controls, orCause(ctx, err)
	}
	judgeControls := func() (err error) {
		if hooks.Controls != nil {
			controls, err = hooks.Controls(ctx, st, records.bundle)
		}
		return err
	}
	running := s.Target.Kind == target.Endpoint
	if !running {
		if err := judgeControls(); err != nil {
			return nil, controls, orCause(ctx, err)
		}
	}
	o, err := StartObserver(ctx, s, st, notes, cleanups)
	if err != nil {
		return nil, controls, orCause(ctx, err)
	}
	recorded, err := judgeRecording(ctx, s, records)
	if err != nil {
		return nil, controls, orCause(ctx, err)
	}
	v, err := StartService(ctx, s, st, o, records, notes, cleanups)
	if err != nil {
		return nil, controls, orCause(ctx, err)
	}
	sess = Compose(s, notes, st, o, v, records)
	sess.recorded = recorded
	if running {
		err = checkRunning(ctx, sess, hooks.Preflight, judgeControls)
	}
	if err == nil {
		sess.slots, err = freeSlots(ctx, s, v, notes)
	}
	if err != nil {
		return nil, controls, errors.Join(orCause(ctx, err), sess.DeleteUnconfirmedProjects(context.WithoutCancel(ctx)))
	}
	return sess, controls, nil
}

// orCause returns the cause of ctx's end, or err if ctx has not ended.
func orCause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// checkRunning checks a running service before the controls are judged.
func checkRunning(
	ctx context.Context,
	sess *Session,
	preflight func(context.Context, *Session) error,
	judgeControls func() error,
) error {
	if err := checkCapacityEarly(ctx, sess.Settings, sess.Service, sess.Notes); err != nil {
		return err
	}
	if preflight != nil {
		if err := preflight(ctx, sess); err != nil {
			return err
		}
	}
	if err := checkKey(ctx, sess); err != nil {
		return err
	}
	return judgeControls()
}
