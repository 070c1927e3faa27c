package report_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestExplain(t *testing.T) {
	var texts []string
	for _, q := range sample().Requirements {
		texts = append(texts, sample().Explain(q, q.Scenarios[0]))
	}
	golden(t, "explain.golden.txt", strings.Join(texts, "\n\n")+"\n")
}

func TestMusts(t *testing.T) {
	judged, all, rest := sample().Musts()
	assert.Equal(t, 2, judged)
	assert.Equal(t, 8, all)
	assert.Equal(t, []string{"CVSI-TRAIN-04 unexpected-pass", "CVSI-TRAIN-05 inconclusive",
		"CVSI-BACKUP-01 harness-error", "CVSI-BACKUP-02 not-applicable", "2 deselected"}, rest)
}
