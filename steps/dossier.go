package steps

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"

	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/steps/report"
)

// withEvidence judges, and writes the evidence bundle that the configuration asks
// for as things happen. A run that was not finished leaves the folder in which
// the bundle grew, and says so.
func (s settings) withEvidence(judge func(*evidence.Writer) (*Report, error)) (*Report, error) {
	if s.Evidence == "" {
		return judge(nil)
	}
	w, err := evidence.Create(s.Evidence)
	if err != nil {
		return nil, s.evidenceError(err)
	}
	s.progressf("evidence: %s until the run is over", w.Folder())
	writeFeatures(w)
	r, err := judge(w)
	if r == nil {
		return nil, errors.Join(err, w.Discard())
	}
	trouble := s.finish(w, r)
	if trouble != nil || !r.Run.Complete {
		s.progressf("evidence: what there is of it is left in the folder %s", w.Folder())
	}
	return r, errors.Join(err, trouble)
}

// finish ends the bundle: one of a run that was interrupted is left as it is.
func (s settings) finish(w *evidence.Writer, r *Report) error {
	if !r.Run.Complete {
		return w.CloseIncomplete()
	}
	return w.Finish(suiteInfo(r), r.Run.ID, string(r.Verdict), s.Sign)
}

func (s settings) evidenceError(err error) error {
	hint := "choose a path in a folder that exists"
	if errors.Is(err, evidence.ErrIncomplete) {
		hint = "move it away or remove it"
	}
	return &UsageError{Err: fmt.Errorf("evidence %s cannot be written: %w", s.Evidence, err), Hint: hint}
}

// writeFeatures writes the features that judge; trouble is the writer's to tell.
func writeFeatures(w *evidence.Writer) {
	for _, name := range features.Files() {
		content, err := features.File(name)
		if err == nil {
			err = w.Put(evidence.FeaturesFolder+"/"+name, content)
		}
		w.RecordError(err)
	}
}

func suiteInfo(r *Report) evidence.Suite {
	s := r.Run.Suite
	return evidence.Suite{Version: s.Version, Revision: s.Revision, FeaturesDigest: s.FeaturesDigest}
}

// section is where the run writes its evidence; nil where none is asked for.
func (h *Session) section() *evidence.Section {
	if h.bundle == nil {
		return nil
	}
	return h.bundle.Section(h.bundleSection, h.redact)
}

// writeReport puts the report beside the timelines.
func (h *Session) writeReport(r *Report) {
	if h.bundle == nil {
		return
	}
	var text bytes.Buffer
	err := report.WriteJSON(&text, r)
	if err == nil {
		err = h.section().Put(evidence.ReportFile, text.Bytes())
	}
	h.bundle.RecordError(err)
}

// setEvidence holds the settings of the bundle against each other.
func setEvidence(s *settings) error {
	switch {
	case s.Sign == nil:
		return nil
	case s.Evidence == "":
		return &UsageError{Err: errors.New("there is nothing to sign without evidence"), Hint: "give --evidence PATH too"}
	case len(s.Sign) != ed25519.PrivateKeySize:
		return fmt.Errorf("the signing key has %d bytes, an Ed25519 private key has %d", len(s.Sign), ed25519.PrivateKeySize)
	}
	return nil
}
