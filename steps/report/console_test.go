package report_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/testkit/golden"
	"github.com/cvconform/cvconform/steps/report"
)

func console(t *testing.T, r *report.Report, color bool) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, report.WriteConsole(&b, r, color))
	return b.String()
}

func TestWriteConsole(t *testing.T) {
	golden.Equal(t, "console.golden.txt", console(t, sample(), false))
}

// Text from a service must not control the reader's terminal.
func TestWriteConsoleEscapesControlCharacters(t *testing.T) {
	text := console(t, sample(), false)
	assert.NotContains(t, text, "\x1b")
	assert.Contains(t, text, `\x1b[31m`)
}

func TestWriteConsoleInColour(t *testing.T) {
	text := console(t, sample(), true)
	assert.Contains(t, text, "\x1b[31mverdict: invalid\x1b[0m")
	assert.Contains(t, text, "\x1b[32m✓ passed")
}

func TestWriteConsoleBeginsWithTheMustsThatWereNotJudged(t *testing.T) {
	first := strings.SplitN(strings.TrimSpace(console(t, sample(), false)), "\n", 2)[0]
	assert.Regexp(t, `^\d+ of \d+ musts judged; not judged: .*CVSI-TRAIN-05 inconclusive`, first)
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
