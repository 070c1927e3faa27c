package steps

import (
	"crypto/ed25519"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/clock"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/target"
)

func TestSettleRefuses(t *testing.T) {
	const key, remote = "k", "https://service.example"
	const azureHint = "give --blob-account NAME, or the https URLs with --blob-account and --queue-account"
	for name, c := range map[string]struct {
		config     Config
		want, hint string
	}{
		"target": {Config{Target: "fakes"}, `unknown target "fakes" (use fake, container, image:REF, exec:COMMAND, replay:DIR or http(s)://HOST[:PORT])`, ""},
		"target with a path": {Config{Target: remote + "/customvision", TrainingKey: key},
			`target "https://service.example/customvision": give scheme, host and port only; the path /customvision/… is added`, ""},
		"command": {Config{Target: "exec: "}, `unknown target "exec: " (use fake, container, image:REF, exec:COMMAND, replay:DIR or http(s)://HOST[:PORT])`, ""},
		"folder":  {Config{Target: "replay:"}, `unknown target "replay:" (use fake, container, image:REF, exec:COMMAND, replay:DIR or http(s)://HOST[:PORT])`, ""},
		"no key": {Config{Target: remote}, "target https://service.example needs its training key",
			"set CVCONFORM_TRAINING_KEY or give --training-key-file"},
		"parallel": {Config{Parallel: -1}, "parallel -1 is negative", ""},
		"tier":     {Config{Tier: "f0"}, `tier "f0" is none of F0, S0`, ""},
		"storage":  {Config{Storage: "floppy"}, `storage "floppy" is none of auto, container, process, external, azure`, ""},
		"azure":    {Config{Storage: "azure", Target: remote, TrainingKey: key}, "azure storage needs its account", azureHint},
		"azure for the fake": {Config{Storage: "azure", BlobAccount: "fruit"},
			"target fake is given the account's key, and storage azure, which is reached by identity, has none to give",
			"--storage auto gives it an Azurite, --storage external an account by its connection string; azure is for an http(s) target"},
		"azure for a command": {Config{Storage: "azure", BlobAccount: "fruit", Target: "exec:./service"},
			"target exec:./service is given the account's key, and storage azure, which is reached by identity, has none to give",
			"--storage auto gives it an Azurite, --storage external an account by its connection string; azure is for an http(s) target"},
		"no account of azure": {Config{Storage: "azure", BlobAccount: "Fruit!", Target: remote, TrainingKey: key},
			`the blob account "Fruit!" is neither the name of a storage account nor the https URL of its blob service`, azureHint},
		"accounts for nothing": {Config{QueueAccount: "fruit"}, "storage auto takes no blob account and no queue account", "--storage azure does"},
		"external":             {Config{Storage: "external"}, "external storage needs its connection string", "set AZURE_STORAGE_CONNECTION_STRING"},
		"profile":              {Config{Profile: "Full"}, `profile "Full" is none of full, notifications, backup`, ""},
		"reading": {Config{Readings: map[string]string{"guid": "any"}},
			`unknown reading "guid" (use api-version, blob-name, create-form, guid-case, message-encoding, model-uri-without-container, test-folder)`, ""},
		"reading's value": {Config{Readings: map[string]string{"guid-case": "upper"}}, `unknown value "upper" of reading guid-case (use any, lower)`, ""},
		"budget": {Config{Budgets: map[string]time.Duration{"train": 1}},
			`unknown budget "train" (use absence, backup, connection-test, export, notification, ready, request, status-lag, test-blob, training)`, ""},
		"budget's value":  {Config{Budgets: map[string]time.Duration{"training": -1}}, "budget training: -1ns is not a positive duration", ""},
		"provocation":     {Config{Provoke: map[string]string{"failure": "x"}}, `unknown provocation "failure" (use training-failure or export-failure)`, ""},
		"nothing to sign": {Config{Sign: make(ed25519.PrivateKey, ed25519.PrivateKeySize)}, "there is nothing to sign without evidence", "give --evidence PATH too"},
		"half a key": {Config{Evidence: "e.zip", Sign: make(ed25519.PrivateKey, 32)},
			"the signing key has 32 bytes, an Ed25519 private key has 64", ""},
		"no prefix": {Config{Provoke: map[string]string{"export-failure": " "}}, "provocation export-failure needs the prefix of a project name", ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := c.config.settings()
			var usage *UsageError
			require.ErrorAs(t, err, &usage)
			assert.EqualError(t, err, c.want)
			assert.Equal(t, c.hint, Hint(err))
		})
	}
}

