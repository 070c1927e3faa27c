package steps

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/azurite"
	"github.com/cvconform/cvconform/fakes/customvision"
	"github.com/cvconform/cvconform/features"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/bundle"

	"github.com/cvconform/cvconform/steps/report"
)

func signingKey(b byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{b}, ed25519.SeedSize))
}

func publicKey(k ed25519.PrivateKey) ed25519.PublicKey { return k.Public().(ed25519.PublicKey) }

func TestVerifyChecksTheSignature(t *testing.T) {
	packed, _ := few.get(t)
	signed := tamper(t, packed)
	signed.files["manifest.json.sig"] = ed25519.Sign(signingKey(1), signed.files["manifest.json"])
	path := signed.pack()
	v, err := Verify(t.Context(), path, publicKey(signingKey(1)))
	require.NoError(t, err)
	assert.Empty(t, v.Findings)
	assert.True(t, v.Signed)
	for want, c := range map[string]struct {
		path string
		key  ed25519.PublicKey
	}{
		"the signature is not that of this key over this manifest": {path, publicKey(signingKey(2))},
		"the bundle is not signed":                                 {writeBundle(t, packed), publicKey(signingKey(1))},
	} {
		v, err := Verify(t.Context(), c.path, c.key)
		require.NoError(t, err)
		assert.Equal(t, []string{want}, v.Findings)
	}
}

func TestRunSigns(t *testing.T) {
	t.Parallel()
	config := defaultBudgets(serve(t, options(t)))
	config.Only, config.Evidence, config.Sign = []string{"CVSI-CREATE-01"}, filepath.Join(t.TempDir(), "e.zip"), signingKey(1)
	_, err := Run(t.Context(), config)
	require.NoError(t, err)
	v, err := Verify(t.Context(), config.Evidence, publicKey(signingKey(1)))
	require.NoError(t, err)
	assert.Empty(t, v.Findings)
}

// A bundle made with other features can only be verified by the version that made it.
func TestVerifyNamesTheVersionOfOtherFeatures(t *testing.T) {
	packed, _ := few.get(t)
	b := tamper(t, packed)
	b.replace("features/create_project.feature", "Feature:", "Feature: another")
	digest := b.featuresDigest()
	b.editReport(runReport, func(r *Report) {
		r.Run.Suite.FeaturesDigest, r.Run.Suite.Version, r.Run.Suite.Revision = digest, "v0.9.0", "1234abcd"
	})
	b.editManifest(func(m *bundle.Manifest) {
		m.Suite = bundle.Suite{Version: "v0.9.0", Revision: "1234abcd", FeaturesDigest: digest}
	})
	b.updateManifest()
	_, err := Verify(t.Context(), b.pack(), nil)
	var usage *UsageError
	require.ErrorAs(t, err, &usage)
	assert.ErrorContains(t, err, "the bundle was made with other features than those of this program")
	assert.Equal(t, "verify it with cvconform v0.9.0 (1234abcd)", Hint(err))
}

// Evidence is not wrong because another version shares projects between situations differently.
func TestVerifyNamesTheVersionOfAnotherPlan(t *testing.T) {
	packed, r := few.get(t)
	b := tamper(t, packed)
	b.editReport(runReport, func(r *Report) { r.Run.Plan = 0 })
	b.updateManifest()
	_, err := Verify(t.Context(), b.pack(), nil)
	var usage *UsageError
	require.ErrorAs(t, err, &usage)
	assert.ErrorContains(
		t,
		err,
		"the bundle was made by another plan than that of this program (3): by plan 0 of cvconform "+r.Run.Suite.Version,
	)
	assert.Contains(t, Hint(err), "verify it with cvconform "+r.Run.Suite.Version)
}

// featuresDigest returns the digest of the features in the bundle.
func (b *tamperedBundle) featuresDigest() string {
	var names []string
	for name := range b.files {
		if rest, ok := strings.CutPrefix(name, "features/"); ok {
			names = append(names, rest)
		}
	}
	slices.Sort(names)
	digest, err := features.Digest(names, func(name string) ([]byte, error) { return b.files["features/"+name], nil })
	require.NoError(b.t, err)
	return digest
}

func TestVerifyRefusesOtherFiles(t *testing.T) {
	packed, _ := few.get(t)
	for name, content := range map[string][]byte{"cut off": packed[:len(packed)/2], "text": []byte("hello"), "nothing": nil} {
		_, err := Verify(t.Context(), writeBundle(t, content), nil)
		var usage *UsageError
		require.ErrorAs(t, err, &usage, name)
		assert.ErrorContains(t, err, "not an evidence bundle", name)
		assert.NotEmpty(t, Hint(err), name)
	}
}

func TestVerifyCanBeInterrupted(t *testing.T) {
	packed, _ := few.get(t)
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	_, err := Verify(ctx, writeBundle(t, packed), nil)
	assert.ErrorIs(t, err, context.Canceled)
}

