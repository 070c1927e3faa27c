package report_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/testkit/golden"
	"github.com/cvconform/cvconform/steps/report"
)

func console(t *testing.T, r *report.Report, color bool) string {
	t.Helper()
	return consoleText(t, r, report.ConsoleOptions{Color: color})
}

func consoleText(t *testing.T, r *report.Report, o report.ConsoleOptions) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, report.WriteConsole(&b, r, o))
	return b.String()
}

func TestWriteConsole(t *testing.T) {
	golden.Equal(t, "console.golden.txt", console(t, sample(), false))
}

// Text from a service must not control the reader's terminal.
func TestWriteConsoleEscapesControlCharacters(t *testing.T) {
	text := consoleText(t, sample(), report.ConsoleOptions{Verbose: true})
	assert.NotContains(t, text+console(t, sample(), false), "\x1b")
	assert.Contains(t, text, `\x1b[31m`)
}

func TestWriteConsoleInColour(t *testing.T) {
	text := console(t, sample(), true)
	assert.Contains(t, text, "\x1b[31mverdict: invalid\x1b[0m")
	assert.Contains(t, text, "\x1b[32m✓ passed")
}

func TestWriteConsoleVerbose(t *testing.T) {
	golden.Equal(t, "console_verbose.golden.txt", consoleText(t, sample(), report.ConsoleOptions{Verbose: true}))
}

func TestWriteConsoleNamesTheMustsThatWereNotJudged(t *testing.T) {
	assert.Regexp(t, `\n\d+ of \d+ musts judged; not judged: .*CVSI-TRAIN-05 inconclusive`, console(t, sample(), false))
}

// manyCopies returns a report with n copies of the sample's first requirement, of which the given ones
// failed for one reason.
func manyCopies(n int, failed ...int) *report.Report {
	r := sample()
	q := r.Requirements[0]
	r.Counts = map[report.Verdict]int{report.Passed: n - len(failed), report.Failed: len(failed)}
	r.Warnings, r.Requirements, r.Verdict = nil, nil, report.Conformant
	for i := range n {
		q.ID = fmt.Sprintf("CVSI-TRAIN-%02d", i+1)
		r.Requirements = append(r.Requirements, q)
	}
	for _, i := range failed {
		broken := sample().Requirements[1]
		broken.ID = r.Requirements[i].ID
		r.Requirements[i], r.Verdict = broken, report.NotConformant
	}
	return r
}

func TestWriteConsoleOfAPassedRunFitsOneScreen(t *testing.T) {
	text := console(t, manyCopies(54), false)
	assert.Less(t, strings.Count(text, "\n"), 24)
	assert.Contains(t, text, "features/training_notification.feature  54 passed\n")
	assert.NotContains(t, text, "CVSI-TRAIN-01")
	assert.NotContains(t, text, "Budgets")
}

func TestWriteConsoleExplainsAReasonOnce(t *testing.T) {
	text := console(t, manyCopies(30, 3, 4, 5, 6, 7, 8), false)
	assert.True(t, strings.HasPrefix(text, "\nCVSI-TRAIN-04 (must) failed: "), text)
	assert.Equal(t, 1, strings.Count(text, "  want       "))
	assert.Contains(t, text, "6 requirements (6 must) in all; the others: must CVSI-TRAIN-05 06 07 08 09\n")
	assert.Contains(t, text, "\nfailed            CVSI-TRAIN-04 and 5 more: the Training message is malformed\n")
	assert.Contains(t, text, " --only CVSI-TRAIN-04,CVSI-TRAIN-05,")
}

func TestWriteConsoleShowsThatTheRunWasInterrupted(t *testing.T) {
	r := sample()
	r.Run.Complete = false
	assert.Contains(t, console(t, r, false), "The run was interrupted")
}

func TestWriteConsoleShowsTheProblemsOfTheControls(t *testing.T) {
	r := sample()
	r.Controls.Problems = []string{"the reference is not-conformant"}
	assert.Contains(t, console(t, r, false), "\ncontrol: the reference is not-conformant\n")
}

func TestWriteConsoleShowsTheObserver(t *testing.T) {
	r := sample()
	assert.NotContains(t, console(t, r, false), "observer")
	for want, s := range map[string]report.Visibility{
		"poller (no gateway); the account keeps no deleted blobs": {Observer: report.Poller},
		"poller (no gateway); the account keeps deleted blobs, overwritten blobs": {
			Observer: report.Poller, DeletedBlobs: true, OverwrittenBlobs: true,
		},
		"poller (no gateway); the account keeps versions": {Observer: report.Poller, Versions: true},
		"gateway": {Observer: report.Gateway},
	} {
		r.Run.Visibility = s
		assert.Contains(t, console(t, r, false), "observer  "+want+"\n")
	}
}
