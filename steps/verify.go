package steps

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"strings"

	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/steps/report"
)

// A Verification is what there is to say about an evidence bundle.
type Verification struct {
	Report    *Report // as the bundle has it; nil where it could not be read
	Files     int     // that the manifest lists
	Timelines int
	Events    int    // of all timelines
	Contents  int    // of blobs and downloads that the bundle holds
	LeftOut   int    // of which it knows the digest only
	MadeBy    string // version and revision of the cvconform that made it
	Signed    bool
	Findings  []string // what does not agree, or does not follow; nothing where all is well
}

// Verify judges an evidence bundle again, with no network and no storage: it holds
// every file against the manifest, every timeline against itself, and the report
// against what the timelines give by the features of this program. A key makes it
// hold the signature against the manifest; nil leaves the signature alone. What it
// proves is that the bundle is whole and agrees with itself, not who made it.
//
// A [*UsageError] says that nothing was verified: the file is no bundle, or was
// made with other features.
func Verify(ctx context.Context, path string, key ed25519.PublicKey) (*Verification, error) {
	b, err := evidence.Open(path)
	if err != nil {
		return nil, toUsageError(err)
	}
	defer b.Close()
	catalogue, err := features.Load()
	if err != nil {
		return nil, err
	}
	v := &verifier{bundle: b, catalogue: catalogue, referencedFiles: map[string]bool{}, contents: map[string]content{}}
	if err := v.verify(ctx, key); err != nil {
		return nil, err
	}
	m := b.Manifest
	return &Verification{Report: v.report, Files: len(m.Files), Timelines: m.Timelines, Events: m.Events,
		Contents: len(
			v.contents,
		) - len(
			m.LeftOut,
		), LeftOut: len(m.LeftOut), MadeBy: suiteVersion(m.Suite), Signed: b.Signed(), Findings: v.findings}, nil
}

func toUsageError(err error) error {
	var unusable *evidence.UnusableError
	if errors.As(err, &unusable) {
		return &UsageError{Err: err, Hint: unusable.Hint}
	}
	return err
}

// A verifier goes through one bundle.
type verifier struct {
	bundle          *evidence.Bundle
	catalogue       *features.Catalogue
	report          *Report
	referencedFiles map[string]bool    // files that something in the bundle needs
	contents        map[string]content // that the timelines speak of, by digest
	findings        []string
}

// addFinding notes what does not agree. What the bundle says must not steer the reader's
// terminal.
func (v *verifier) addFinding(format string, args ...any) {
	v.findings = append(v.findings, report.EscapeControl(fmt.Sprintf(format, args...)))
}

// verify goes from the outside in; what is found ends it where going on would
// mean to judge what is not what it was.
func (v *verifier) verify(ctx context.Context, key ed25519.PublicKey) error {
	if key != nil {
		if why := v.bundle.VerifySignature(key); why != "" {
			v.addFinding("%s", why)
		}
	}
	for _, why := range v.bundle.Check() {
		v.addFinding("%s", why)
	}
	if len(v.findings) > 0 {
		return nil
	}
	if err := v.features(); err != nil || len(v.findings) > 0 {
		return err
	}
	if err := v.planned(); err != nil {
		return err
	}
	v.report = v.section(ctx, "")
	if v.report != nil {
		v.manifest()
		v.controls(ctx)
	}
	if len(v.findings) == 0 {
		v.checkUnreferenced()
	}
	return ctx.Err()
}

