package steps

import (
	"context"
	"fmt"
	"net/url"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision"
	"github.com/cvconform/cvconform/fakes/customvision/defect"

	"github.com/cvconform/cvconform/steps/report"
)

// verdicts returns the verdict of each requirement by id.
func verdicts(r *Report) map[string]report.Verdict {
	all := map[string]report.Verdict{}
	for _, q := range r.Requirements {
		all[q.ID] = q.Verdict
	}
	return all
}

func TestProfiles(t *testing.T) {
	for profile, c := range map[string]struct{ judged, other, why string }{
		"notifications": {"CVSI-TRAIN-01", "CVSI-BACKUP-01", "profile notifications does not claim backups"},
		"backup":        {"CVSI-BACKUP-01", "CVSI-TRAIN-01", "profile backup does not claim notifications"},
	} {
		t.Run(profile, func(t *testing.T) {
			t.Parallel()
			config := defaultBudgets(serve(t, options(t)))
			config.Profile = profile
			r := runJudged(t, config)
			assertConformant(t, r)
			assert.Equal(t, report.Passed, requirement(t, r, c.judged).Verdict)
			other := requirement(t, r, c.other)
			assert.Equal(t, report.NotApplicable, other.Verdict)
			assert.Equal(t, c.why, other.Reason)
		})
	}
}

func TestFakeFailsOtherReadings(t *testing.T) {
	for _, c := range []struct{ name, value, breaks, why string }{
		{"blob-name", "tight", "CVSI-BACKUP-01", "other blobs, the last"},
		{"test-folder", "Customvision", "CVSI-CONNECT-05", "stored instead: CustomVision-TestPermission/"},
		{"message-encoding", "base64", "CVSI-MESSAGE-01", "encoding text"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			config := serve(t, options(t))
			config.Readings, config.Only = map[string]string{c.name: c.value}, []string{c.breaks}
			r := runJudged(t, config)
			assert.True(t, assertBroken(t, r, c.breaks, c.why))
			assert.Equal(t, report.NotConformant, r.Verdict)
		})
	}
}

func TestFakeFollowsReadings(t *testing.T) {
	for name, value := range map[string]string{"create-form": "body", "api-version": "v3.4-preview", "test-folder": "CustomVision",
		"blob-name": "any", "message-encoding": "text", "guid-case": "lower", "model-uri-without-container": "any"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := defaultBudgets(serve(t, options(t)))
			config.Readings = map[string]string{name: value}
			r := runJudged(t, config)
			assertConformant(t, r)
			assert.Equal(t, value, r.Run.Readings[name])
		})
	}
}

func TestIsolationChangesNoVerdict(t *testing.T) {
	t.Parallel()
	defects := []string{"no-training-message", "backup-zip", "connection-test-twice-on-create"}
	shared := runJudged(t, withDefects(t, defects...))
	config := withDefects(t, defects...)
	config.Isolate = true
	alone := runAndVerify(t, config)
	assert.Equal(t, verdicts(shared), verdicts(alone))
	assert.Equal(t, report.NotConformant, alone.Verdict)
	assert.Greater(t, len(alone.Situations), len(shared.Situations))
}

func TestProvocationsWithoutEffectAreInconclusive(t *testing.T) {
	t.Parallel()
	o := options(t)
	o.FailTraining, o.FailExport = nil, nil
	config := serve(t, o)
	config.Only = []string{"CVSI-TRAIN-05", "CVSI-EXPORT-04"}
	r := runJudged(t, config)
	for _, q := range r.Requirements {
		assert.Equal(t, report.Inconclusive, q.Verdict, q.ID)
		assert.Contains(t, q.Reason, "the provocation had no effect", q.ID)
	}
	assert.Equal(t, report.RunInconclusive, r.Verdict)
}

func TestMissingProvocationsDoNotApply(t *testing.T) {
	t.Parallel()
	config := serve(t, options(t))
	config.Only, config.Provoke = []string{"CVSI-TRAIN-05", "CVSI-EXPORT-04"}, nil
	r := runJudged(t, config)
	for _, q := range r.Requirements {
		assert.Equal(t, report.NotApplicable, q.Verdict, q.ID)
		assert.Contains(t, q.Reason, "needs a project name prefix that makes", q.ID)
	}
}

