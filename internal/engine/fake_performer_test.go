package engine

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cucumber/godog"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/redact"
	"github.com/cvconform/cvconform/steps/report"
)

// A fakePerformer performs act trees without a service: every act ends at once, and each tree takes the time lasts.
type fakePerformer struct {
	lasts time.Duration
	fail  func(*situation.ActTree) error // returns the error of a tree; nil means that none fails

	mu        sync.Mutex
	running   map[string]bool        // trees, and whether each is exclusive
	together  int                    // most trees at a time
	exclusive int                    // exclusive trees
	disturbed []string               // exclusive trees that were not alone
	acts      [][]string             // of each tree that was performed
	records   map[int]TimelineRecord // by number
}

func (s *fakePerformer) perform(
	ctx context.Context,
	tree *situation.ActTree,
	number int,
	actsEnded func(),
) (*evidence.Timeline, error) {
	name := fmt.Sprintf("%s#%d", tree.Key, number)
	s.enter(name, tree.Exclusive)
	defer s.leave(name)
	timeline := evidence.NewTimeline(func() time.Time { return time.Time{} }, &redact.Redactor{})
	acts := recordActs(timeline, tree.Root)
	s.mu.Lock()
	s.acts = append(s.acts, acts)
	if s.records == nil {
		s.records = map[int]TimelineRecord{}
	}
	s.records[number] = TimelineRecord{Key: tree.Key, Started: timeline.Start(), Events: timeline.Events()}
	s.mu.Unlock()
	if s.lasts > 0 {
		select {
		case <-time.After(s.lasts):
		case <-ctx.Done():
			return timeline, ctx.Err()
		}
	}
	if s.fail != nil {
		return timeline, s.fail(tree)
	}
	return timeline, nil
}

func (s *fakePerformer) enter(name string, exclusive bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running == nil {
		s.running = map[string]bool{}
	}
	s.running[name] = exclusive
	if exclusive {
		s.exclusive++
	}
	s.together = max(s.together, len(s.running))
	for other, exclusive := range s.running {
		if exclusive && len(s.running) > 1 {
			s.disturbed = append(s.disturbed, other)
		}
	}
}

func (s *fakePerformer) leave(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.running, name)
}

// recordActs records all acts below n as performed, and returns their keys.
func recordActs(timeline *evidence.Timeline, n *situation.Node) []string {
	var keys []string
	for _, c := range n.Children {
		timeline.BeginAct(c.Key)
		for _, phase := range []string{"began", "ended"} {
			timeline.Record(
				evidence.Event{Kind: evidence.KindAct, ActBoundary: &evidence.ActBoundary{Phase: phase, Title: c.Act.Title()}},
			)
		}
		keys = append(append(keys, c.Key), recordActs(timeline, c)...)
	}
	return keys
}

// A judgeFunc returns the problem of a Then step, by its text.
type judgeFunc func(text string) *check.Problem

func passAll(string) *check.Problem { return nil }

// definitions returns step definitions for the real features: the first Given creates a project, every When trains
// it, and judge decides every Then.
func definitions(judge judgeFunc) StepDefinitions {
	return func(sc *godog.ScenarioContext, w *World) {
		sc.Given(`^(.*)$`, func(text string) {
			storage := situation.Integrations{Queue: !strings.Contains(text, "without") && !strings.HasPrefix(text, "no ")}
			if len(w.Situation().Acts) == 0 {
				w.Act(situation.Act{Verb: situation.Create, Storage: storage, FailureMode: situation.Failure(text)})
			}
		})
		sc.When(`^.*$`, func() { w.Act(situation.Act{Verb: situation.Train}) })
		sc.Then(`^(.*)$`, func(text string) error {
			return w.Judge(check.Check{Name: "test", Judge: func(*check.Case) *check.Problem { return judge(text) }})
		})
	}
}

// newRun returns a run of the real features with that performer.
func newRun(t *testing.T, s *fakePerformer, judge judgeFunc, only ...string) *Run {
	t.Helper()
	c, err := features.Load()
	require.NoError(t, err)
	chosen, _, err := Select(c, only, nil)
	require.NoError(t, err)
	return &Run{Requirements: chosen, Define: definitions(judge), Perform: s.perform, Parallel: 4,
		Applicable: func(features.Scenario, situation.Situation) string { return "" }}
}

// verdicts returns the verdicts of all scenarios, by requirement and name.
func verdicts(out Outcome) map[string]report.Verdict {
	all := map[string]report.Verdict{}
	for _, q := range out.Requirements {
		for _, s := range q.Scenarios {
			all[q.ID+" "+s.Name] = s.Verdict
		}
	}
	return all
}

func sum(out Outcome) int {
	n := 0
	for _, c := range out.Counts {
		n += c
	}
	return n
}
