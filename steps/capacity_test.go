package steps

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision/defect"

	"github.com/cvconform/cvconform/steps/report"
)

// projectCounter records the maximum number of projects that a list of the service contained. Every
// situation lists the projects after it has created its own.
type projectCounter struct {
	mu   sync.Mutex
	most int
}

// wrap returns the service with the counter in front.
func (c *projectCounter) wrap(service http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || !strings.HasSuffix(r.URL.Path, "/projects") {
			service.ServeHTTP(w, r)
			return
		}
		response := httptest.NewRecorder()
		service.ServeHTTP(response, r)
		var list []json.RawMessage
		_ = json.Unmarshal(response.Body.Bytes(), &list)
		c.mu.Lock()
		c.most = max(c.most, len(list))
		c.mu.Unlock()
		w.Header().Set("Content-Type", response.Header().Get("Content-Type"))
		w.WriteHeader(response.Code)
		_, _ = response.Body.WriteTo(w)
	})
}

func TestTierLimitsProjectsAtATime(t *testing.T) {
	t.Parallel()
	for tier, most := range map[string]int{"F0": 2, "S0": 100} {
		count := &projectCounter{}
		config := defaultBudgets(serve(t, options(t), count.wrap))
		config.Tier, config.Parallel = tier, 5
		r := runJudged(t, config)
		assert.Equal(t, report.Conformant, r.Verdict, tier)
		assert.LessOrEqual(t, count.most, most, tier)
		assert.GreaterOrEqual(t, count.most, 2, tier)
		assert.Empty(t, projectsOf(t, config), tier)
	}
}

// A service that creates projects it should refuse occupies no additional slots.
func TestAcceptedAttemptOccupiesASlot(t *testing.T) {
	t.Parallel()
	o, count := options(t), &projectCounter{}
	var err error
	o.Defects, err = defect.Choose("missing-key-but-made", "malformed-queue-ignored", "missing-container-but-made")
	require.NoError(t, err)
	config := serve(t, o, count.wrap)
	config.Tier, config.Only = "F0", []string{"CVSI-ACCESS-*"}
	r := runJudged(t, config)
	assert.Equal(t, report.ConformantWithWarnings, runVerdictOf(r))
	assert.Equal(t, 2, count.most)
	assert.Empty(t, projectsOf(t, config))
}

// runVerdictOf returns the verdict that the run would have without a selection.
func runVerdictOf(r *Report) report.RunVerdict {
	if r.Counts[report.Failed] > 0 {
		return report.NotConformant
	}
	if r.Counts[report.Warned] > 0 {
		return report.ConformantWithWarnings
	}
	return report.Conformant
}

func TestFullTierIsReportedBeforeAnythingIsCreated(t *testing.T) {
	t.Parallel()
	count := &projectCounter{}
	config := defaultBudgets(serve(t, options(t), count.wrap))
	foreign := addProject(t, config, "foreign project")
	config.Tier, config.Preflight = "F0", "on"
	_, err := Run(t.Context(), config)
	var missing *EnvironmentError
	require.ErrorAs(t, err, &missing)
	assert.EqualError(
		t,
		err,
		"a resource of tier F0 allows 2 projects: "+config.Target+" has 1 already, and a run needs 2 more",
	)
	assert.Contains(t, Hint(err), "steps.Clean deletes those of earlier runs")
	assert.Equal(t, 1, count.most)
	config.Tier, config.Only = "S0", []string{"CVSI-CREATE-01"}
	runJudged(t, config)
	assert.Equal(t, []string{foreign}, projectsOf(t, config))
}

// addProject creates a project that belongs to no run, and returns its name.
func addProject(t *testing.T, c Config, name string) string {
	t.Helper()
	callService(t, c, http.MethodPost, "/projects?name="+strings.ReplaceAll(name, " ", "%20"), nil)
	return name
}

// projectsOf lists the names of the projects on the service.
func projectsOf(t *testing.T, c Config) []string {
	t.Helper()
	var list []struct{ Name string }
	callService(t, c, http.MethodGet, "/projects", &list)
	var names []string
	for _, p := range list {
		names = append(names, p.Name)
	}
	return names
}

// callService calls the service of the configuration and decodes its response into v.
func callService(t *testing.T, c Config, method, path string, v any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, c.Target+"/customvision/v3.3/Training"+path, nil)
	require.NoError(t, err)
	r.Header.Set("Training-Key", c.TrainingKey)
	response, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer response.Body.Close()
	var body bytes.Buffer
	_, err = body.ReadFrom(response.Body)
	require.NoError(t, err)
	require.Less(t, response.StatusCode, 300, body.String())
	if v != nil {
		require.NoError(t, json.Unmarshal(body.Bytes(), v))
	}
}

func TestTierNeedsTheListOfProjects(t *testing.T) {
	t.Parallel()
	config := configFor(t, listen(t, respondsToDomains(respondsWith(500, "application/json", `{}`))))
	config.Tier = "F0"
	_, err := Run(t.Context(), config)
	var missing *EnvironmentError
	require.ErrorAs(t, err, &missing)
	assert.ErrorContains(t, err, "tier F0: cannot count the projects of "+config.Target+": GetProjects returned 500")
}
