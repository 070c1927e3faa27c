package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/testkit/golden"
	"github.com/cvconform/cvconform/steps/report"
)

func rendered(t *testing.T, render func(io.Writer, *report.Report) error, r *report.Report) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, render(&b, r))
	assert.EqualError(t, render(full{}, r), "disk full")
	return b.String()
}

func TestWriteMarkdown(t *testing.T) {
	golden.Equal(t, "markdown.golden.md", rendered(t, report.WriteMarkdown, sample()))
}

func TestWriteMarkdownInterpretsNoTextOfAService(t *testing.T) {
	hostile := "a `b` <script> | [x](y) ``` \n# head"
	r := failing(got(hostile, hostile))
	r.Run.Target.Name, r.Warnings = hostile, []string{hostile}
	text := rendered(t, report.WriteMarkdown, r)
	assert.NotContains(t, text, "\n# head")
	assert.Contains(t, text, "- Got: ```` a `b` <script> | [x](y) ``` # head ````\n")
	assert.Contains(t, text, "\n````text\n", "the fence is longer than any in the text")
}

func TestWriteMarkdownListsTheReasonsThatItDoesNotExplain(t *testing.T) {
	var steps []report.Step
	for i := range 12 {
		steps = append(steps, got("x", fmt.Sprintf("a value that is number %d.", i)))
	}
	text := rendered(t, report.WriteMarkdown, failing(steps...))
	assert.Equal(t, 10, strings.Count(text, "<details>"))
	assert.Contains(
		t,
		text,
		"### Further reasons\n\n- failed CVSI-TRAIN-11: `a value that is number 10.`\n- failed CVSI-TRAIN-12: ",
	)
}

func TestWriteMarkdownOfAPassedRun(t *testing.T) {
	text := rendered(t, report.WriteMarkdown, manyCopies(54))
	assert.True(t, strings.HasPrefix(text, "## ✅ cvconform: conformant\n"), text)
	assert.NotContains(t, text, "<details>")
	assert.Less(t, strings.Count(text, "\n"), 12)
}

func TestWriteCTRF(t *testing.T) {
	text := rendered(t, report.WriteCTRF, sample())
	golden.Equal(t, "ctrf.golden.json", text)
	var parsed struct {
		Results struct{ Summary map[string]int64 }
	}
	require.NoError(t, json.Unmarshal([]byte(text), &parsed))
	s := parsed.Results.Summary
	assert.Equal(t, s["tests"], s["passed"]+s["failed"]+s["skipped"]+s["pending"]+s["other"])
	assert.Equal(t, []int64{11, 3, 3, 2, 1, 2}, []int64{
		s["tests"], s["passed"], s["failed"], s["skipped"], s["pending"], s["other"],
	})
}

func TestWriteCTRFOfAStrictRunFailsWarnings(t *testing.T) {
	r := sample()
	r.Run.Strict = true
	assert.Contains(t, rendered(t, report.WriteCTRF, r), `"failed": 4`)
}

func TestWriteBadge(t *testing.T) {
	golden.Equal(t, "badge.golden.svg", rendered(t, report.WriteBadge, manyCopies(8)))
	r := sample()
	r.Verdict = `<&"`
	text := rendered(t, report.WriteBadge, r)
	var parsed struct {
		Title string `xml:"title"`
	}
	require.NoError(t, xml.Unmarshal([]byte(text), &parsed))
	assert.Equal(t, `storage integration: <&"`, parsed.Title)
}

func TestWriteGitHubAnnotations(t *testing.T) {
	text := rendered(t, report.WriteGitHubAnnotations, sample())
	assert.Contains(t, text, "::error file=features/training_notification.feature,line=19,title=CVSI-TRAIN-02 failed::"+
		"The message has version \"1.0\": the Training message is malformed\n")
	assert.Contains(t, text, "::warning file=features/training_notification.feature,line=59,title=CVSI-TRAIN-07 warned::")
	assert.Contains(
		t,
		text,
		"::warning file=features/training_notification.feature,line=49,title=CVSI-TRAIN-06 inconclusive::",
	)
	assert.NotContains(t, text, "expected-failure")
	r := sample()
	r.Run.Strict = true
	assert.Contains(t, rendered(t, report.WriteGitHubAnnotations, r), "line=59,title=CVSI-TRAIN-07 warned::")
	assert.NotContains(
		t,
		rendered(t, report.WriteGitHubAnnotations, r),
		"::warning file=features/training_notification.feature,line=59",
	)
}

func TestWriteGitHubAnnotationsEscapes(t *testing.T) {
	r := failing(got("x", "100% of\nall::warning:: lines, and more"))
	r.Requirements[0].Feature = "a,b:c.feature"
	text := rendered(t, report.WriteGitHubAnnotations, r)
	assert.Equal(t, 1, strings.Count(text, "\n"))
	assert.Contains(t, text, "file=features/a%2Cb%3Ac.feature,")
	assert.Contains(t, text, "100%25 of")
}

func TestWriteGitHubAnnotationsWritesAsManyAsGitHubShows(t *testing.T) {
	var steps []report.Step
	for i := range 12 {
		steps = append(steps, got("x", fmt.Sprintf("a value that is number %d.", i)))
	}
	assert.Equal(t, 10, strings.Count(rendered(t, report.WriteGitHubAnnotations, failing(steps...)), "::error "))
}
