package steps

import (
	"crypto/ed25519"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/target"
)

func TestInvalidConfigIsAUsageError(t *testing.T) {
	const key, remote = "k", "https://service.example"
	const runHint = "use Config.Storage auto (an Azurite) or external (an account with a connection string); azure is for an http(s) target"
	const azureHint = "set Config.BlobAccount to its name, or Config.BlobAccount and Config.QueueAccount to its https URLs"
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
			"set Config.TrainingKey"},
		"two targets": {Config{Target: "fake", Start: Handler(nil)},
			`the target "fake" and a function that starts the service exclude each other`, "leave Config.Target or Config.Start out"},
		"parallel": {Config{Parallel: -1}, "parallel -1 is negative", ""},
		"tier":     {Config{Tier: "f0"}, `unknown tier "f0" (use F0 or S0)`, ""},
		"storage":  {Config{Storage: "floppy"}, `unknown storage "floppy" (use auto, container, process, external or azure)`, ""},
		"azure":    {Config{Storage: "azure", Target: remote, TrainingKey: key}, "storage azure needs its account", azureHint},
		"azure for the fake": {Config{Storage: "azure", BlobAccount: "fruit"},
			"target fake needs the account's key, but storage azure is reached with an identity and has none",
			runHint},
		"azure for a command": {Config{Storage: "azure", BlobAccount: "fruit", Target: "exec:./service"},
			"target exec:./service needs the account's key, but storage azure is reached with an identity and has none",
			runHint},
		"no account of azure": {Config{Storage: "azure", BlobAccount: "Fruit!", Target: remote, TrainingKey: key},
			`the blob account "Fruit!" is neither the name of a storage account nor the https URL of its blob service`, azureHint},
		"unused account": {Config{QueueAccount: "fruit"}, "storage auto takes no blob account and no queue account", "Config.BlobAccount and Config.QueueAccount are for Config.Storage azure"},
		"external":       {Config{Storage: "external"}, "storage external needs its connection string", "set Config.ConnectionString"},
		"profile":        {Config{Profile: "Full"}, `unknown profile "Full" (use full, notifications or backup)`, ""},
		"reading": {Config{Readings: map[string]string{"guid": "any"}},
			`unknown reading "guid" (use api-version, blob-name, create-form, guid-case, message-encoding, model-uri-without-container, test-folder)`, ""},
		"reading's value": {Config{Readings: map[string]string{"guid-case": "upper"}}, `unknown value "upper" of reading guid-case (use any, lower)`, ""},
		"budget": {Config{Budgets: map[string]time.Duration{"train": 1}},
			`unknown budget "train" (use absence, backup, connection-test, export, notification, ready, request, status-lag, test-blob, training)`, ""},
		"budget's value":  {Config{Budgets: map[string]time.Duration{"training": -1}}, "budget training: -1ns is not a positive duration", ""},
		"provocation":     {Config{Provoke: map[string]string{"failure": "x"}}, `unknown provocation "failure" (use training-failure or export-failure)`, ""},
		"nothing to sign": {Config{Sign: make(ed25519.PrivateKey, ed25519.PrivateKeySize)}, "there is no evidence to sign", "set Config.Evidence too"},
		"short key": {Config{Evidence: "e.zip", Sign: make(ed25519.PrivateKey, 32)},
			"the signing key has 32 bytes, but an Ed25519 private key has 64", ""},
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

func TestSettingsHaveTheDefaults(t *testing.T) {
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
		"remote":         {Config{Target: "https://service.example", TrainingKey: "k"}, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := c.config.settings()
			require.NoError(t, err)
			assert.Equal(
				t,
				[]string{"auto", "full", "query"},
				[]string{s.Storage.Kind, s.Criteria.ProfileName, s.Criteria.Readings["create-form"]},
			)
			assert.Len(t, s.Target.Provoke, c.provokes)
			if c.local {
				assert.Equal(
					t,
					[]any{8, budget.Local(), 20 * time.Millisecond},
					[]any{s.Pace.Parallel, s.Criteria.Budgets, s.Pace.PollInterval},
				)
			} else {
				assert.Equal(t, []any{2, budget.Cloud(), 5 * time.Second}, []any{s.Pace.Parallel, s.Criteria.Budgets, s.Pace.PollInterval})
			}
		})
	}
}

