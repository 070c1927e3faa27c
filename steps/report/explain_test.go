package report_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/internal/testkit/golden"
)

func TestExplain(t *testing.T) {
	var texts []string
	for _, q := range sample().Requirements {
		texts = append(texts, sample().Explain(q, q.Scenarios[0]))
	}
	golden.Equal(t, "explain.golden.txt", strings.Join(texts, "\n\n")+"\n")
}

func TestMustCounts(t *testing.T) {
	judged, all, rest := sample().MustCounts()
	assert.Equal(t, 2, judged)
	assert.Equal(t, 8, all)
	assert.Equal(t, []string{"CVSI-TRAIN-04 unexpected-pass", "CVSI-TRAIN-05 inconclusive",
		"CVSI-BACKUP-01 harness-error", "CVSI-BACKUP-02 not-applicable", "2 deselected"}, rest)
}

func TestExplainRequirement(t *testing.T) {
	r := sample()
	failed := r.ExplainRequirement("CVSI-TRAIN-02")
	assert.Contains(t, failed, "  run 5f3a9c11 of 2026-03-01 09:30:00Z, fake at http://127.0.0.1:40001: invalid\n")
	assert.Contains(t, failed, "\n  CVSI-TRAIN-02 (must) failed: ")
	assert.Contains(t, failed, "\n    want       version \"1.0\"\n               type \"Training\"\n")
	assert.Contains(t, failed, "#112  message in queue q1")
	assert.NotContains(t, failed, "CVSI-TRAIN-04")
	assert.True(t, strings.HasSuffix(r.ExplainRequirement("CVSI-TRAIN-01"), "\n  passed: A project is trained\n"))
	assert.True(
		t,
		strings.HasSuffix(
			r.ExplainRequirement("CVSI-BACKUP-02"),
			"\n  not-applicable: An export: profile notifications does not claim backups\n",
		),
	)
	assert.True(t, strings.HasSuffix(r.ExplainRequirement("CVSI-ACCESS-01"), "\n  not selected in this run\n"))
	assert.NotContains(t, r.ExplainRequirement("CVSI-TRAIN-04"), "\x1b")
}
