package steps

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/naming"
	"github.com/cvconform/cvconform/internal/storage"
)

// oldRun returns the id of a run that began long ago.
func oldRun() string { return naming.RunID(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), 0xabc) }

// recentRun returns the id of a run that began a minute ago.
var recentRun = sync.OnceValue(func() string { return naming.RunID(time.Now().Add(-time.Minute), 0xdef) })

// runClean cleans and returns the result for each leftover: "-" if it was removed, "?" if it would
// be removed, else the reason why it was kept.
func runClean(t *testing.T, c CleanConfig) (map[string]string, error) {
	t.Helper()
	found := map[string]string{}
	c.OnLeftover = func(l Leftover) {
		if strings.HasPrefix(l.Kind, "docker") {
			return // may belong to another run on this machine
		}
		switch {
		case l.Removed:
			found[l.Name] = "-"
		case l.KeptBecause == "":
			found[l.Name] = "?"
		default:
			found[l.Name] = l.KeptBecause
		}
	}
	return found, Clean(t.Context(), c)
}

// projectQuery returns the query that creates a project with a name and a description.
func projectQuery(name, description string) string {
	return url.Values{"name": {name}, "description": {description}}.Encode()
}

// foreignAndOldProjects creates projects of runs and of other owners.
func foreignAndOldProjects(t *testing.T, c Config) {
	t.Helper()
	for _, query := range []string{
		projectQuery(naming.Project("", oldRun(), 1, ""), "made by cvconform"),
		projectQuery(naming.Renamed(naming.Project("", oldRun(), 2, "b")), "updated by cvconform"),
		projectQuery(naming.Project(failTraining, oldRun(), 3, ""), "made by cvconform"),
		projectQuery(naming.Project("my copy of ", oldRun(), 4, ""), "made by cvconform"),
		projectQuery(naming.Attempt(oldRun(), 5, 12), "mine now"),
		projectQuery(naming.Project("", recentRun(), 1, ""), "made by cvconform"),
		projectQuery("cvconform-demo", "made by cvconform"),
		projectQuery("fruit", ""),
	} {
		callService(t, c, http.MethodPost, "/projects?"+query, nil)
	}
}

func TestCleanDeletesProjectsOfOldRuns(t *testing.T) {
	t.Parallel()
	config := serve(t, options(t))
	config.Storage = "auto"
	foreignAndOldProjects(t, config)
	first, renamed, failing := naming.Project(
		"",
		oldRun(),
		1,
		"",
	), naming.Renamed(
		naming.Project("", oldRun(), 2, "b"),
	), naming.Project(
		failTraining,
		oldRun(),
		3,
		"",
	)
	copied, edited, recent := naming.Project(
		"my copy of ",
		oldRun(),
		4,
		"",
	), naming.Attempt(
		oldRun(),
		5,
		12,
	), naming.Project(
		"",
		recentRun(),
		1,
		"",
	)

	found, err := runClean(t, CleanConfig{Config: config, DryRun: true})
	require.NoError(t, err)
	assert.Equal(t, []string{"?", "?", "?"}, []string{found[first], found[renamed], found[failing]})
	assert.Len(t, projectsOf(t, config), 8)

	found, err = runClean(t, CleanConfig{Config: config})
	require.NoError(t, err)
	assert.Equal(t, []string{"-", "-", "-"}, []string{found[first], found[renamed], found[failing]})
	assert.Equal(
		t,
		`its name begins with "my copy of ", which is not a prefix of Config.Provoke`,
		found[copied],
	)
	assert.Equal(t, `its description is "mine now", which cvconform does not give`, found[edited])
	assert.Regexp(t, `^its run began \w+ ago and may still be in progress$`, found[recent])
	assert.Len(t, found, 6)
	assert.ElementsMatch(t, []string{copied, edited, recent, "cvconform-demo", "fruit"}, projectsOf(t, config))

	found, err = runClean(t, CleanConfig{Config: config, OlderThan: time.Second})
	require.NoError(t, err)
	assert.Equal(t, "-", found[recent])
	assert.ElementsMatch(t, []string{copied, edited, "cvconform-demo", "fruit"}, projectsOf(t, config))
}

func TestCleanDeletesOneRunOfAnyAge(t *testing.T) {
	t.Parallel()
	config := serve(t, options(t))
	config.Storage = "auto"
	foreignAndOldProjects(t, config)
	found, err := runClean(t, CleanConfig{Config: config, Run: recentRun()})
	require.NoError(t, err)
	assert.Equal(t, map[string]string{naming.Project("", recentRun(), 1, ""): "-"}, found)
	assert.Len(t, projectsOf(t, config), 7)
}

