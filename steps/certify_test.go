package steps

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/certify"
	"github.com/cvconform/cvconform/internal/session"
	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/internal/testkit"

	"github.com/cvconform/cvconform/steps/report"
)

// fewRequirements selects a few requirements with two act trees, which are judged quickly.
func fewRequirements() []string {
	return []string{"CVSI-CREATE-01", "CVSI-TRAIN-0[145]", "CVSI-BACKUP-0[14]"}
}

// Bundles that the tests share and modify: one of a run and one of a certificate. The
// certificate differs from a real one only in its selection.
var (
	few = lazyBundle{judge: func(ctx context.Context, t *testing.T, path string) (*Report, error) {
		return Run(
			ctx,
			Config{Storage: "external", ConnectionString: shared.connection(t), Evidence: path, Only: fewRequirements()},
		)
	}}
	certified = lazyBundle{judge: func(ctx context.Context, _ *testing.T, path string) (*Report, error) {
		return certifyWith(
			ctx,
			Config{Storage: "process", Evidence: path, Only: fewRequirements()},
			target.Fake,
			target.Null,
		)
	}}
)

// certifyWith certifies like [Certify], but with these controls and with a selection.
func certifyWith(ctx context.Context, c Config, reference, null target.Kind) (*Report, error) {
	s, err := c.settings()
	if err != nil {
		return nil, err
	}
	return certify.Run(ctx, s, certify.Controls{Reference: reference, Null: null})
}

// runControl runs one control over the storage of the configuration.
func runControl(ctx context.Context, c Config, kind target.Kind) (*Report, error) {
	s, err := c.settings()
	if err != nil {
		return nil, err
	}
	s.Target.Kind, s.Target.FollowReadings = kind, true
	return session.RunPart(ctx, s, nil, "")
}

// lazyBundle is a bundle that is made on first use.
type lazyBundle struct {
	judge  func(ctx context.Context, t *testing.T, path string) (*Report, error)
	once   sync.Once
	bundle []byte
	report *Report
	err    error
}

// get returns the bundle and its report.
func (b *lazyBundle) get(t *testing.T) ([]byte, *Report) {
	t.Helper()
	testkit.RequireNode(t)
	b.once.Do(func() {
		path := filepath.Join(t.TempDir(), "evidence.zip")
		if b.report, b.err = b.judge(context.WithoutCancel(t.Context()), t, path); b.err == nil {
			b.bundle, b.err = os.ReadFile(path)
		}
	})
	require.NoError(t, b.err)
	return b.bundle, b.report
}

func TestCertifyJudgesItsControls(t *testing.T) {
	packed, r := certified.get(t)
	assert.Equal(t, report.Partial, r.Verdict)
	assert.Equal(t, report.Controls{Reference: "partial", Null: "not-conformant"}, r.Controls)
	assert.False(t, r.Certifies())

	null := readReport(t, packed, "controls/null/report.json")
	assert.Equal(t, "null", null.Run.Target.Kind)
	for _, q := range null.Requirements {
		assert.NotEqual(t, report.Passed, q.Verdict, q.ID)
		if q.Level == "must" && q.Verdict != report.NotApplicable {
			assert.Equal(t, report.Failed, q.Verdict, q.ID)
		}
	}
	reference := readReport(t, packed, "controls/reference/report.json")
	assert.Equal(t, report.Partial, reference.Verdict)
	assert.NotEqual(t, reference.Run.ID, r.Run.ID)
}

func TestCertifyRefusesSelections(t *testing.T) {
	for want, c := range map[string]Config{
		"it allows no selection":  {Only: []string{"CVSI-TRAIN-01"}},
		"it allows no selection ": {Skip: []string{"@may"}},
		"it allows no isolation":  {Isolate: true},
	} {
		_, err := Certify(t.Context(), c)
		var usage *UsageError
		require.ErrorAs(t, err, &usage)
		assert.ErrorContains(t, err, strings.TrimSpace(want))
		assert.NotEmpty(t, Hint(err))
	}
}

// If a control does not have its expected verdict, the run is invalid.
func TestFailedControlsMakeTheRunInvalid(t *testing.T) {
	testkit.RequireNode(t)
	t.Parallel()
	r, err := certifyWith(t.Context(), Config{Storage: "external", ConnectionString: shared.connection(t),
		AzuriteImage: os.Getenv(
			"CVCONFORM_AZURITE_IMAGE",
		), Only: []string{"CVSI-CREATE-01", "CVSI-TRAIN-01"}}, target.Null, target.Fake)
	require.NoError(t, err)
	assert.Equal(t, report.Invalid, r.Verdict)
	assert.Equal(t, report.Passed, r.Requirements[0].Verdict)
	assert.Equal(t, []string{"not-conformant", "partial"}, []string{r.Controls.Reference, r.Controls.Null})
	problems := strings.Join(r.Controls.Problems, "\n")
	assert.Contains(t, problems, "the reference is not-conformant: CVSI-CREATE-01 failed: 200 with {}")
	assert.Contains(t, problems, "the null server is passed by CVSI-TRAIN-01, which it has to fail")
}

// The reference follows readings other than the defaults of the fake, so that a certificate with
// such readings has a reference control.
func TestReferenceControlFollowsTheReadings(t *testing.T) {
	t.Parallel()
	r, err := runControl(t.Context(), Config{Storage: "external", ConnectionString: shared.connection(t),
		Readings: map[string]string{
			"create-form":                 "body",
			"api-version":                 "v3.4-preview",
			"test-folder":                 "Customvision",
			"blob-name":                   "tight",
			"message-encoding":            "base64",
			"guid-case":                   "lower",
			"model-uri-without-container": "any",
		}}, target.Fake)
	require.NoError(t, err)
	assertConformant(t, r)
}

func TestNullControlFailsForEveryProfile(t *testing.T) {
	for _, profile := range []string{"notifications", "backup"} {
		t.Run(profile, func(t *testing.T) {
			t.Parallel()
			r, err := runControl(
				t.Context(),
				Config{Storage: "external", ConnectionString: shared.connection(t), Profile: profile,
					Budgets: map[string]time.Duration{"absence": time.Millisecond}},
				target.Null,
			)
			require.NoError(t, err)
			assert.Empty(t, certify.Summarize(&Report{Verdict: report.Conformant}, r).Problems)
			assert.Equal(t, report.NotConformant, r.Verdict)
		})
	}
}

func TestInterruptedCertifyReturnsNoReport(t *testing.T) {
	testkit.RequireNode(t)
	t.Parallel()
	ctx, interrupt := context.WithCancel(t.Context())
	path := filepath.Join(t.TempDir(), "evidence.zip")
	r, err := Certify(ctx, Config{Storage: "process", Evidence: path, Progress: func(p Progress) {
		if strings.HasPrefix(p.Line, "storage:") {
			interrupt()
		}
	}})
	require.ErrorIs(t, err, context.Canceled)
	assert.Nil(t, r)
	left, err := filepath.Glob(path + "*")
	require.NoError(t, err)
	assert.Empty(t, left)
}
