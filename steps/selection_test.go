package steps

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision"
	"github.com/cvconform/cvconform/fakes/storageaccount"
	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/check/effect"
	"github.com/cvconform/cvconform/internal/clock"
	"github.com/cvconform/cvconform/internal/engine"
	"github.com/cvconform/cvconform/internal/engine/perform"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/redact"
	"github.com/cvconform/cvconform/internal/naming"
	"github.com/cvconform/cvconform/internal/observe"
	"github.com/cvconform/cvconform/internal/reading"
	"github.com/cvconform/cvconform/internal/session"
	"github.com/cvconform/cvconform/internal/storage"
	"github.com/cvconform/cvconform/internal/testkit"
	testcloud "github.com/cvconform/cvconform/internal/testkit/cloud"
	"github.com/cvconform/cvconform/internal/trainingapi"
	"github.com/cvconform/cvconform/internal/trainingapi/client"
	"github.com/cvconform/cvconform/steps/report"
)

// The delays are multiples of a step. With these budgets no effect comes close to a time limit or to the end of an
// absence window.
const (
	delayStep       = 700 * time.Millisecond
	selectionWindow = 2380 * time.Millisecond
	selectionKey    = "c10dc10dc10dc10dc10dc10dc10dc10d"
)

// effectDelays are the times of the effects of a service, each counted from the moment at which the fake has it. An
// effect that is not in the map comes at once.
type effectDelays struct {
	late  map[string]time.Duration
	again map[string]time.Duration // a second message of that type, after the first
}

// randomEffectDelays returns the delays of a random service. Most effects come at once.
func randomEffectDelays(r *rand.Rand) effectDelays {
	d := effectDelays{map[string]time.Duration{}, map[string]time.Duration{}}
	delay := func() time.Duration { return delayStep * time.Duration(r.IntN(14)) }
	for _, kind := range append(effect.MessageTypes(), "test blob", "deletion", "backup") {
		if oneIn(r, 3) {
			d.late[kind] = delay()
		}
	}
	for _, kind := range effect.MessageTypes() {
		if oneIn(r, 4) {
			d.again[kind] = delayStep + delay()
		}
	}
	return d
}

// A delayingStorage performs the effects of a service after their delays, and records them like the gateway.
type delayingStorage struct {
	account *storageaccount.Account
	delays  effectDelays
	log     observe.OperationLog
	observe.Immediate

	mu       sync.Mutex
	recorded int                  // writes of the account
	stored   map[string]time.Time // when a test blob will be stored
	denied   map[string]bool
	pending  sync.WaitGroup
}

func (s *delayingStorage) later(d time.Duration, act func(context.Context) error) error {
	do := func() error {
		err := act(context.Background())
		s.record()
		return err
	}
	if d == 0 {
		return do()
	}
	s.pending.Go(func() {
		sleep(d)
		_ = do() // the queue or container may be deleted already
	})
	return nil
}

// record records the new writes of the account.
func (s *delayingStorage) record() {
	s.mu.Lock()
	defer s.mu.Unlock()
	writes := s.account.Writes()
	for _, w := range writes[s.recorded:] {
		op := gatewayOperation(w)
		op.Text = w.Text
		s.log.Record(op)
	}
	s.recorded = len(writes)
}

var errDenied = errors.New("denied")

func (s *delayingStorage) check(uri string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.denied[uri[strings.LastIndex(uri, "/")+1:]] {
		return errDenied
	}
	return nil
}

// PutBlob implements customvision.Storage.
func (s *delayingStorage) PutBlob(_ context.Context, container, name string, data []byte) error {
	if err := s.check(container); err != nil {
		return err
	}
	delay := s.delays.late["backup"]
	if effect.HasTestFolder(name) {
		delay = s.delays.late["test blob"]
		s.mu.Lock()
		s.stored[container+name] = time.Now().Add(delay)
		s.mu.Unlock()
	}
	return s.later(delay, func(ctx context.Context) error { return s.account.PutBlob(ctx, container, name, data) })
}

// DeleteBlob implements customvision.Storage.
func (s *delayingStorage) DeleteBlob(_ context.Context, container, name string) error {
	s.mu.Lock()
	delay := time.Until(s.stored[container+name]) + s.delays.late["deletion"]
	s.mu.Unlock()
	if delay > 0 {
		delay += time.Millisecond // after the blob was stored
	}
	return s.later(max(0, delay), func(ctx context.Context) error { return s.account.DeleteBlob(ctx, container, name) })
}