func TestCleanDeletesQueuesAndContainersOfOldRuns(t *testing.T) {
	t.Parallel()
	config := shortBudgets(t)
	account, err := storage.Open(config.ConnectionString, storage.Options{})
	require.NoError(t, err)
	run := oldRun()
	queue, container := naming.Queue(run, 3, 1), naming.Container(run, 3, 2)
	kept := []string{"cvc-backup", naming.Queue(recentRun(), 1, 1), naming.Queue(run, 3, 1) + "-mine"}
	for _, name := range append([]string{queue}, kept...) {
		require.NoError(t, account.CreateQueue(t.Context(), name))
		t.Cleanup(func() { assert.NoError(t, account.DeleteQueue(context.WithoutCancel(t.Context()), name)) })
	}
	require.NoError(t, account.CreateContainer(t.Context(), container))
	found, err := runClean(t, CleanConfig{Config: config, Run: run, DryRun: true})
	require.NoError(t, err)
	assert.Equal(t, map[string]string{queue: "?", container: "?"}, found)
	found, err = runClean(t, CleanConfig{Config: config})
	require.NoError(t, err)
	assert.Equal(t, []string{"-", "-"}, []string{found[queue], found[container]})
	assert.Contains(t, found[naming.Queue(recentRun(), 1, 1)], "may still be in progress")
	queues, containers, err := account.Names(t.Context(), "cvc-")
	require.NoError(t, err)
	assert.Subset(t, queues, kept)
	assert.NotContains(t, append(queues, containers...), queue)
	assert.NotContains(t, append(queues, containers...), container)
}

// Clean does not start a service or storage that ends with its run.
func TestCleanStartsNothing(t *testing.T) {
	t.Parallel()
	found, err := runClean(t, CleanConfig{Config: Config{Target: "exec:no-such-program"}})
	require.NoError(t, err)
	assert.Empty(t, found)
}

func TestCleanReportsFailedDeletions(t *testing.T) {
	t.Parallel()
	config := serve(t, options(t), func(service http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodDelete {
				respondsWith(409, "application/json", `{"code":"Busy","message":"a training runs"}`)(w, r)
				return
			}
			service.ServeHTTP(w, r)
		})
	})
	config.Storage = "auto"
	foreignAndOldProjects(t, config)
	found, err := runClean(t, CleanConfig{Config: config})
	var left *LeftBehindError
	require.ErrorAs(t, err, &left)
	first := naming.Project("", oldRun(), 1, "")
	assert.ErrorContains(t, err, "3 things could not be deleted: project ")
	assert.ErrorContains(t, err, "project "+first+": DeleteProject returned 409: {\"code\":\"Busy\"")
	assert.Equal(t, "run it again", Hint(err))
	assert.Contains(t, found[first], "DeleteProject returned 409")
}

func TestCleanContinuesAfterAnError(t *testing.T) {
	t.Parallel()
	config := shortBudgets(t)
	config.Target = listen(t, respondsWith(503, "text/plain", "busy"))
	account, err := storage.Open(config.ConnectionString, storage.Options{})
	require.NoError(t, err)
	run := naming.RunID(time.Now(), 0x78)
	require.NoError(t, account.CreateQueue(t.Context(), naming.Queue(run, 1, 1)))
	found, err := runClean(t, CleanConfig{Config: config, Run: run})
	var missing *EnvironmentError
	require.ErrorAs(t, err, &missing)
	assert.ErrorContains(t, err, "target "+config.Target+": cannot list the projects: GetProjects returned 503: busy")
	assert.Equal(t, "everything else has been handled", Hint(err))
	assert.Equal(t, map[string]string{naming.Queue(run, 1, 1): "-"}, found)
}

func TestCleanOfARemoteServiceNeedsApproval(t *testing.T) {
	t.Parallel()
	config := remoteService(t)
	account, err := storage.Open(config.ConnectionString, storage.Options{})
	require.NoError(t, err)
	run := naming.RunID(time.Now(), 0x79)
	queue := naming.Queue(run, 1, 1)
	require.NoError(t, account.CreateQueue(t.Context(), queue))
	found, err := runClean(t, CleanConfig{Config: config, Run: run})
	var usage *UsageError
	require.ErrorAs(t, err, &usage)
	assert.ErrorContains(t, err, "nothing was deleted: target http://192.0.2.1:1 is not on this machine")
	assert.Equal(t, "set Config.Yes to delete the things listed", Hint(err))
	assert.Equal(t, map[string]string{queue: "?"}, found)
	config.Yes = true
	found, _ = runClean(t, CleanConfig{Config: config, Run: run})
	assert.Equal(t, map[string]string{queue: "-"}, found)
}