// features holds the features in the bundle against the digest that the bundle
// gives, and against this program's own.
func (v *verifier) features() error {
	names := v.bundle.Names(evidence.FeaturesFolder)
	digest, err := features.Digest(names, func(name string) ([]byte, error) {
		v.referencedFiles[evidence.FeaturesFolder+"/"+name] = true
		return v.bundle.Read(evidence.FeaturesFolder + "/" + name)
	})
	s := v.bundle.Manifest.Suite
	switch {
	case err != nil:
		v.addFinding("%v", err)
	case digest != s.FeaturesDigest:
		v.addFinding("the features in the bundle have the digest %s, the manifest says %s", digest, s.FeaturesDigest)
	case digest != v.catalogue.Digest:
		own, _ := Version()
		return &UsageError{
			Err: fmt.Errorf(
				"the bundle was made with other features than those of this program (cvconform %s, features sha256:%s): by cvconform %s, features sha256:%s",
				own,
				v.catalogue.Digest,
				suiteVersion(s),
				digest,
			),
			Hint: "verify it with cvconform " + suiteVersion(s),
		}
	}
	return nil
}

// planned makes sure that the situations shared projects by this program's rules.
// A report that cannot be read is found later.
func (v *verifier) planned() error {
	r, err := v.readReport("")
	if err != nil || r.Run.Plan == situation.PlanVersion {
		return nil
	}
	return &UsageError{
		Err: fmt.Errorf(
			"the bundle was made by another plan than that of this program (%d): by plan %d of cvconform %s",
			situation.PlanVersion,
			r.Run.Plan,
			suiteVersion(suiteInfo(r)),
		),
		Hint: "verify it with cvconform " + suiteVersion(suiteInfo(r)),
	}
}

// suiteVersion is the version of a suite, with the revision where it is known.
func suiteVersion(s evidence.Suite) string {
	if s.Revision == "" {
		return report.EscapeControl(s.Version)
	}
	return report.EscapeControl(s.Version + " (" + s.Revision + ")")
}

// manifest holds what the manifest says of the run against the report.
func (v *verifier) manifest() {
	m, r := v.bundle.Manifest, v.report
	if m.Run != r.Run.ID || m.Verdict != string(r.Verdict) {
		v.addFinding("the manifest is of run %s, %s; the report is of run %s, %s", m.Run, m.Verdict, r.Run.ID, r.Verdict)
	}
	if !r.Run.Complete {
		v.addFinding("the report is of a run that was interrupted: there is no bundle of such a run")
	}
}

// controls verifies the controls, and holds their verdicts against what the
// report says of them.
func (v *verifier) controls(ctx context.Context) {
	said := v.report.Controls
	if said.Reference == "" && said.Null == "" && len(said.Problems) == 0 {
		return
	}
	reference, null := v.section(ctx, referencePart), v.section(ctx, nullPart)
	if reference == nil || null == nil {
		return
	}
	got := controlsOf(reference, null)
	if said.Reference != got.Reference || said.Null != got.Null ||
		strings.Join(said.Problems, "\n") != strings.Join(got.Problems, "\n") {
		v.addFinding("the report says of the controls: reference %s, null %s; they are: reference %s, null %s %s",
			said.Reference, said.Null, got.Reference, got.Null, strings.Join(got.Problems, "; "))
	}
	for _, control := range []*Report{reference, null} {
		if !sameScope(control.Run, v.report.Run) {
			v.addFinding(
				"the control %s was judged by other readings, another profile, or another part of the contract",
				control.Run.Target.Kind,
			)
		}
	}
	if reference.Run.Target.Kind != "fake" || null.Run.Target.Kind != "null" {
		v.addFinding("the controls are of the targets %s and %s", reference.Run.Target.Kind, null.Run.Target.Kind)
	}
}

// checkUnreferenced looks for contents that nobody speaks of, and for files that nobody
// needs.
func (v *verifier) checkUnreferenced() {
	left := map[string]bool{}
	for _, l := range v.bundle.Manifest.LeftOut {
		left[l.SHA256] = true
		v.checkOmitted(l)
	}
	for sum, c := range v.contents {
		if !left[sum] {
			v.checkContent(sum, c)
		}
	}
	for _, f := range v.bundle.Manifest.Files {
		if !v.referencedFiles[f.Path] {
			v.addFinding("%s belongs to nothing", f.Path)
		}
	}
}