func TestSettleFillsInTheDefaults(t *testing.T) {
	for name, c := range map[string]struct {
		config   Config
		local    bool
		provokes int
	}{
		"the zero value": {Config{}, true, 2},
		"a container":    {Config{Target: "container"}, true, 2},
		"an image":       {Config{Target: "image:service:1"}, true, 0},
		"a command":      {Config{Target: "exec:./service"}, true, 0},
		"this machine":   {Config{Target: "http://127.0.0.1:8080", TrainingKey: "k"}, true, 0},
		"elsewhere":      {Config{Target: "https://service.example", TrainingKey: "k"}, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := c.config.settings()
			require.NoError(t, err)
			assert.Equal(t, []string{"auto", "full", "query"}, []string{s.Storage, s.Config.Profile, s.readings["create-form"]})
			assert.Len(t, s.provoke, c.provokes)
			if c.local {
				assert.Equal(t, []any{8, budget.Local(), 20 * time.Millisecond}, []any{s.Parallel, s.budgets, s.poll})
			} else {
				assert.Equal(t, []any{2, budget.Cloud(), 5 * time.Second}, []any{s.Parallel, s.budgets, s.poll})
			}
		})
	}
}

func TestSettleKeepsWhatIsGiven(t *testing.T) {
	s, err := Config{Target: "image:service:1", Storage: "external", ConnectionString: "c", Profile: "backup", Parallel: 3,
		Readings: map[string]string{"blob-name": "tight"}, Budgets: map[string]time.Duration{"training": time.Hour},
		Provoke: map[string]string{"training-failure": "bad-"}}.settings()
	require.NoError(t, err)
	assert.Equal(t, target.Spec{Kind: target.Image, Value: "service:1"}, s.target)
	assert.Equal(
		t,
		[]any{"external", 3, "tight", time.Hour},
		[]any{s.Storage, s.Parallel, s.readings["blob-name"], s.budgets["training"]},
	)
	assert.Equal(t, situation.Integrations{Container: true}, s.profile)
	assert.Equal(t, map[situation.Failure]string{situation.TrainingFailure: "bad-"}, s.provoke)
}

func TestProfiles(t *testing.T) {
	for name, want := range map[string]situation.Integrations{"full": bothIntegrations, "notifications": queueOnly, "backup": containerOnly} {
		s, err := Config{Profile: name}.settings()
		require.NoError(t, err)
		assert.Equal(t, want, s.profile, name)
	}
}

// Endpoints of a real account are its own host names: no gateway can stand
// between the service and them.
func TestPathStyle(t *testing.T) {
	for endpoint, want := range map[string]bool{
		"http://127.0.0.1:10000/devstoreaccount1":         true,
		"http://azurite:10000/devstoreaccount1/":          true,
		"https://devstoreaccount1.blob.core.windows.net/": false,
		"https://devstoreaccount1.queue.core.windows.net": false,
		"http://127.0.0.1:10000/proxied/devstoreaccount1": false,
		"http://127.0.0.1:10000/devstoreaccount2":         false,
	} {
		u, err := url.Parse(endpoint)
		require.NoError(t, err)
		assert.Equal(t, want, pathStyle(u, "devstoreaccount1"), endpoint)
	}
}

func TestAConnectionStringThatCannotBeReadIsRefused(t *testing.T) {
	h := &Session{settings: settings{Config: Config{Storage: "external", ConnectionString: "AccountName"}}}
	err := h.openStorage(t.Context())
	var usage *UsageError
	require.ErrorAs(t, err, &usage)
	assert.ErrorContains(t, err, "the connection string of the storage: ")
	assert.Equal(t, "check AZURE_STORAGE_CONNECTION_STRING", Hint(err))
}

// Instants that are written down lose what the machine counts beside the time of
// day: they have to order, and to differ, as they did before.
func TestTheClockOfARunAgreesWithItself(t *testing.T) {
	now := clock.New()
	last := now()
	for range 1000 {
		next := now()
		require.Equal(t, next.Sub(last), next.Round(0).Sub(last.Round(0)))
		last = next
	}
}
