package steps

import (
	"context"
	"net/http"
	"path"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision/defect"
	"github.com/cvconform/cvconform/internal/preflight/finding"
	"github.com/cvconform/cvconform/internal/storage"
	"github.com/cvconform/cvconform/internal/trainingapi/client"
)

// A projectService responds to the requests of a preflight, and does nothing else.
type projectService struct {
	createProject http.HandlerFunc
	deleteProject http.HandlerFunc // nil means 204

	mu    sync.Mutex
	calls []string
}

func (p *projectService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.calls = append(p.calls, r.Method+" "+path.Base(r.URL.Path))
	p.mu.Unlock()
	switch {
	case path.Base(r.URL.Path) == "domains":
		respondsWith(
			200,
			"application/json",
			`[{"id":"d","name":"General (compact)","type":"Classification","exportable":true,"exportablePlatforms":["ONNX"]}]`,
		)(
			w,
			r,
		)
	case r.Method == http.MethodGet:
		respondsWith(200, "application/json", "[]")(w, r)
	case r.Method == http.MethodDelete && p.deleteProject != nil:
		p.deleteProject(w, r)
	case r.Method == http.MethodDelete:
		w.WriteHeader(http.StatusNoContent)
	default:
		p.createProject(w, r)
	}
}

func (p *projectService) requests() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls
}

// preflightFailure runs with a preflight that must end the run, and returns its progress and error.
func preflightFailure(t *testing.T, handler http.Handler, change func(*Config)) (string, error) {
	t.Helper()
	var progress strings.Builder
	c := configFor(t, listen(t, handler))
	c.Preflight, c.Progress = "on", func(p Progress) { progress.WriteString(p.Line + "\n") }
	if change != nil {
		change(&c)
	}
	r, err := Run(t.Context(), c)
	var environment *EnvironmentError
	require.ErrorAs(t, err, &environment)
	assert.Nil(t, r)
	return progress.String(), err
}

func TestServiceWithoutStorageAccessIsNotJudged(t *testing.T) {
	refuses := &projectService{createProject: respondsWith(400, "application/json", `{"code":"BadRequestInvalidUri","message":"no"}`)}
	silent := &projectService{createProject: respondsWith(200, "application/json", `{"id":"p1"}`)}
	for name, c := range map[string]struct {
		service *projectService
		want    string
		calls   []string
	}{
		"refused": {refuses, `was refused: CreateProject returned 400: {"code":"BadRequestInvalidUri","message":"no"}`,
			[]string{"GET domains", "GET domains", "GET projects", "POST projects"}},
		"no message": {silent, "returned 200, but no message arrived within 300ms (budget connection-test)",
			[]string{"GET domains", "GET domains", "GET projects", "POST projects", "DELETE p1"}},
		"no project": {&projectService{createProject: respondsWith(200, "application/json", "{}")}, "CreateProject returned no id: {}",
			[]string{"GET domains", "GET domains", "GET projects", "POST projects", "GET projects"}},
		"no JSON": {&projectService{createProject: respondsWith(200, "text/html", "<html>")}, "CreateProject returned 200, but not the expected JSON (text/html)",
			[]string{"GET domains", "GET domains", "GET projects", "POST projects", "GET projects"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			progress, err := preflightFailure(t, c.service, nil)
			require.ErrorContains(t, err, c.want)
			assert.ErrorContains(t, err, "preflight: reach: ")
			assert.Contains(t, Hint(err), "Config.Preflight off judges the service nevertheless")
			for _, check := range []string{"ok       endpoint", "ok       key", "ok       version", "ok       domains", "ok       projects", "failed   reach"} {
				assert.Contains(t, progress, "preflight  "+check)
			}
			assert.Equal(t, c.calls, c.service.requests())
		})
	}
}

// A preflight deletes its queue and container.
func TestPreflightLeavesNothing(t *testing.T) {
	t.Parallel()
	names := make(chan string, 1)
	service := &projectService{createProject: func(w http.ResponseWriter, r *http.Request) {
		names <- r.URL.Query().Get("notificationQueueUri")
		respondsWith(200, "application/json", `{"id":"p1"}`)(w, r)
	}}
	_, err := preflightFailure(t, service, nil)
	require.Error(t, err)
	queue := path.Base(<-names)
	require.Regexp(t, `^cvc-.*-00-q1$`, queue)
	account, err := storage.Open(shared.connection(t), storage.Options{})
	require.NoError(t, err)
	queues, containers, err := account.Names(t.Context(), strings.TrimSuffix(queue, "q1"))
	require.NoError(t, err)
	assert.Empty(t, queues)
	assert.Empty(t, containers)
}

// A project whose deletion returns 404 does not exist, so it is not left.
func TestPreflightReportsAnUndeletedProject(t *testing.T) {
	t.Parallel()
	for status, left := range map[int]string{204: "", 404: "", 409: "; the project could not be deleted: DeleteProject returned 409: {}"} {
		_, err := preflightFailure(
			t,
			&projectService{
				createProject: respondsWith(200, "application/json", `{"id":"p1"}`),
				deleteProject: respondsWith(status, "application/json", "{}"),
			},
			nil,
		)
		assert.ErrorContains(t, err, "(budget connection-test); the gateway saw no request"+left)
		assert.Equal(t, left != "", strings.Contains(err.Error(), "could not be deleted"), "%d", status)
	}
}