// A service that leaks secrets in headers, messages and blobs does not get them into the evidence.
func TestEvidenceHoldsNoSecret(t *testing.T) {
	t.Parallel()
	leak := canary + " AccountKey=" + azurite.AccountKey + " https://h/c/b?sv=1&sig=" + canary + "%3D&se=1 Bearer " + canary
	quoted, err := json.Marshal(leak)
	require.NoError(t, err)
	packed := zipOf(t, "config.txt", strings.Repeat(leak, 50))
	o := options(t)
	o.Storage = secretLeakingStorage{o.Storage, leak, packed}
	config := defaultBudgets(serve(t, o, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Request-Id", leak)
			w.Header().Set("Www-Authenticate", string(quoted))
			next.ServeHTTP(w, r)
		})
	}))
	config.Evidence = filepath.Join(t.TempDir(), "evidence.zip")
	config.Only = []string{
		"CVSI-CREATE-0[1-7]",
		"CVSI-TRAIN-0[15]",
		"CVSI-BACKUP-01",
		"CVSI-EXPORT-0[16]",
		"CVSI-MESSAGE-03",
		"CVSI-ACCESS-01",
	}
	r, err := Run(t.Context(), config)
	require.NoError(t, err)
	assert.Equal(t, report.Warned, requirement(t, r, "CVSI-MESSAGE-03").Verdict, "the service must leak for this test")
	v, err := Verify(t.Context(), config.Evidence, nil)
	require.NoError(t, err)
	assert.Empty(t, v.Findings)
	assert.NotZero(t, v.LeftOut, "the blob with the secrets is kept as a digest only")
	content, err := os.ReadFile(config.Evidence)
	require.NoError(t, err)
	for name, text := range unzipAll(t, content) {
		for _, secret := range []string{canary, azurite.AccountKey, base64.StdEncoding.EncodeToString([]byte(canary))} {
			assert.NotContains(t, plain(text), secret, name)
		}
	}
}

// Text is redacted before it is truncated, so no part of a secret remains.
func TestEvidenceHoldsNoPartOfASecret(t *testing.T) {
	t.Parallel()
	config := configFor(t, listen(t, respondsWith(400, "text/plain", strings.Repeat("x", 280)+" "+canary)))
	config.Evidence, config.Only = filepath.Join(t.TempDir(), "evidence.zip"), []string{"CVSI-CREATE-01", "CVSI-TRAIN-01"}
	r, err := Run(t.Context(), config)
	require.NoError(t, err)
	assert.Contains(t, r.Requirements[0].Reason, "xxx ⟦training-key")
	content, err := os.ReadFile(config.Evidence)
	require.NoError(t, err)
	for name, text := range unzipAll(t, content) {
		assert.NotContains(t, text, canary[:8], name)
	}
}

// secretLeakingStorage writes secrets into every message and every blob.
type secretLeakingStorage struct {
	customvision.Storage
	text string
	data []byte
}

func (l secretLeakingStorage) PutBlob(ctx context.Context, container, name string, _ []byte) error {
	return l.Storage.PutBlob(ctx, container, name, l.data)
}

func (l secretLeakingStorage) SendMessage(ctx context.Context, queue, text string) error {
	var doc map[string]any
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		return err
	}
	doc["leak"], doc["Content"].(map[string]any)["leak"] = l.text, l.text
	leaking, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	return l.Storage.SendMessage(ctx, queue, string(leaking))
}

func zipOf(t *testing.T, name, content string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.Create(name)
	require.NoError(t, err)
	_, err = io.WriteString(f, content)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

// unzipAll returns every file of a zip by name, including those of zips inside it.
func unzipAll(t *testing.T, content []byte) map[string]string {
	t.Helper()
	out := map[string]string{"itself": string(content)}
	for name, file := range tamper(t, content).files {
		out[name] = string(file)
		if bytes.HasPrefix(file, []byte("PK")) {
			for inner, text := range unzipAll(t, file) {
				out[name+"/"+inner] = text
			}
		}
	}
	return out
}

// An interrupted run keeps the evidence recorded so far and reports its folder.
func TestAnInterruptedRunLeavesItsEvidence(t *testing.T) {
	t.Parallel()
	ctx, interrupt := context.WithCancel(t.Context())
	config := defaultBudgets(serve(t, options(t)))
	config.Evidence, config.Parallel = filepath.Join(t.TempDir(), "evidence.zip"), 1
	config.Only = []string{"CVSI-CREATE-0[1-6]"}
	var lines []string
	config.Progress = func(p Progress) {
		if lines = append(lines, p.Line); p.Done == 1 {
			interrupt()
		}
	}
	r, err := Run(ctx, config)
	require.NoError(t, err)
	assert.False(t, r.Run.Complete)
	assert.Equal(t, "evidence: incomplete, in the folder "+config.Evidence+".partial", lines[len(lines)-1])
	text, err := os.ReadFile(filepath.Join(config.Evidence+".partial", "timelines", "001.ndjson"))
	require.NoError(t, err)
	events, err := evidence.DecodeEvents(text)
	require.NoError(t, err)
	assert.Len(t, events, r.Situations[0].Events)
	left, err := os.ReadFile(filepath.Join(config.Evidence+".partial", "report.json"))
	require.NoError(t, err)
	partial, err := report.ReadJSON(left)
	require.NoError(t, err)
	assert.False(t, partial.Run.Complete)
	_, err = Verify(t.Context(), config.Evidence+".partial", nil)
	assert.ErrorContains(t, err, "was left by an interrupted run: it can be read, but it proves nothing")
	_, err = os.Stat(config.Evidence)
	assert.ErrorIs(t, err, os.ErrNotExist)

	_, err = Run(t.Context(), config)
	var usage *UsageError
	require.ErrorAs(t, err, &usage)
	assert.ErrorContains(t, err, ".partial exists: an interrupted run left it")
}

// A run that fails before it judges anything writes no evidence.
func TestARunThatJudgedNothingLeavesNoEvidence(t *testing.T) {
	folder := t.TempDir()
	for _, c := range []Config{
		{Only: []string{"CVSI-NOTHING-01"}},
		{Target: "exec:no-such-program-here", Storage: "external", ConnectionString: shared.connection(t)},
	} {
		c.Evidence = filepath.Join(folder, "evidence.zip")
		_, err := Run(t.Context(), c)
		require.Error(t, err)
	}
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	assert.Empty(t, left)
}
