// Package verify judges an evidence bundle again, without network and storage: it
// compares every file with the manifest, every timeline with itself, and the
// report with the verdicts that the timelines give by the features of this
// program.
//
// It proves that a bundle is complete and consistent. It does not prove
// its origin. Stop extending it if a check would need anything but the bundle.
package verify

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"strings"

	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/certify"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence/bundle"
	"github.com/cvconform/cvconform/internal/evidence/recording"
	"github.com/cvconform/cvconform/internal/session"
	"github.com/cvconform/cvconform/internal/textfmt"
	"github.com/cvconform/cvconform/internal/userr"
	"github.com/cvconform/cvconform/internal/version"
	"github.com/cvconform/cvconform/steps/report"
)

// A Verification is the result of verifying an evidence bundle.
type Verification struct {
	Report    *report.Report // of the bundle; nil if it could not be read
	Files     int            // listed by the manifest
	Timelines int
	Events    int    // of all timelines
	Contents  int    // of blobs and downloads, in the bundle
	LeftOut   int    // contents of which the bundle has the digest only
	MadeBy    string // version and revision of the cvconform that made the bundle
	Signed    bool
	Findings  []string // contradictions; empty if there are none
}

// Run verifies the bundle at path. If key is not nil it also verifies the
// signature. A [*userr.UsageError] reports that nothing was verified: the file is
// no bundle, or was made with other features.
func Run(
	ctx context.Context,
	path string,
	key ed25519.PublicKey,
	definitions session.Definitions,
) (*Verification, error) {
	b, err := bundle.Open(path)
	if err != nil {
		return nil, session.EvidenceError(err)
	}
	defer b.Close()
	catalogue, err := features.Load()
	if err != nil {
		return nil, err
	}
	v := &verifier{
		bundle: b, catalogue: catalogue, definitions: definitions,
		referencedFiles: map[string]bool{}, contents: map[string]content{},
	}
	if err := v.verify(ctx, key); err != nil {
		return nil, err
	}
	m := b.Manifest
	return &Verification{
		Report: v.report, Files: len(m.Files), Timelines: m.Timelines, Events: m.Events,
		Contents: len(v.contents) - len(m.LeftOut), LeftOut: len(m.LeftOut),
		MadeBy: suiteVersion(m.Suite), Signed: b.Signed(), Findings: v.findings,
	}, nil
}

// A verifier verifies one bundle.
type verifier struct {
	bundle          *bundle.Bundle
	catalogue       *features.Catalogue
	definitions     session.Definitions
	report          *report.Report
	referencedFiles map[string]bool    // files that the bundle refers to
	contents        map[string]content // that the timelines refer to, by digest
	findings        []string
}

// addFinding adds a contradiction. Text of the bundle must not steer the reader's
// terminal.
func (v *verifier) addFinding(format string, args ...any) {
	v.findings = append(v.findings, textfmt.EscapeControl(fmt.Sprintf(format, args...)))
}

// verify makes the checks from the outside in. It stops at a finding that would
// make further checks judge a changed bundle.
func (v *verifier) verify(ctx context.Context, key ed25519.PublicKey) error {
	if key != nil {
		if problem := v.bundle.VerifySignature(key); problem != "" {
			v.addFinding("%s", problem)
		}
	}
	for _, problem := range v.bundle.Check() {
		v.addFinding("%s", problem)
	}
	if len(v.findings) > 0 {
		return nil
	}
	if err := v.checkFeatures(); err != nil || len(v.findings) > 0 {
		return err
	}
	if err := v.checkPlan(); err != nil {
		return err
	}
	v.report = v.verifyPart(ctx, "")
	if v.report != nil {
		v.checkRecording()
		v.checkManifest()
		v.checkControls(ctx)
	}
	if len(v.findings) == 0 {
		v.checkUnreferenced()
	}
	return ctx.Err()
}

// checkFeatures compares the features in the bundle with the digest that the
// bundle gives, and with those of this program.
func (v *verifier) checkFeatures() error {
	names := v.bundle.Names(bundle.FeaturesFolder)
	digest, err := features.Digest(names, func(name string) ([]byte, error) {
		v.referencedFiles[bundle.FeaturesFolder+"/"+name] = true
		return v.bundle.Read(bundle.FeaturesFolder + "/" + name)
	})
	s := v.bundle.Manifest.Suite
	switch {
	case err != nil:
		v.addFinding("%v", err)
	case digest != s.FeaturesDigest:
		v.addFinding("the features in the bundle have the digest %s, the manifest says %s", digest, s.FeaturesDigest)
	case digest != v.catalogue.Digest:
		own, _ := version.Read()
		return userr.Usagef("verify it with cvconform "+suiteVersion(s),
			"the bundle was made with other features than those of this program (cvconform %s, features sha256:%s): "+
				"by cvconform %s, features sha256:%s", own, v.catalogue.Digest, suiteVersion(s), digest)
	}
	return nil
}

