package naming_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/internal/naming"
)

const run = "20260301t081500-5f3a9c01"

func TestRunIDContainsTheStartTime(t *testing.T) {
	east := time.FixedZone("", 9*60*60)
	started := time.Date(2026, 3, 1, 17, 15, 0, 999, east)
	assert.Equal(t, run, naming.RunID(started, 0x5f3a9c01))
	assert.Equal(t, "20260301t081500-00000007", naming.RunID(started, 7))
	got, ok := naming.StartTime(run)
	assert.True(t, ok)
	assert.Equal(t, time.Date(2026, 3, 1, 8, 15, 0, 0, time.UTC), got)
}

func TestStartTimeOfInvalidRunIDs(t *testing.T) {
	for _, id := range []string{
		"", "5f3a9c01", "20260301T081500-5f3a9c01", "20260301t081500-5F3A9C01", "20260301t081500-5f3a9c0", run + "0",
		" " + run, run + "\n", "20261301t081500-5f3a9c01", "20260230t081500-5f3a9c01", "20260301t241500-5f3a9c01",
	} {
		_, ok := naming.StartTime(id)
		assert.False(t, ok, "%q", id)
	}
}

// validResource matches the names that storage accepts for queues and containers.
var validResource = regexp.MustCompile(`^[a-z0-9](-?[a-z0-9])+$`)

func TestRunOfResource(t *testing.T) {
	for want, got := range map[string]string{
		"cvc-20260301t081500-5f3a9c01-07-q1":    naming.Queue(run, 7, 1),
		"cvc-20260301t081500-5f3a9c01-07-c12":   naming.Container(run, 7, 12),
		"cvc-20260301t081500-5f3a9c01-123-q123": naming.Queue(run, 123, 123),
	} {
		assert.Equal(t, want, got)
		assert.Regexp(t, validResource, got)
		assert.LessOrEqual(t, len(got), 63)
		assert.True(t, strings.HasPrefix(got, naming.RunPrefix(run)) && strings.HasPrefix(got, naming.Prefix))
		id, ok := naming.RunOfResource(got)
		assert.True(t, ok, got)
		assert.Equal(t, run, id)
	}
	assert.Equal(t, "cvc-20260301t081500-5f3a9c01-07-", naming.ResourcePrefix(run, 7))
}

func TestRunOfProject(t *testing.T) {
	plain := naming.Project("", run, 7, "")
	assert.Equal(t, "cvconform-20260301t081500-5f3a9c01-07", plain)
	for name, prefix := range map[string]string{
		plain:                                      "",
		naming.Project("", run, 7, "b"):            "",
		naming.Project("fail-", run, 123, ""):      "fail-",
		naming.Project("a b(*) ", run, 1, ""):      "a b(*) ",
		naming.Attempt(run, 15, 11):                "",
		naming.Renamed(plain):                      "",
		naming.Renamed(plain) + " (2)":             "",
		naming.Attempt(run, 15, 1) + " (1)":        "",
		naming.Project("x-", run, 7, "") + " (12)": "x-",
	} {
		gotPrefix, id, ok := naming.RunOfProject(name)
		assert.True(t, ok, name)
		assert.Equal(t, []string{prefix, run}, []string{gotPrefix, id}, name)
	}
	assert.Equal(t, "cvconform-20260301t081500-5f3a9c01-15-attempt11", naming.Attempt(run, 15, 11))
}

// Similar names belong to others.
func TestNamesOfNoRun(t *testing.T) {
	for _, name := range []string{
		"cvc-backup", "cvc-", "cvc-5f3a9c01-07-q1", "cvc-20260301t081500-5f3a9c01-07-x1",
		"cvc-20260301t081500-5f3a9c01-07-q1-old", "my-cvc-20260301t081500-5f3a9c01-07-q1",
		"cvc-20260301t081500-5f3a9c01-7-q1", "cvc-20269901t081500-5f3a9c01-07-q1",
		"cvc-20260301t081500-5f3a9c01-07-q", "cvc-20260301t081500-5f3a9c01-07-q1\n",
	} {
		_, ok := naming.RunOfResource(name)
		assert.False(t, ok, "%q", name)
	}
	for _, name := range []string{
		"cvconform-demo", "cvconform", "cvconform-5f3a9c01-07", "cvconform-20260301t081500-5f3a9c01",
		"cvconform-20260301t081500-5f3a9c01-7", "cvconform-20260301t081500-5f3a9c01-07c",
		"cvconform-20260301t081500-5f3a9c01-07 copy", "cvconform-20260301t081500-5f3a9c01-07 (x)",
		"cvconform-20260399t081500-5f3a9c01-07", "cvconform-20260301t081500-5f3a9c01-07-renamed-by-me",
		"cvconform-20260301t081500-5f3a9c01-07\n",
	} {
		_, _, ok := naming.RunOfProject(name)
		assert.False(t, ok, "%q", name)
	}
}

func TestIsKnownPrefix(t *testing.T) {
	assert.True(t, naming.IsKnownPrefix(""))
	assert.True(t, naming.IsKnownPrefix("fail-", "bad-", "fail-"))
	assert.False(t, naming.IsKnownPrefix("my copy of ", "fail-"))
	assert.False(t, naming.IsKnownPrefix(" ", " "))
}
