package steps

import (
	"context"
	"errors"
	"fmt"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/cvconform/cvconform/fakes/customvision/defect"
	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/engine"
	"github.com/cvconform/cvconform/internal/selftest/result"
)

// Matrix is the result of a self-test; see the JSON Schema cvconform/selftest/v1.
type Matrix = result.Matrix

// SelftestConfig says which defects of the fake the suite has to catch, and over
// which storage. The zero value is all of them, over Azurite.
type SelftestConfig struct {
	// Storage, ConnectionString, AzuriteImage and CacheDir are as in [Config].
	Storage, ConnectionString, AzuriteImage, CacheDir string
	// Defects are names, or globs of names, of defects and liberties. nil means all.
	Defects []string
	// Only selects requirements as in [Config]: the defects are judged that one of
	// them has to catch. nil means all.
	Only []string
	// All judges each defect by every requirement. Else it is judged by those that
	// have to catch it, and by all others that the same situations show.
	All bool
	// Parallel is how many defects are judged at a time. 0 means four for each processor.
	Parallel int
	// Progress is told how the self-test goes on; nil means nobody is.
	Progress func(Progress)
}

// Selftest judges the fake with each defect of the catalogue in turn, and says by
// which requirements each was caught, and whether every requirement, and every
// Then step of it, is needed to catch one. Liberties, which nothing may catch, are
// judged by every requirement. A [*UsageError] or an [*EnvironmentError] says that
// nothing was judged. A self-test whose context ends returns what there is, with
// Run.Complete false.
func Selftest(ctx context.Context, c SelftestConfig) (*Matrix, error) {
	s, err := c.settings()
	if err != nil {
		return nil, err
	}
	return s.run(ctx)
}

// run starts the storage, and has everything judged over it.
func (s *selftest) run(ctx context.Context) (*Matrix, error) {
	h := New(s.settings, nil)
	defer h.Close(context.WithoutCancel(ctx))
	if err := h.openStorage(ctx); err != nil {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		return nil, err
	}
	if stands, err := h.gatewayPossible(); err != nil || !stands {
		return nil, errors.Join(
			err,
			&UsageError{
				Err: fmt.Errorf(
					"no gateway can stand before storage %s, and without it not every defect can be seen",
					h.account.BlobEndpoint(),
				),
				Hint: "use --storage container or process, or an external Azurite",
			},
		)
	}
	s.connection = h.connection()
	m := s.newMatrix(h)
	s.judge(ctx, m)
	m.Run.Complete, m.Run.Finished = ctx.Err() == nil, h.now()
	m.ComputeVerdict()
	return m, h.Close(context.WithoutCancel(ctx))
}

// Defects lists what a self-test of that configuration judges: the defects in the
// contract's order, then the liberties. The error is a [*UsageError].
func Defects(c SelftestConfig) ([]defect.Defect, error) {
	s := &selftest{config: c}
	if err := s.choose(); err != nil {
		return nil, err
	}
	return append(s.defects, s.variations...), nil
}

// A selftest is a SelftestConfig that has been checked, on its way.
type selftest struct {
	settings
	config     SelftestConfig
	catalogue  *features.Catalogue
	chosen     []features.Requirement
	defects    []defect.Defect
	variations []defect.Defect
	situations situations
	connection string

	mu   sync.Mutex
	done int
}

// trialsPerCPU is how many defects are judged at a time for each processor: a run
// waits for what never comes more than it computes.
const trialsPerCPU = 4

func (c SelftestConfig) settings() (*selftest, error) {
	if c.Parallel == 0 {
		c.Parallel = trialsPerCPU * runtime.NumCPU()
	}
	own := Config{
		Storage:          c.Storage,
		ConnectionString: c.ConnectionString,
		AzuriteImage:     c.AzuriteImage,
		CacheDir:         c.CacheDir,
		Parallel:         c.Parallel,
		Progress:         c.Progress,
	}
	settled, err := own.settings()
	if err != nil {
		return nil, err
	}
	s := &selftest{settings: settled, config: c}
	if err := s.choose(); err != nil {
		return nil, err
	}
	s.situations, err = situationsOf(s.catalogue)
	return s, err
}

// choose takes the requirements and the defects that were asked for.
func (s *selftest) choose() (err error) {
	if s.catalogue, err = features.Load(); err != nil {
		return err
	}
	chosen, _, err := engine.Select(s.catalogue, s.config.Only, nil)
	if err != nil {
		return &UsageError{Err: err, Hint: "cvconform list shows all requirements"}
	}
	for _, q := range chosen {
		whole, _ := s.catalogue.Find(q.ID)
		s.chosen = append(s.chosen, whole)
	}
	return s.chooseDefects()
}

// chooseDefects takes the defects that were asked for and that a chosen requirement
// has to catch. Liberties are about all requirements.
func (s *selftest) chooseDefects() error {
	wanted, err := defectMatcher(s.config.Defects)
	if err != nil {
		return err
	}
	for _, d := range defect.All() {
		if wanted(d) && slices.ContainsFunc(d.Caught, func(c defect.Catch) bool { return s.selects(c.ID) }) {
			s.defects = append(s.defects, d)
		}
	}
	for _, l := range defect.Variations() {
		if wanted(l) && len(s.config.Only) == 0 {
			s.variations = append(s.variations, l)
		}
	}
	if len(s.defects)+len(s.variations) == 0 {
		return &UsageError{
			Err:  errors.New("the selection is empty: none of the chosen requirements has to catch one of the chosen defects"),
			Hint: "cvconform selftest --list shows which catches which",
		}
	}
	order := func(d defect.Defect) int { return s.contractIndex(s.firstRequirement(d)) }
	slices.SortStableFunc(s.defects, func(a, b defect.Defect) int { return order(a) - order(b) })
	return nil
}

