package steps

import (
	"context"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision"
	"github.com/cvconform/cvconform/fakes/storageaccount"
	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/bundle"
	testcloud "github.com/cvconform/cvconform/internal/testkit/cloud"

	"github.com/cvconform/cvconform/steps/report"
)

// A test blob that is deleted between two polls is inferred from a retained version or deleted
// blob. Otherwise it is inconclusive.
func TestUnobservedTestBlobIsInferred(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		account    storageaccount.Options
		visibility report.Visibility
		from       string
	}{
		"soft delete": {storageaccount.Options{SoftDelete: retention}, report.Visibility{Observer: report.Poller, DeletedBlobs: true, OverwrittenBlobs: true}, evidence.FromDeleted},
		"versions":    {storageaccount.Options{Versioning: true}, report.Visibility{Observer: report.Poller, Versions: true, OverwrittenBlobs: true}, evidence.FromVersion},
		"neither":     {storageaccount.Options{}, report.Visibility{Observer: report.Poller}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c.account.Latency = 1 // so the blob exists for a nanosecond only
			file := filepath.Join(t.TempDir(), "evidence.zip")
			inCloud(t, cloudOptions{account: c.account}, func(t *testing.T, cloud *cloud) {
				config := cloud.config()
				config.Only, config.Evidence = []string{"CVSI-CONNECT-0[5-8]"}, file
				r := runJudged(t, config)
				assert.Equal(t, c.visibility, r.Run.Visibility)
				for _, q := range r.Requirements {
					if c.from == "" {
						assert.Equal(t, report.Inconclusive, q.Verdict, q.ID)
						assert.Contains(t, q.Reason, check.KeepDeleted, q.ID)
						continue
					}
					assert.Equal(t, report.Passed, q.Verdict, "%s: %s", q.ID, q.Reason)
				}
			})
			assert.Equal(t, c.from, inferredFrom(t, file))
		})
	}
}

// inferredFrom returns the source from which all blob operations of the first situation of a bundle were inferred.
func inferredFrom(t *testing.T, file string) string {
	t.Helper()
	v, err := Verify(t.Context(), file, nil)
	require.NoError(t, err)
	require.Empty(t, v.Findings)
	b, err := bundle.Open(file)
	require.NoError(t, err)
	defer b.Close()
	from := map[string]bool{}
	for i := range v.Report.Situations[:1] {
		text, err := b.Read(bundle.TimelineFile(i + 1))
		require.NoError(t, err)
		events, err := evidence.DecodeEvents(text)
		require.NoError(t, err)
		for _, e := range events {
			if e.Operation != nil && e.Operation.Service == evidence.Blob {
				from[e.Operation.Inferred] = true
			}
		}
	}
	for source := range from {
		require.Len(t, from, 1)
		return source
	}
	return ""
}

// undeletingStorage reports success for deletions without deleting anything.
type undeletingStorage struct{ *storageaccount.Account }

func (undeletingStorage) DeleteBlob(context.Context, string, string) error { return nil }

// A blob that is deleted while the final contents are read is absent, and does not make the run
// fail.
func TestBlobDeletedWhileReadIsAbsent(t *testing.T) {
	t.Parallel()
	s := cloudOptions{
		account: retainingAccounts()["soft delete"],
		storage: func(a *storageaccount.Account) customvision.Storage { return undeletingStorage{a} },
	}
	inCloud(t, s, func(t *testing.T, c *cloud) {
		var mu sync.Mutex
		reads := map[string]int{} // by path
		called := func(r *http.Request) {
			container, blob, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
			if r.Method != http.MethodGet || !strings.HasPrefix(blob, "CustomVision-TestPermission/") {
				return
			}
			mu.Lock()
			reads[r.URL.Path]++
			second := reads[r.URL.Path] == 2 // the first read returned its properties
			mu.Unlock()
			if second {
				assert.NoError(t, c.account.DeleteBlob(t.Context(), "http://"+r.Host+"/"+container, blob))
			}
		}
		c.onCall.Store(&called)
		config := c.config()
		config.Only, config.Preflight = []string{"CVSI-CONNECT-0[56]"}, "off"
		r := runJudged(t, config)
		assert.Equal(t, []int{2, 2}, slices.Collect(maps.Values(reads)), "of a create and of an update")
		assert.Equal(t, report.Passed, requirement(t, r, "CVSI-CONNECT-05").Verdict)
		q := requirement(t, r, "CVSI-CONNECT-06")
		// The blob existed too long. The verdict is failed only if another poll observed the deletion.
		assert.Contains(
			t,
			[][]any{
				{report.Inconclusive, "not observed"},
				{report.Failed, "it was deleted too late"},
			},
			[]any{q.Verdict, strings.Split(q.Reason, ":")[0]},
		)
	})
}

// If a backup and its message are a second apart, each is polled in between, at any time of the end
// of the export. Storage is polled at most ten times a second for that.
func TestOrderIsObservedAcrossASecond(t *testing.T) {
	t.Parallel()
	for i := range 5 {
		s := cloudOptions{account: storageaccount.Options{Versioning: true, ServiceLatency: time.Second},
			service: testcloud.ServiceOptions{
				Training: time.Minute,
				Export:   2*time.Minute + time.Duration(i)*time.Second*7/5,
			}}
		inCloud(t, s, func(t *testing.T, c *cloud) {
			config := c.config()
			config.Only, config.Preflight = []string{"CVSI-EXPORT-07"}, "off"
			r := runJudged(t, config)
			q := requirement(t, r, "CVSI-EXPORT-07")
			assert.Equal(t, report.Passed, q.Verdict, q.Reason)
			calls := c.account.Calls()
			assert.LessOrEqual(t, calls["ListBlobs"]+calls["GetMessages"], 10*120+200, "%v", calls)
		})
	}
}