func TestEndlessWorkIsInconclusive(t *testing.T) {
	for name, c := range map[string]struct {
		training, export time.Duration
		ids              []string
	}{
		"training": {time.Hour, time.Hour, []string{"CVSI-TRAIN-01", "CVSI-TRAIN-05", "CVSI-TRAIN-08", "CVSI-BACKUP-01", "CVSI-EXPORT-01"}},
		"export":   {time.Millisecond, time.Hour, []string{"CVSI-BACKUP-01", "CVSI-BACKUP-07", "CVSI-EXPORT-01", "CVSI-EXPORT-06"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := options(t)
			o.TrainingDuration, o.ExportDuration = c.training, c.export
			config := withBudgets(serve(t, o), map[string]time.Duration{name: 300 * time.Millisecond})
			config.Only = c.ids
			r := runJudged(t, config)
			for _, q := range r.Requirements {
				assert.Equal(t, report.Inconclusive, q.Verdict, q.ID)
				assert.Contains(t, q.Reason, fmt.Sprintf("was not over within 300ms (budget %s)", name), q.ID)
			}
			assert.Equal(t, report.RunInconclusive, r.Verdict)
		})
	}
}

// The variations are differences from the fake that the contract permits.
func TestPermittedVariations(t *testing.T) {
	for _, variation := range defect.Variations() {
		t.Run(variation.Name, func(t *testing.T) {
			t.Parallel()
			assertConformant(t, runJudged(t, defaultBudgets(withDefects(t, variation.Name))))
		})
	}
}

func TestInstantWork(t *testing.T) {
	t.Parallel()
	o := options(t)
	o.TrainingDuration, o.ExportDuration = time.Nanosecond, time.Nanosecond
	assertConformant(t, runJudged(t, defaultBudgets(serve(t, o))))
}

// A bypassingStorage accesses the storage directly, without the gateway.
type bypassingStorage struct {
	customvision.Storage
	bypass func(uri string) string
}

func (s bypassingStorage) PutBlob(ctx context.Context, container, name string, data []byte) error {
	return s.Storage.PutBlob(ctx, s.bypass(container), name, data)
}

func (s bypassingStorage) DeleteBlob(ctx context.Context, container, name string) error {
	return s.Storage.DeleteBlob(ctx, s.bypass(container), name)
}

func (s bypassingStorage) SendMessage(ctx context.Context, queue, text string) error {
	return s.Storage.SendMessage(ctx, s.bypass(queue), text)
}

// A service that knows its account may bypass the gateway. Its blobs and messages are found, but their times are
// unknown.
func TestServiceThatBypassesTheGateway(t *testing.T) {
	t.Parallel()
	bypass := func(uri string) string {
		u, err := url.Parse(uri)
		require.NoError(t, err)
		to := shared.instance.BlobURL
		if strings.Contains(path.Base(u.Path), "-q") {
			to = shared.instance.QueueURL
		}
		u.Host = to.Host
		return u.String()
	}
	o := options(t)
	o.Storage = bypassingStorage{o.Storage, bypass}
	config := serve(t, o)
	config.Only = []string{"CVSI-TRAIN-01", "CVSI-TRAIN-06", "CVSI-BACKUP-01", "CVSI-BACKUP-08", "CVSI-EXPORT-08",
		"CVSI-CONNECT-01", "CVSI-CONNECT-05", "CVSI-CONNECT-06", "CVSI-CREATE-06", "CVSI-UPDATE-03", "CVSI-ACCESS-03"}
	r := runAndVerify(t, config)
	for _, id := range []string{"CVSI-TRAIN-01", "CVSI-BACKUP-01", "CVSI-TRAIN-06", "CVSI-EXPORT-08", "CVSI-BACKUP-08", "CVSI-CONNECT-01", "CVSI-CONNECT-05",
		"CVSI-CONNECT-06", "CVSI-CREATE-06", "CVSI-UPDATE-03", "CVSI-ACCESS-03"} {
		q := requirement(t, r, id)
		assert.Equal(t, report.Inconclusive, q.Verdict, id)
		assert.Contains(t, q.Reason, "bypass the gateway", id)
	}
	assert.Equal(t, report.RunInconclusive, r.Verdict)
}