func (s *selftest) selects(id string) bool {
	return slices.ContainsFunc(s.chosen, func(q features.Requirement) bool { return q.ID == id })
}

// contractIndex is a requirement's place in the contract.
func (s *selftest) contractIndex(id string) int {
	return slices.IndexFunc(s.catalogue.Requirements, func(q features.Requirement) bool { return q.ID == id })
}

// firstRequirement is the requirement that comes first in the contract of those that have to
// catch the defect: it gives the defect its place.
func (s *selftest) firstRequirement(d defect.Defect) string {
	return slices.MinFunc(
		d.Caught,
		func(a, b defect.Catch) int { return s.contractIndex(a.ID) - s.contractIndex(b.ID) },
	).ID
}

// defectMatcher says which defects are meant by names and globs; a pattern that means
// none is an error.
func defectMatcher(patterns []string) (func(defect.Defect) bool, error) {
	matches := func(pattern string, d defect.Defect) bool {
		ok, err := path.Match(pattern, d.Name)
		return ok && err == nil
	}
	for _, p := range patterns {
		if _, err := path.Match(p, ""); err != nil {
			return nil, &UsageError{Err: fmt.Errorf("%q is no glob: %w", p, err)}
		}
		all := append(defect.All(), defect.Variations()...)
		if !slices.ContainsFunc(all, func(d defect.Defect) bool { return matches(p, d) }) {
			return nil, &UsageError{
				Err:  fmt.Errorf("%q matches no defect; the nearest: %s", p, strings.Join(defect.Nearest(p), ", ")),
				Hint: "cvconform selftest --list shows all",
			}
		}
	}
	return func(d defect.Defect) bool {
		return len(patterns) == 0 || slices.ContainsFunc(patterns, func(p string) bool { return matches(p, d) })
	}, nil
}

// newMatrix is the matrix before anything is judged.
func (s *selftest) newMatrix(h *Session) *Matrix {
	m := &Matrix{
		Run: result.Run{ID: h.id, Started: h.now(), Suite: suite(s.catalogue), Judged: result.Named, Parallel: s.Parallel,
			Selection: result.Selection{Defects: nonNil(s.config.Defects), Only: nonNil(s.config.Only)}},
	}
	m.Run.Storage.Kind, m.Run.Storage.Version = h.storageKind()
	if s.config.All {
		m.Run.Judged = result.All
	}
	for _, d := range s.defects {
		m.Defects = append(m.Defects, s.defectResult(d))
	}
	for _, l := range s.variations {
		m.Variations = append(m.Variations, result.Variation{Name: l.Name, Description: l.Description, Outcome: result.NotRun})
	}
	for _, q := range s.chosen {
		m.Requirements = append(m.Requirements, requirementResult(q))
	}
	return m
}

// defectResult is a defect before it is judged.
func (s *selftest) defectResult(d defect.Defect) result.Defect {
	at, _ := s.catalogue.Find(s.firstRequirement(d))
	out := result.Defect{Name: d.Name, Description: d.Description, Feature: at.Feature, Outcome: result.NotRun}
	for _, c := range d.Caught {
		out.Catches = append(
			out.Catches,
			result.Catch{Requirement: c.ID, ReasonContains: c.ReasonContains, Outcome: result.NotRun},
		)
	}
	return out
}

// requirementResult is a requirement before anything proves it.
func requirementResult(q features.Requirement) result.Requirement {
	out := result.Requirement{ID: q.ID, Level: string(q.Level), Title: q.Title, Feature: q.Feature, Line: q.Line}
	for _, j := range judgements(q) {
		out.Steps = append(out.Steps, result.Step{Line: j.Line, Text: j.Text})
	}
	return out
}

// judge judges all defects and liberties, several at a time, and then draws
// together what proves what.
func (s *selftest) judge(ctx context.Context, m *Matrix) {
	var beside errgroup.Group
	beside.SetLimit(s.Parallel)
	proofs := make([]stepProof, len(s.defects))
	for i, l := range s.variations {
		beside.Go(func() error {
			s.judgeVariation(ctx, l, &m.Variations[i])
			s.progress(l)
			return nil
		})
	}
	for i, d := range s.defects {
		beside.Go(func() error {
			proofs[i] = s.judgeDefect(ctx, d, &m.Defects[i])
			s.progress(d)
			return nil
		})
	}
	_ = beside.Wait() // what goes wrong is in the rows
	for i := range m.Requirements {
		assignProofs(&m.Requirements[i], m.Defects, proofs)
	}
}

// progress says how far the self-test is.
func (s *selftest) progress(d defect.Defect) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done++
	if s.Progress != nil {
		s.Progress(Progress{Done: s.done, All: len(s.defects) + len(s.variations), Title: d.Name})
	}
}