// checkPlan makes sure that the situations shared projects by the rules of this
// program. A report that cannot be read is found later.
func (v *verifier) checkPlan() error {
	r, err := v.readReport("")
	if err != nil || r.Run.Plan == situation.PlanVersion {
		return nil
	}
	made := suiteVersion(session.SuiteOf(r))
	return userr.Usagef("verify it with cvconform "+made,
		"the bundle was made by another plan than that of this program (%d): by plan %d of cvconform %s",
		situation.PlanVersion, r.Run.Plan, made)
}

// suiteVersion returns the version of a suite, with the revision if it is known.
func suiteVersion(s bundle.Suite) string {
	if s.Revision == "" {
		return textfmt.EscapeControl(s.Version)
	}
	return textfmt.EscapeControl(s.Version + " (" + s.Revision + ")")
}

// checkManifest compares the manifest with the report.
func (v *verifier) checkManifest() {
	m, r := v.bundle.Manifest, v.report
	if m.Run != r.Run.ID || m.Verdict != string(r.Verdict) {
		v.addFinding("the manifest is of run %s, %s; the report is of run %s, %s", m.Run, m.Verdict, r.Run.ID, r.Verdict)
	}
	if !r.Run.Complete {
		v.addFinding("the report is of a run that was interrupted: there is no bundle of such a run")
	}
}

// checkRecording checks the files that only a recording has.
func (v *verifier) checkRecording() {
	if !v.bundle.Has(bundle.RecordingFile) {
		return
	}
	name := bundle.TimelineFile(bundle.OutsideTimeline)
	v.referencedFiles[bundle.RecordingFile], v.referencedFiles[name] = true, true
	r, err := recording.Read(v.bundle)
	if err != nil {
		v.addFinding("%v", err)
		return
	}
	for _, e := range r.Unattributed {
		if reason := (runScope{run: v.report.Run}).foreignReason(e); reason != "" {
			v.addFinding("%s: event %d: %s", name, e.Seq, reason)
		}
	}
}

// checkControls verifies the controls, and compares their verdicts with the
// report.
func (v *verifier) checkControls(ctx context.Context) {
	claimed := v.report.Controls
	if claimed.Reference == "" && claimed.Null == "" && len(claimed.Problems) == 0 {
		return
	}
	reference, null := v.verifyPart(ctx, certify.ReferencePart), v.verifyPart(ctx, certify.NullPart)
	if reference == nil || null == nil {
		return
	}
	actual := certify.Summarize(reference, null)
	if claimed.Reference != actual.Reference || claimed.Null != actual.Null ||
		strings.Join(claimed.Problems, "\n") != strings.Join(actual.Problems, "\n") {
		v.addFinding("the report says of the controls: reference %s, null %s; they are: reference %s, null %s %s",
			claimed.Reference, claimed.Null, actual.Reference, actual.Null, strings.Join(actual.Problems, "; "))
	}
	for _, control := range []*report.Report{reference, null} {
		if !session.SameScope(control.Run, v.report.Run) {
			v.addFinding("the control %s was judged by other readings, another profile, or another part of the contract",
				control.Run.Target.Kind)
		}
	}
	if reference.Run.Target.Kind != "fake" || null.Run.Target.Kind != "null" {
		v.addFinding("the controls are of the targets %s and %s", reference.Run.Target.Kind, null.Run.Target.Kind)
	}
}

// checkUnreferenced compares all contents with the timelines, and looks for files
// that nothing refers to.
func (v *verifier) checkUnreferenced() {
	omitted := map[string]bool{}
	for _, l := range v.bundle.Manifest.LeftOut {
		omitted[l.SHA256] = true
		v.checkOmitted(l)
	}
	for sum, c := range v.contents {
		if !omitted[sum] {
			v.checkContent(sum, c)
		}
	}
	for _, f := range v.bundle.Manifest.Files {
		if !v.referencedFiles[f.Path] {
			v.addFinding("%s belongs to nothing", f.Path)
		}
	}
}