// A project whose id is not in the response is found by its name.
func TestPreflightDeletesAProjectWithoutID(t *testing.T) {
	t.Parallel()
	o := options(t)
	var err error
	o.Defects, err = defect.Choose("create-without-id")
	require.NoError(t, err)
	c := serve(t, o)
	c.Preflight = "on"
	_, err = Run(t.Context(), c)
	require.ErrorContains(t, err, "preflight: reach: CreateProject returned no id: ")
	client := client.Client{
		Endpoint: c.Target,
		Version:  "v3.3",
		Key:      c.TrainingKey,
		HTTP:     http.DefaultClient,
		Now:      time.Now,
	}
	assert.Equal(t, "[]", client.GetProjects(t.Context()).Body)
}

func TestServiceOfAnotherVersionIsNotJudged(t *testing.T) {
	t.Parallel()
	progress, err := preflightFailure(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "/v3.4-preview/") {
			respondsWith(200, "application/json", "[]")(w, r)
			return
		}
		http.NotFound(w, r)
	}), nil)
	assert.ErrorContains(
		t,
		err,
		"preflight: version: v3.3 is not served, v3.4-preview is: GetDomains returned 404: 404 page not found; the cause seems to be the configuration",
	)
	assert.Equal(t, "set Config.Readings api-version=v3.4-preview", Hint(err))
	assert.NotContains(t, progress, "projects")
}

func TestRedirectNamesItsTarget(t *testing.T) {
	t.Parallel()
	_, err := preflightFailure(t, http.RedirectHandler("https://elsewhere.example/", http.StatusFound), nil)
	assert.ErrorContains(
		t,
		err,
		"preflight: endpoint: GetDomains returned 302 (redirect to https://elsewhere.example/, not followed)",
	)
	assert.Equal(t, "set Config.Target to the address of the service itself", Hint(err))
}

// The preflight creates a project only with the integrations of the profile.
func TestPreflightDependsOnTheProfile(t *testing.T) {
	t.Parallel()
	for profile, want := range map[string][2]bool{"notifications": {true, false}, "backup": {false, true}} {
		given := make(chan [2]bool, 1)
		_, err := preflightFailure(t, &projectService{createProject: func(w http.ResponseWriter, r *http.Request) {
			given <- [2]bool{r.URL.Query().Has("notificationQueueUri"), r.URL.Query().Has("exportModelContainerUri")}
			respondsWith(400, "application/json", "{}")(w, r)
		}}, func(c *Config) { c.Profile = profile })
		require.Error(t, err)
		assert.Equal(t, want, <-given, profile)
	}
}

func TestPreflightEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	c := configFor(t, listen(t, &projectService{createProject: func(w http.ResponseWriter, r *http.Request) {
		respondsWith(200, "application/json", `{"id":"p1"}`)(w, r)
		cancel()
	}}))
	c.Preflight = "on"
	c = withBudgets(c, map[string]time.Duration{"connection-test": time.Hour})
	_, err := Run(ctx, c)
	assert.ErrorIs(t, err, context.Canceled)
}

// If the preflight of a certificate fails, no controls run.
func TestPreflightPrecedesTheControls(t *testing.T) {
	t.Parallel()
	var progress strings.Builder
	c := configFor(t, listen(t, respondsWith(401, "application/json", "{}")))
	c.Preflight, c.Progress = "on", func(p Progress) { progress.WriteString(p.Line + "\n") }
	_, err := Certify(t.Context(), c)
	require.ErrorContains(t, err, "preflight: key: ")
	assert.NotContains(t, progress.String(), "controls:")
}

func TestExamine(t *testing.T) {
	t.Parallel()
	all, err := Examine(t.Context(), defaultBudgets(serve(t, options(t))))
	require.NoError(t, err)
	var checks []string
	for _, f := range all {
		assert.Equal(t, finding.OK, f.State, f.Observed)
		checks = append(checks, f.Check)
	}
	assert.Equal(
		t,
		[]string{
			finding.Storage,
			finding.Endpoint,
			finding.Key,
			finding.Version,
			finding.Domains,
			finding.Projects,
			finding.StorageAccess,
		},
		checks,
	)
	all, err = Examine(
		t.Context(),
		Config{Target: "exec:no-such-program-here", Storage: "external", ConnectionString: shared.connection(t)},
	)
	require.NoError(t, err)
	require.Len(t, all, 2)
	assert.Equal(t, []any{finding.Failed, finding.Endpoint}, []any{all[1].State, all[1].Check})
	assert.Contains(t, all[1].Observed, "command not found")
	var usage *UsageError
	_, err = Examine(t.Context(), Config{Target: "floppy"})
	require.ErrorAs(t, err, &usage)
	all, err = Examine(t.Context(), Config{Storage: "external",
		ConnectionString: "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;BlobEndpoint=http://127.0.0.1:1/a;QueueEndpoint=http://127.0.0.1:1/a"})
	require.NoError(t, err)
	require.Len(t, all, 1)
	assert.Equal(
		t,
		[]any{finding.Failed, finding.Storage, "is the storage running, and is its key right?"},
		[]any{all[0].State, all[0].Check, all[0].Remedy},
	)
}