// SendMessage implements customvision.Storage.
func (s *delayingStorage) SendMessage(_ context.Context, queue, text string) error {
	if err := s.check(queue); err != nil {
		return err
	}
	kind := effect.ParseMessage(text).Type
	send := func(ctx context.Context) error { return s.account.SendMessage(ctx, queue, text) }
	delay := s.delays.late[kind]
	if again := s.delays.again[kind]; again > 0 {
		_ = s.later(delay+again, send)
	}
	return s.later(delay, send)
}

// Subscribe implements observe.Observer.
func (s *delayingStorage) Subscribe(match func(evidence.Operation) bool) *observe.Subscription {
	return s.log.Subscribe(match)
}

// Hold implements observe.Interceptor. No message of the service is early.
func (s *delayingStorage) Hold(context.Context, func(evidence.Operation) bool, time.Duration) func() {
	return func() {}
}

// Deny implements observe.Interceptor.
func (s *delayingStorage) Deny(_ evidence.Service, resource string) func() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.denied[resource] = true
	return func() {}
}

// BlobURL implements observe.Observer.
func (s *delayingStorage) BlobURL() *url.URL { return nil }

// QueueURL implements observe.Observer.
func (s *delayingStorage) QueueURL() *url.URL { return nil }

// A selectionRun is one run over a service with delays.
type selectionRun struct {
	requirements []features.Requirement
	isolate      bool
	parallel     int
}

// judge performs and judges the run on a virtual clock.
func (s selectionRun) judge(t *testing.T, delays effectDelays) (out engine.Outcome) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		account := storageaccount.New(storageaccount.Options{Latency: time.Millisecond, Deleting: time.Millisecond})
		delaying := &delayingStorage{
			account: account, delays: delays, stored: map[string]time.Time{}, denied: map[string]bool{},
		}
		service := customvision.New(customvision.Options{TrainingKey: selectionKey, Storage: delaying,
			TrainingDuration: 50 * time.Millisecond, ExportDuration: 50 * time.Millisecond,
			FailTraining: []string{"bad-training-"}, FailExport: []string{"bad-export-"}})
		network := &testcloud.Network{}
		require.NoError(t, network.Serve(account.BlobHost(), account.BlobHandler()))
		require.NoError(t, network.Serve(account.QueueHost(), account.QueueHandler()))
		require.NoError(t, network.Serve("service", service))
		defer func() {
			network.Close()
			assert.NoError(t, service.Close(context.WithoutCancel(t.Context())))
			delaying.pending.Wait()
		}()
		out = s.execute(t, delaying, network)
	})
	return out
}

func (s selectionRun) execute(
	t *testing.T,
	delaying *delayingStorage,
	network *testcloud.Network,
) engine.Outcome {
	t.Helper()
	opened, err := storage.Open(delaying.account.ConnectionString(), storage.Options{Dial: network.Dial})
	require.NoError(t, err)
	readings, err := reading.Resolve(nil)
	require.NoError(t, err)
	budgets, err := budget.Local().With(map[string]time.Duration{budget.Absence: selectionWindow})
	require.NoError(t, err)
	now := clock.New()
	calls := &client.Client{Endpoint: "http://service", Version: "v3.3", Key: selectionKey,
		HTTP: client.NewHTTP(client.HTTPOptions{Dial: network.Dial}), Now: now, Timeout: budgets[budget.Request]}
	var domains []trainingapi.Domain
	require.NoError(t, trainingapi.Decode(calls.GetDomains(t.Context()), &domains))
	domain, _ := trainingapi.ChooseDomain(domains)
	performer := &perform.Performer{RunID: naming.RunID(time.Now(), 1), Client: calls, LinkClient: calls.HTTP,
		Account: opened, Observer: delaying, Budgets: budgets, Readings: readings, PollInterval: 20 * time.Millisecond,
		Now: now, Redact: &redact.Redactor{}, Shared: &perform.Shared{},
		ProjectSettings: perform.ProjectSettings{Domain: domain, FailurePrefixes: map[situation.Failure]string{
			situation.TrainingFailure: "bad-training-", situation.ExportFailure: "bad-export-"}}}
	rules := session.Rules{ProfileName: "full", Profile: session.Profiles()["full"], Definitions: definitions,
		Domains: session.Domains{Platforms: domain.ExportablePlatforms}, Provoked: []string{"training-failure", "export-failure"},
		Readings: readings, Budgets: budgets, Isolate: s.isolate}
	run := rules.Engine(s.requirements)
	run.Perform, run.Parallel = performer.Perform, s.parallel
	out, err := run.Execute(t.Context())
	require.NoError(t, err)
	calls.HTTP.CloseIdleConnections()
	delaying.log.Close()
	return out
}

