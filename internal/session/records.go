package session

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"io"

	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/engine/perform"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/bundle"
	"github.com/cvconform/cvconform/internal/userr"
	"github.com/cvconform/cvconform/internal/version"
	"github.com/cvconform/cvconform/steps/report"
)

// Records are the places where a run is recorded. The zero value keeps nothing.
type Records struct {
	bundle  *bundle.Writer  // nil if no bundle is written
	section *bundle.Section // of the bundle
	rec     *recorder       // nil if no recording is made
	log     *ExecutionLog   // nil if no timelines are kept in memory
}

// newRecords returns records that write into one part of a bundle; "" is the run
// that the bundle is of. A nil bundle means none.
func newRecords(bundle *bundle.Writer, part string, notes *Notes) *Records {
	r := &Records{bundle: bundle}
	if bundle != nil {
		r.section = bundle.Section(part, notes.Redactor)
	}
	return r
}

// recordOutside records a call that belongs to no situation.
func (r *Records) recordOutside(x evidence.Exchange) {
	if r.rec != nil {
		r.rec.outside.Record(evidence.Event{Kind: evidence.KindExchange, Exchange: &x})
	}
}

// attach makes a performer write everything to the records.
func (r *Records) attach(p *perform.Performer) {
	var sections []*bundle.Section
	if r.section != nil {
		sections = append(sections, r.section)
	}
	if r.rec != nil {
		p.OnOutsideCall = r.recordOutside
	}
	if r.rec != nil && r.rec.section != nil {
		sections = append(sections, r.rec.section)
	}
	if len(sections) == 0 {
		return
	}
	p.Subscribe = func(number int) func(evidence.Event) { return fanOut(sections, number) }
	p.StoreContent = func(sum string, length int64, content io.ReaderAt) {
		for _, s := range sections {
			s.StoreContent(sum, length, content)
		}
	}
}

// fanOut returns a function that writes the events of one act tree to every
// section.
func fanOut(sections []*bundle.Section, number int) func(evidence.Event) {
	var writers []func(evidence.Event)
	for _, s := range sections {
		writers = append(writers, s.TimelineWriter(number))
	}
	return func(e evidence.Event) {
		for _, write := range writers {
			write(e)
		}
	}
}

// writeOutput writes the output of the service to the bundle.
func (r *Records) writeOutput(output func() string) {
	if r.bundle == nil {
		return
	}
	if text := output(); text != "" {
		r.bundle.RecordError(r.section.Put(bundle.OutputFile, []byte(text)))
	}
}

// writeReport writes the report to the bundle.
func (r *Records) writeReport(run *report.Report) {
	if r.bundle != nil {
		putReport(r.bundle, r.section, run)
	}
}

// putReport writes a report into one section of a bundle. The writer keeps the
// first error.
func putReport(w *bundle.Writer, s *bundle.Section, r *report.Report) {
	var text bytes.Buffer
	err := report.WriteJSON(&text, r)
	if err == nil {
		err = s.Put(bundle.ReportFile, text.Bytes())
	}
	w.RecordError(err)
}

// withBundle calls judge, and writes the evidence bundle that the settings ask
// for while things happen. The folder of an incomplete bundle stays.
func withBundle(
	o Output,
	notes *Notes,
	judge func(*bundle.Writer) (*report.Report, error),
) (*report.Report, error) {
	if o.Evidence == "" {
		return judge(nil)
	}
	w, err := bundle.Create(o.Evidence)
	if err != nil {
		return nil, bundleError(o.Evidence, err)
	}
	notes.Progressf("evidence: in %s until the run ends", w.Folder())
	writeFeatures(w)
	r, err := judge(w)
	if r == nil {
		return nil, errors.Join(err, w.Discard())
	}
	finishErr := finishBundle(w, r, o.Sign)
	if finishErr != nil || !r.Run.Complete {
		notes.Progressf("evidence: incomplete, in the folder %s", w.Folder())
	}
	return r, errors.Join(err, finishErr)
}

// finishBundle completes the bundle of a complete run, and signs it if there is a key.
func finishBundle(w *bundle.Writer, r *report.Report, key ed25519.PrivateKey) error {
	if !r.Run.Complete {
		return w.CloseIncomplete()
	}
	return w.Finish(SuiteOf(r), r.Run.ID, string(r.Verdict), key)
}

func bundleError(path string, err error) error {
	hint := "choose a path in an existing folder"
	if errors.Is(err, bundle.ErrIncomplete) {
		hint = "move it away or remove it"
	}
	return userr.Usagef(hint, "cannot write evidence %s: %w", path, err)
}

// writeFeatures writes the features that the run is judged by. The writer keeps
// the first error.
func writeFeatures(w *bundle.Writer) {
	for _, name := range features.Files() {
		content, err := features.File(name)
		if err == nil {
			err = w.Put(bundle.FeaturesFolder+"/"+name, content)
		}
		w.RecordError(err)
	}
}

// SuiteOf returns the suite that made a report.
func SuiteOf(r *report.Report) bundle.Suite {
	s := r.Run.Suite
	return bundle.Suite{Version: s.Version, Revision: s.Revision, FeaturesDigest: s.FeaturesDigest}
}

// SuiteReport returns this program and the features that it judges by, as reports
// show them.
func SuiteReport(c *features.Catalogue) report.Suite {
	module, revision := version.Read()
	return report.Suite{Version: module, Revision: revision, FeaturesDigest: c.Digest, Musts: c.Count(features.Must)}
}

// EvidenceError returns the error for a bundle or recording that could not be
// read: a [*userr.UsageError] if its content is the reason.
func EvidenceError(err error) error {
	var unusable *bundle.UnusableError
	if errors.As(err, &unusable) {
		return &userr.UsageError{Err: err, Hint: unusable.Hint}
	}
	return err
}