func TestCleanRefusesContradictions(t *testing.T) {
	for want, c := range map[string]CleanConfig{
		`"5f3a9c01" is not the id of a run`:            {Run: "5f3a9c01"},
		"one run and a minimum age exclude each other": {Run: oldRun(), OlderThan: time.Hour},
		"invalid age -1s: must not be negative":        {OlderThan: -time.Second},
		`unknown storage "floppy"`:                     {Config: Config{Storage: "floppy"}},
	} {
		var usage *UsageError
		err := Clean(t.Context(), c)
		require.ErrorAs(t, err, &usage, want)
		assert.ErrorContains(t, err, want)
	}
}

// A run deletes projects whose creation was not answered or was answered with an error.
func TestRunDeletesItsProjectsOnARunningService(t *testing.T) {
	t.Parallel()
	for name, respond := range map[string]func(w http.ResponseWriter, r *http.Request){
		"creation without a response":     func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"creation with an error response": respondsWith(500, "application/json", `{"code":"Error","message":"no"}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var created atomic.Int32
			config := withBudgets(serve(t, options(t), func(service http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.Method != http.MethodPost || !strings.HasSuffix(r.URL.Path, "/projects") {
						service.ServeHTTP(w, r)
						return
					}
					service.ServeHTTP(httptest.NewRecorder(), r)
					created.Add(1)
					respond(w, r)
				})
			}), map[string]time.Duration{"request": 500 * time.Millisecond})
			config.Only = []string{"CVSI-CREATE-0[1-5]", "CVSI-TRAIN-05"}
			runJudged(t, config)
			assert.NotZero(t, created.Load())
			assert.Empty(t, projectsOf(t, config))
		})
	}
}

// A run that fails in the preflight deletes the project of the preflight.
func TestPreflightDeletesItsProject(t *testing.T) {
	t.Parallel()
	config := withBudgets(serve(t, options(t), func(service http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodPost {
				service.ServeHTTP(w, r)
				return
			}
			service.ServeHTTP(httptest.NewRecorder(), r)
			<-r.Context().Done()
		})
	}), map[string]time.Duration{"request": 2 * time.Second})
	config.Preflight = "on"
	_, err := Run(t.Context(), config)
	var missing *EnvironmentError
	require.ErrorAs(t, err, &missing)
	assert.ErrorContains(t, err, "nothing was judged")
	assert.Empty(t, projectsOf(t, config))
}

// An interrupted run deletes its projects, queues and containers.
func TestInterruptedRunDeletesEverything(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithCancel(t.Context())
	var calls atomic.Int32
	config := defaultBudgets(serve(t, options(t), func(service http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			service.ServeHTTP(w, r)
			if calls.Add(1) == 40 {
				interrupt()
			}
		})
	}))
	r, err := Run(ctx, config)
	require.NoError(t, err)
	assert.False(t, r.Run.Complete)
	assert.Empty(t, projectsOf(t, config))
	account, err := storage.Open(config.ConnectionString, storage.Options{})
	require.NoError(t, err)
	queues, containers, err := account.Names(t.Context(), naming.RunPrefix(r.Run.ID))
	require.NoError(t, err)
	assert.Empty(t, append(queues, containers...))
}

func TestRunReportsUndeletedProjects(t *testing.T) {
	t.Parallel()
	config := withBudgets(serve(t, options(t), func(service http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodDelete {
				respondsWith(409, "application/json", `{}`)(w, r)
				return
			}
			service.ServeHTTP(w, r)
		})
	}), map[string]time.Duration{"request": 2 * time.Second})
	config.Only = []string{"CVSI-CREATE-01"}
	r, err := Run(t.Context(), config)
	var left *LeftBehindError
	require.ErrorAs(t, err, &left)
	assert.ErrorContains(
		t,
		err,
		"1 projects of the run could not be deleted: project "+naming.Project(
			"",
			r.Run.ID,
			1,
			"",
		)+": DeleteProject returned 409: {}",
	)
	require.NotNil(t, r, "the report is returned with the error")
	assert.Equal(t, r.Run.ID, left.RunID)
	assert.Contains(t, Hint(err), "steps.Clean with CleanConfig.Run "+r.Run.ID)
}
