package steps

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/steps/report"
)

// respondsWith sends the same response to every request.
func respondsWith(status int, kind, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// neverResponds never responds. It reads the body, because a server notices only then that its client has
// disconnected.
func neverResponds(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

// respondsToDomains responds to GetDomains, so that the service is ready, and passes other requests to rest.
func respondsToDomains(rest http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if path.Base(r.URL.Path) == "domains" {
			respondsWith(200, "application/json", "[]")(w, r)
			return
		}
		rest(w, r)
	}
}

func TestUnusableTargets(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for name, c := range map[string]struct{ url, why string }{
		"status 500":  {listen(t, respondsWith(500, "text/plain", "no")), "GET domains returned 500"},
		"no response": {listen(t, http.HandlerFunc(neverResponds)), "budget ready"},
		"not running": {gone.URL, "connection refused"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := Run(
				t.Context(),
				withBudgets(configFor(t, c.url), map[string]time.Duration{"ready": 300 * time.Millisecond}),
			)
			var missing *EnvironmentError
			require.ErrorAs(t, err, &missing)
			require.ErrorContains(t, err, c.why)
			require.ErrorContains(t, err, "budget ready")
			assert.NotEmpty(t, Hint(err))
			assert.Nil(t, r)
		})
	}
}

// brokenTargets returns services that do nothing, so no requirement may pass. Each reason must match the given one.
func brokenTargets() map[string]brokenTarget {
	const body = `{"code":"BadRequest","message":"no"}`
	return map[string]brokenTarget{
		"500 after domains":  {respondsToDomains(respondsWith(500, "application/json", body)), `Project returned 500`},
		"400 after domains":  {respondsToDomains(respondsWith(400, "application/json", body)), `Project returned 400`},
		"hang after domains": {respondsToDomains(neverResponds), `no response within 200ms \(budget request\)`},
		"HTML": {
			respondsWith(200, "text/html", "<html>Welcome</html>"),
			`returned 200, but not the expected JSON \(text/html\)`,
		},
		"null": {respondsWith(200, "application/json", "{}"), `without an id|200 with {}|is absent`},
		"null list": {
			respondsWith(200, "application/json", "[]"),
			`not the expected JSON|returned 200 with \[\]`,
		},
		"null word":  {respondsWith(200, "application/json", "null"), `without an id|200 with null|is absent`},
		"no content": {respondsWith(204, "application/json", ""), `Project returned 204`},
		"404":        {respondsWith(404, "application/json", body), `Project returned 404`},
		"redirect": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/login", http.StatusFound) },
			`Project returned 302`},
	}
}

type brokenTarget struct {
	handler http.HandlerFunc
	why     string
}

func TestBrokenTargetsPassNothing(t *testing.T) {
	for name, c := range brokenTargets() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := configFor(t, listen(t, c.handler))
			if name == "hang after domains" { // all others respond, however busy the machine is
				config = withBudgets(config, map[string]time.Duration{"request": 200 * time.Millisecond})
			}
			r := runJudged(t, config)
			assert.Equal(t, report.NotConformant, r.Verdict)
			for _, q := range r.Requirements {
				assertNothingPassed(t, q, c.why)
			}
		})
	}
}

// assertNothingPassed asserts that a requirement is broken in every applicable scenario, and for that reason.
func assertNothingPassed(t *testing.T, q report.Requirement, why string) {
	t.Helper()
	if q.Verdict == report.NotApplicable {
		assert.Equal(t, "CVSI-CREATE-09", q.ID, "it needs a domain for object detection")
		return
	}
	want := map[string]report.Verdict{"must": report.Failed, "should": report.Warned, "may": report.Observed}[q.Level]
	assert.Equal(t, want, q.Verdict, "%s: %s", q.ID, q.Reason)
	for _, s := range q.Scenarios {
		if s.Verdict != report.NotApplicable {
			assert.Equal(t, want, s.Verdict, "%s: %s", q.ID, s.Name)
			assert.Regexp(t, why, s.Reason, "%s: %s", q.ID, s.Name)
		}
	}
}

// Every response is the same project. Checks of a response may pass, but nothing happens that a check could observe.
func TestServiceOfOneProject(t *testing.T) {
	t.Parallel()
	r := runJudged(
		t,
		withBudgets(
			configFor(
				t,
				listen(
					t,
					respondsWith(200, "application/json", `{"id":"11111111-2222-3333-4444-555555555555","name":"x","settings":{}}`),
				),
			),
			map[string]time.Duration{"training": 200 * time.Millisecond},
		),
	)
	assert.Equal(t, report.NotConformant, r.Verdict)
	for _, q := range r.Requirements {
		if !slices.Contains([]string{"CVSI-CREATE-01", "CVSI-CREATE-06", "CVSI-UPDATE-01", "CVSI-TRAIN-09", "CVSI-ACCESS-08"}, q.ID) {
			assert.NotEqual(t, report.Passed, q.Verdict, q.ID)
		}
	}
}

func TestServiceThatExitsDuringTheRun(t *testing.T) {
	t.Parallel()
	c := Config{Target: fmt.Sprintf("exec:env %s=1 %s -test.run=^TestServeUntilTheFirstCall$", servedVariable, os.Args[0]),
		Storage: "external", ConnectionString: shared.connection(t), Only: []string{"CVSI-CREATE-01", "CVSI-TRAIN-04", "CVSI-CREATE-06", "CVSI-ACCESS-01"}}
	r := runJudged(t, c)
	assert.Equal(t, report.NotConformant, r.Verdict)
	assert.Contains(t, strings.Join(r.Warnings, "\n"), "the service ended by itself during the run; its last output:")
	for _, q := range r.Requirements {
		assertNothingPassed(t, q, "CreateProject got no response: .*(EOF|reset|refused)")
	}
}

// The run warns that the service ended, even if the run ends immediately afterwards.
func TestServiceThatExitsAtTheEndOfTheRun(t *testing.T) {
	t.Parallel()
	r := runJudged(
		t,
		Config{Target: fmt.Sprintf("exec:env %s=1 %s -test.run=^TestServeUntilTheFirstCall$", servedVariable, os.Args[0]),
			Storage: "external", ConnectionString: shared.connection(t), Only: []string{"CVSI-CREATE-01"}, Budgets: map[string]time.Duration{"absence": time.Millisecond}},
	)
	warnings := strings.Join(r.Warnings, "\n")
	assert.Contains(
		t,
		warnings,
		"the service ended by itself during the run; its last output:\nexit at the first call\n",
	)
	assert.Contains(t, warnings, "\nand it ended with exit status 1")
	assert.Empty(t, r.Run.Observed["create-form"], "a call without a response shows no form")
}

// servedVariable is the environment variable with which TestServeUntilTheFirstCall becomes the service.
const servedVariable = "CVCONFORM_TEST_SERVES"

func TestServeUntilTheFirstCall(t *testing.T) {
	if os.Getenv(servedVariable) == "" {
		t.Skip("runs only as the service of TestServiceThatExitsDuringTheRun")
	}
	handler := respondsToDomains(func(http.ResponseWriter, *http.Request) {
		child := exec.Command("sleep", "60") // keeps the output of the service open for longer than the run
		child.Stdout, child.Stderr = os.Stdout, os.Stderr
		_ = child.Start() // without the sleep command the output is closed earlier; the test works too
		fmt.Println("exit at the first call")
		os.Exit(1)
	})
	t.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), handler))
}
