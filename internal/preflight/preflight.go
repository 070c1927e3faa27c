// Package preflight checks a service before anything is judged: whether it
// responds, accepts the key, serves the API, and reaches the storage.
//
// Package finding decides the meaning of the responses; this package sends the
// requests. Stop extending it if a check would be a requirement: those are judged.
package preflight

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/preflight/finding"
	"github.com/cvconform/cvconform/internal/reading"
	"github.com/cvconform/cvconform/internal/session"
	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/internal/textfmt"
	"github.com/cvconform/cvconform/internal/trainingapi/client"
	"github.com/cvconform/cvconform/internal/userr"
)

// Check checks a running service, if the settings ask for it. It is a hook of
// [session.Run]: it ends the run if it finds a problem that would make every
// requirement fail.
func Check(ctx context.Context, sess *session.Session) error {
	p := sess.Settings.Preflight
	if !p.Enabled {
		return nil
	}
	findings := collect(ctx, sess)
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, f := range findings {
		if p.Fatal || f.State != finding.OK {
			session.ReportFinding(sess.Notes, f)
		}
	}
	f, failed := finding.AnyFailed(findings)
	if !failed || !p.Fatal {
		return nil
	}
	return userr.Environmentf(f.Remedy, "target %s: preflight: %s: %s; the cause seems to be %s; nothing was judged",
		sess.Settings.Target, f.Check, textfmt.EscapeControl(f.Observed), f.Fault)
}

// Examine sets up a session as far as possible, and returns its findings. The
// error is a [*userr.UsageError], or that of ctx.
func Examine(ctx context.Context, s session.Settings) ([]finding.Finding, error) {
	notes := session.NewNotes(s)
	var cleanups session.Cleanups
	defer func() { _ = cleanups.Run(context.WithoutCancel(ctx)) }() // the findings are the result
	st, o, err := openStorage(ctx, s, notes, &cleanups)
	if err != nil {
		return failure(ctx, finding.Storage, err)
	}
	findings := []finding.Finding{storageFinding(st, o)}
	records := &session.Records{}
	v, err := session.StartService(ctx, s, st, o, records, notes, &cleanups)
	if err != nil {
		failed, err := failure(ctx, finding.Endpoint, err)
		return append(findings, failed...), err
	}
	sess := session.Compose(s, notes, st, o, v, records)
	findings = append(findings, collect(ctx, sess)...)
	return findings, errors.Join(ctx.Err(), sess.DeleteUnconfirmedProjects(context.WithoutCancel(ctx)))
}

func openStorage(
	ctx context.Context,
	s session.Settings,
	notes *session.Notes,
	cleanups *session.Cleanups,
) (*session.Storage, *session.Observation, error) {
	st, err := session.OpenStorage(ctx, s, notes, cleanups)
	if err != nil {
		return nil, nil, err
	}
	o, err := session.StartObserver(ctx, s, st, notes, cleanups)
	return st, o, err
}

// failure returns the finding of an error, or the error if it is not about the
// service or the storage.
func failure(ctx context.Context, check string, err error) ([]finding.Finding, error) {
	var usage *userr.UsageError
	var unreachable *session.UnreachableError
	switch {
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	case errors.As(err, &usage):
		return nil, err
	case errors.As(err, &unreachable):
		return []finding.Finding{unreachable.Finding}, nil
	}
	return []finding.Finding{{
		Check: check, State: finding.Failed, Observed: err.Error(), Remedy: userr.Hint(err),
	}}, nil
}

// storageFinding returns the finding of storage that is available.
func storageFinding(st *session.Storage, o *session.Observation) finding.Finding {
	info := session.DescribeStorage(st, o)
	f := finding.Finding{Check: finding.Storage, State: finding.OK, Observed: info.BlobEndpoint}
	if info.SeenBlobEndpoint != info.BlobEndpoint {
		f.Observed += ", for the service " + info.SeenBlobEndpoint
	}
	return f
}

// collect makes the checks, until one fails that the others depend on.
func collect(ctx context.Context, sess *session.Session) (all []finding.Finding) {
	if sess.Settings.Network.InsecureSkipVerify {
		all = append(all, finding.CertificateNotVerified())
	}
	domains, calls := sess.Service.Domains, sess.Service.Client
	version := sess.Settings.Criteria.Readings[reading.APIVersion]
	other := otherVersion(version)
	var byOther *evidence.Exchange
	if domains.Status == http.StatusNotFound {
		x := sess.Notes.Redactor.Exchange(calls.Do(ctx, client.Call{Name: "GetDomains", Version: other}))
		byOther = &x
	}
	found, more := finding.CheckResponse(sess.Service.Endpoint, domains, version, other, byOther)
	if !more && sess.Settings.Target.Kind != target.Endpoint {
		found = finding.BlameServiceForKey(found)
	}
	all = append(all, found...)
	if !more {
		return all
	}
	listed := finding.CheckProjects(sess.Notes.Redactor.Exchange(calls.GetProjects(ctx)))
	all = append(all, finding.CheckDomains(domains, sess.Settings.Criteria.Profile.Container), listed)
	if _, failed := finding.AnyFailed(all); !failed && sess.Settings.Preflight.CheckStorage {
		all = append(all, probeStorage(ctx, sess))
	}
	return all
}

// otherVersion returns the other version of the API.
func otherVersion(version string) string {
	for _, r := range reading.All() {
		for _, v := range r.Values {
			if r.Name == reading.APIVersion && v != version {
				return v
			}
		}
	}
	return version
}

// problem formats an error; "" if it is nil.
func problem(err error) string {
	if err == nil {
		return ""
	}
	return fmt.Sprint(err)
}