func TestEmptyFieldsAreSetByVariables(t *testing.T) {
	env := map[string]string{
		"CVCONFORM_TARGET": "http://localhost:1", "CVCONFORM_TRAINING_KEY": "key", "CVCONFORM_STORAGE": "external",
		"AZURE_STORAGE_CONNECTION_STRING": "c", "CVCONFORM_ONLY": "CVSI-TRAIN-01,@may", "CVCONFORM_STRICT": "true",
		"CVCONFORM_PARALLEL": "3", "CVCONFORM_RATE": "inf", "CVCONFORM_BUDGET": "training=5m,export=1m",
		"CVCONFORM_READING": "create-form=body", "CVCONFORM_BLOB_ACCOUNT": "of another run", "CVCONFORM_PROFILE": "backup",
	}
	lookup := func(name string) string { return env[name] }
	c, err := Config{Profile: "full"}.withVariables(lookup)
	require.NoError(t, err)
	assert.Equal(t, Config{
		Target: "http://localhost:1", TrainingKey: "key", Storage: "external", ConnectionString: "c", Profile: "full",
		Only: []string{"CVSI-TRAIN-01", "@may"}, Strict: true, Parallel: 3, Rate: math.Inf(1),
		Budgets:  map[string]time.Duration{"training": 5 * time.Minute, "export": time.Minute},
		Readings: map[string]string{"create-form": "body"},
	}, c)

	c, err = Config{Start: Handler(nil), Storage: "azure"}.withVariables(lookup)
	require.NoError(t, err)
	assert.Equal(t, []string{"", "of another run"}, []string{c.Target, c.BlobAccount})

	env = map[string]string{"CVCONFORM_YES": "perhaps", "CVCONFORM_BUDGET": "training"}
	_, err = Config{}.withVariables(lookup)
	var usage *UsageError
	require.ErrorAs(t, err, &usage)
	require.ErrorContains(t, err, "the variable CVCONFORM_YES: ")
	require.ErrorContains(t, err, `the variable CVCONFORM_BUDGET: "training" is not NAME=VALUE`)
}

func TestSettingsKeepTheConfiguredValues(t *testing.T) {
	s, err := Config{Target: "image:service:1", Storage: "external", ConnectionString: "c", Profile: "backup", Parallel: 3,
		Readings: map[string]string{"blob-name": "tight"}, Budgets: map[string]time.Duration{"training": time.Hour},
		Provoke: map[string]string{"training-failure": "bad-"}}.settings()
	require.NoError(t, err)
	assert.Equal(t, target.Spec{Kind: target.Image, Value: "service:1"}, s.Target.Spec)
	assert.Equal(
		t,
		[]any{"external", 3, "tight", time.Hour},
		[]any{s.Storage.Kind, s.Pace.Parallel, s.Criteria.Readings["blob-name"], s.Criteria.Budgets["training"]},
	)
	assert.Equal(t, situation.Integrations{Container: true}, s.Criteria.Profile)
	assert.Equal(t, map[situation.Failure]string{situation.TrainingFailure: "bad-"}, s.Target.Provoke)
}

func TestProfileSetsTheIntegrations(t *testing.T) {
	for name, want := range map[string]situation.Integrations{"full": bothIntegrations, "notifications": queueOnly, "backup": containerOnly} {
		s, err := Config{Profile: name}.settings()
		require.NoError(t, err)
		assert.Equal(t, want, s.Criteria.Profile, name)
	}
}