// defaultServices is the number of random services, and selectionsEach the number of selections of each.
const (
	defaultServices = 25
	selectionsEach  = 20
)

// A verdict does not depend on what else is selected, nor on the order or the number of situations at a time: a run of
// some requirements gives each of them the verdict of a run of all.
func TestVerdictsDoNotDependOnTheSelection(t *testing.T) {
	testkit.Integration(t)
	t.Parallel()
	catalogue, err := features.Load()
	require.NoError(t, err)
	broken := map[report.Verdict]int{}
	for seed := range uint64(defaultServices) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 7))
			delays := randomEffectDelays(r)
			all := selectionRun{catalogue.Requirements, false, 8}
			want := reasonsOf(all.judge(t, delays))
			for id, w := range want {
				assert.NotEqual(t, report.HarnessError, w.verdict, "%s: %s", id, w.reason)
				broken[w.verdict]++
			}
			for range selectionsEach {
				some := randomSelection(r, catalogue.Requirements)
				for id, got := range reasonsOf(some.judge(t, delays)) {
					assert.Equal(t, want[id].verdict, got.verdict, "%s in %s of a service with %v: %s; in a run of all: %s",
						id, some, delays, got.reason, want[id].reason)
				}
			}
		})
	}
	assert.Greater(t, broken[report.Failed], defaultServices, "late effects are failures")
	assert.Greater(t, broken[report.Passed], 10*defaultServices)
}

// randomSelection returns a run of one to three random requirements in a random order.
func randomSelection(r *rand.Rand, all []features.Requirement) selectionRun {
	order := r.Perm(len(all))[:1+r.IntN(3)]
	s := selectionRun{isolate: oneIn(r, 3), parallel: 1 + r.IntN(8)}
	for _, i := range order {
		s.requirements = append(s.requirements, all[i])
	}
	return s
}

// String lists the requirements of the run.
func (s selectionRun) String() string {
	var ids []string
	for _, q := range s.requirements {
		ids = append(ids, q.ID)
	}
	return fmt.Sprintf("%s (isolate %t, parallel %d)", strings.Join(ids, ","), s.isolate, s.parallel)
}

// A reasonedVerdict is the verdict of a requirement with its reasons.
type reasonedVerdict struct {
	verdict report.Verdict
	reason  string
}

func reasonsOf(out engine.Outcome) map[string]reasonedVerdict {
	verdicts := map[string]reasonedVerdict{}
	for _, q := range out.Requirements {
		verdicts[q.ID] = reasonedVerdict{q.Verdict, q.Reason}
	}
	return verdicts
}

// Every delayed effect is found, so that the property above is about all of them.
func TestEveryEffectIsDelayed(t *testing.T) {
	testkit.Integration(t)
	t.Parallel()
	catalogue, err := features.Load()
	require.NoError(t, err)
	for kind, requirement := range map[string]string{
		effect.ConnectionTest: "CVSI-CONNECT-01", effect.Training: "CVSI-TRAIN-01", effect.Export: "CVSI-EXPORT-01",
		"test blob": "CVSI-CONNECT-05", "deletion": "CVSI-CONNECT-06", "backup": "CVSI-BACKUP-01",
	} {
		i := slices.IndexFunc(catalogue.Requirements, func(q features.Requirement) bool { return q.ID == requirement })
		run := selectionRun{catalogue.Requirements[i : i+1], false, 1}
		late := effectDelays{late: map[string]time.Duration{kind: 6 * delayStep}}
		got := reasonsOf(run.judge(t, late))[requirement]
		assert.Equal(t, report.Failed, got.verdict, kind)
		assert.Regexp(t, `4\.[0-9]+ s after`, got.reason, kind)
		assert.Equal(t, report.Passed, reasonsOf(run.judge(t, effectDelays{}))[requirement].verdict, kind)
	}
}
