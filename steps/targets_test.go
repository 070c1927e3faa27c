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

// respondsWith answers everything alike.
func respondsWith(status int, kind, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// neverResponds never answers. A server learns that its caller has gone only once it
// has read the body.
func neverResponds(_ http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

// respondsToDomains answers the question whether it is ready, and nothing else.
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
		"answers 500": {listen(t, respondsWith(500, "text/plain", "no")), "GET domains returned 500"},
		"hangs":       {listen(t, http.HandlerFunc(neverResponds)), "budget ready"},
		"not there":   {gone.URL, "connection refused"},
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

// Nothing can be got from these, and nothing may pass, least of all by silence.
// Each reason has to be one of those given.
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
		"401":        {respondsWith(401, "application/json", body), `Project returned 401`},
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
			if name == "hang after domains" { // all others answer, however busy the machine
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

// assertNothingPassed makes sure that a requirement is broken, in every scenario,
// and for that reason.
func assertNothingPassed(t *testing.T, q report.Requirement, why string) {
	t.Helper()
	want := map[string]report.Verdict{"must": report.Failed, "should": report.Warned, "may": report.Observed}[q.Level]
	assert.Equal(t, want, q.Verdict, "%s: %s", q.ID, q.Reason)
	for _, s := range q.Scenarios {
		if s.Verdict != report.NotApplicable {
			assert.Equal(t, want, s.Verdict, "%s: %s", q.ID, s.Name)
			assert.Regexp(t, why, s.Reason, "%s: %s", q.ID, s.Name)
		}
	}
}

// The answer to everything is one and the same project: what an answer shows
// may look right, what has to happen does not.
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
		if !slices.Contains([]string{"CVSI-CREATE-01", "CVSI-CREATE-06", "CVSI-UPDATE-01"}, q.ID) {
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

// A run that is over in no time after the service's end tells of it all the same.
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
		"the service ended by itself during the run; its last output:\nthat was a call too many\n",
	)
	assert.Contains(t, warnings, "\nand it ended with exit status 1")
	assert.Empty(t, r.Run.Observed["create-form"], "a call without an answer says nothing of the form")
}

// servedVariable makes TestServeUntilTheFirstCall the service.
const servedVariable = "CVCONFORM_TEST_SERVES"

func TestServeUntilTheFirstCall(t *testing.T) {
	if os.Getenv(servedVariable) == "" {
		t.Skip("runs only as the service of TestServiceThatExitsDuringTheRun")
	}
	handler := respondsToDomains(func(http.ResponseWriter, *http.Request) {
		child := exec.Command("sleep", "60") // has the service's output open for longer than the run takes
		child.Stdout, child.Stderr = os.Stdout, os.Stderr
		_ = child.Start() // where there is no sleep, the run is the same but for that
		fmt.Println("that was a call too many")
		os.Exit(1)
	})
	t.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), handler))
}
