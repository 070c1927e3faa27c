// Package selftest proves the suite: it judges the fake with each of its defects,
// and checks that exactly the requirements that must catch a defect catch it, and
// that every Then step is needed to catch one.
//
// Package result holds the matrix that it returns. Stop extending this package if
// an addition is about a service other than the fake.
package selftest

import (
	"context"
	"errors"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/cvconform/cvconform/fakes/customvision/defect"
	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/selftest/result"
	"github.com/cvconform/cvconform/internal/session"
	"github.com/cvconform/cvconform/internal/userr"
)

// Options select the defects to judge, and how to judge them.
type Options struct {
	Names    []string // names, or globs of names, of defects and variations; nil means all
	Only     []string // selectors of requirements that have to catch the defects; nil means all
	All      bool     // judge each defect by every requirement
	Parallel int      // defects judged at a time
}

// TrialsPerCPU is the default number of defects judged at a time for each processor. A run
// waits for absent events more than it computes.
const TrialsPerCPU = 4

// Run judges the chosen defects of the fake. The settings are those of a run of
// the fake; each trial uses its storage. If ctx ends, Run returns the matrix of the
// defects judged so far, with Run.Complete false.
func Run(ctx context.Context, s session.Settings, c *Choice) (*result.Matrix, error) {
	situations, err := situationsOf(c.catalogue, s.Criteria.Definitions)
	if err != nil {
		return nil, err
	}
	notes := session.NewNotes(s)
	var cleanups session.Cleanups
	teardown := context.WithoutCancel(ctx)
	defer func() { _ = cleanups.Run(teardown) }() // after an error, which is the result
	st, err := session.OpenStorage(ctx, s, notes, &cleanups)
	if err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, err
	}
	if err := requireGateway(s, st); err != nil {
		return nil, err
	}
	m := newMatrix(c)
	m.Run.ID, m.Run.Started = notes.RunID, notes.Now()
	m.Run.Storage.Kind, m.Run.Storage.Version = st.Description()
	t := &tester{
		choice:      c,
		situations:  situations,
		connection:  st.ConnectionString(),
		definitions: s.Criteria.Definitions,
		progress:    s.Output.Progress,
	}
	t.judgeAll(ctx, m)
	m.Run.Complete, m.Run.Finished = ctx.Err() == nil, notes.Now()
	m.ComputeVerdict()
	return m, cleanups.Run(teardown)
}

// requireGateway returns an error if storage cannot be observed by the gateway:
// without it some defects cannot be seen.
func requireGateway(s session.Settings, st *session.Storage) error {
	uses, err := s.UsesGateway(st.Account)
	if err == nil && uses {
		return nil
	}
	return errors.Join(err, userr.Usagef("use storage container or process, or an external Azurite",
		"no gateway can be used with storage %s, and without it not every defect can be observed", st.Account.BlobEndpoint()))
}

// A tester judges the chosen defects.
type tester struct {
	choice      *Choice
	situations  situations
	connection  string // of the storage
	definitions session.Definitions
	progress    func(session.Progress)

	mu   sync.Mutex
	done int
}

// judgeAll judges all defects and variations, several at a time, and then
// collects which defect proves which requirement and step.
func (t *tester) judgeAll(ctx context.Context, m *result.Matrix) {
	var group errgroup.Group
	group.SetLimit(t.choice.Parallel)
	proofs := make([]stepProof, len(t.choice.Defects))
	for i, l := range t.choice.Variations {
		group.Go(func() error {
			t.judgeVariation(ctx, l, &m.Variations[i])
			t.countDone(l)
			return nil
		})
	}
	for i, d := range t.choice.Defects {
		group.Go(func() error {
			proofs[i] = t.judgeDefect(ctx, d, &m.Defects[i])
			t.countDone(d)
			return nil
		})
	}
	_ = group.Wait() // the rows hold the errors
	for i := range m.Requirements {
		assignProofs(&m.Requirements[i], m.Defects, proofs)
	}
}

// countDone reports that a defect has been judged.
func (t *tester) countDone(d defect.Defect) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.done++
	if t.progress != nil {
		all := len(t.choice.Defects) + len(t.choice.Variations)
		t.progress(session.Progress{Done: t.done, All: all, Title: d.Name})
	}
}

// newMatrix returns the matrix before anything is judged.
func newMatrix(c *Choice) *result.Matrix {
	m := &result.Matrix{Run: result.Run{
		Suite: session.SuiteReport(c.catalogue), Judged: result.Named, Parallel: c.Parallel,
		Selection: result.Selection{Defects: c.Names, Only: c.Only},
	}}
	if c.All {
		m.Run.Judged = result.All
	}
	for _, d := range c.Defects {
		m.Defects = append(m.Defects, c.defectRow(d))
	}
	for _, v := range c.Variations {
		m.Variations = append(
			m.Variations,
			result.Variation{Name: v.Name, Description: v.Description, Outcome: result.NotRun},
		)
	}
	for _, q := range c.requirements {
		m.Requirements = append(m.Requirements, requirementRow(q))
	}
	return m
}

// defectRow returns the row of a defect before it is judged.
func (c *Choice) defectRow(d defect.Defect) result.Defect {
	first, _ := c.catalogue.Find(c.firstRequirement(d))
	row := result.Defect{Name: d.Name, Description: d.Description, Feature: first.Feature, Outcome: result.NotRun}
	for _, k := range d.Caught {
		row.Catches = append(row.Catches,
			result.Catch{Requirement: k.ID, ReasonContains: k.ReasonContains, Outcome: result.NotRun})
	}
	return row
}

// requirementRow returns the row of a requirement before anything proves it.
func requirementRow(q features.Requirement) result.Requirement {
	row := result.Requirement{ID: q.ID, Level: string(q.Level), Title: q.Title, Feature: q.Feature, Line: q.Line}
	for _, j := range thenSteps(q) {
		row.Steps = append(row.Steps, result.Step{Line: j.Line, Text: j.Text})
	}
	return row
}
