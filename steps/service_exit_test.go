package steps

import (
	"fmt"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision"
	"github.com/cvconform/cvconform/fakes/customvision/azurestorage"

	"github.com/cvconform/cvconform/steps/report"
)

// Environment variables with which a test becomes the service: exitAfterVariable for TestServeUntilATraining, and
// childVariable for TestServeInTheBackground. The latter is the path of the file that tells the command to end.
const (
	exitAfterVariable = "CVCONFORM_TEST_MORTAL"
	childVariable     = "CVCONFORM_TEST_LEAVING"
)

// If the service ends during a training, the verdict follows soon: the budgets of this run are longer than the test
// may take.
func TestServiceThatExitsDuringATraining(t *testing.T) {
	t.Parallel()
	c := Config{
		Target: fmt.Sprintf(
			"exec:env %s=1 '%s' -test.run=^TestServeUntilATraining$",
			exitAfterVariable,
			os.Args[0],
		),
		Storage:          "external",
		ConnectionString: shared.connection(t),
		Only:             []string{"CVSI-CREATE-01", "CVSI-TRAIN-01", "CVSI-BACKUP-01"},
		Budgets: map[string]time.Duration{
			"training":     time.Hour,
			"notification": time.Hour,
			"backup":       time.Hour,
			"absence":      100 * time.Millisecond,
		},
		Evidence: filepath.Join(t.TempDir(), "e.zip"),
		Parallel: 1,
	}
	r := runJudged(t, c)
	openVerified(t, c.Evidence)
	assert.Equal(t, report.NotConformant, r.Verdict)
	q := requirement(t, r, "CVSI-TRAIN-01")
	assert.Equal(t, report.Failed, q.Verdict, q.Reason)
	assert.Contains(t, q.Reason, "the service ended before the training was over; GetIteration got no response")
	warnings := strings.Join(r.Warnings, "\n")
	assert.Contains(t, warnings, "the service ended by itself during the run; its last output:\n")
	assert.Contains(t, warnings, "exit during the training\nand it ended with exit status 5")

	packed, err := os.ReadFile(c.Evidence)
	require.NoError(t, err)
	silent := tamper(t, packed)
	assert.Contains(t, string(silent.files["service.log"]), "exit during the training\n")
	delete(silent.files, "service.log")
	silent.updateManifest()
	openVerified(t, silent.pack())
}

func TestServeUntilATraining(t *testing.T) {
	if os.Getenv(exitAfterVariable) == "" {
		t.Skip("runs only as the service of TestServiceThatExitsDuringATraining")
	}
	t.Fatal(http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), exitingHandler(t, fakeFromEnvironment(t, time.Hour))))
}

// fakeFromEnvironment returns the fake with the settings in its environment.
func fakeFromEnvironment(t *testing.T, training time.Duration) http.Handler {
	storage, err := azurestorage.New(azurestorage.Options{ConnectionString: os.Getenv("AZURE_STORAGE_CONNECTION_STRING")})
	require.NoError(t, err)
	return customvision.New(
		customvision.Options{
			TrainingKey:      os.Getenv("CUSTOMVISION_TRAINING_KEY"),
			Storage:          storage,
			TrainingDuration: training,
		},
	)
}

// exitingHandler exits when a training is polled.
func exitingHandler(t *testing.T, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if path.Base(path.Dir(r.URL.Path)) == "iterations" {
			fmt.Println("exit during the training")
			os.Exit(5)
		}
		next.ServeHTTP(w, r)
	})
}

// A command may end and leave its service running in the background. The service is judged as usual.
func TestCommandThatLeavesItsServiceRunning(t *testing.T) {
	t.Parallel()
	ready, script := filepath.Join(t.TempDir(), "ready"), filepath.Join(t.TempDir(), "start.sh")
	require.NoError(
		t,
		os.WriteFile(
			script,
			fmt.Appendf(nil, "%s='%s' '%s' -test.run='^TestServeInTheBackground$' &\nwhile [ ! -e '%s' ]; do sleep 0.02; done\n",
				childVariable, ready, os.Args[0], ready),
			0o755,
		),
	)
	c := Config{Target: "exec:sh " + script, Storage: "external", ConnectionString: shared.connection(t),
		Only: []string{
			"CVSI-CREATE-01",
			"CVSI-TRAIN-01",
		}, Budgets: map[string]time.Duration{"absence": 100 * time.Millisecond}}
	r := runJudged(t, c)
	assert.Equal(t, report.Partial, r.Verdict, "%v", r.Warnings)
	assert.Contains(t, strings.Join(r.Warnings, "\n"), "the service ended by itself during the run")
}

func TestServeInTheBackground(t *testing.T) {
	ready := os.Getenv(childVariable)
	if ready == "" {
		t.Skip("runs only as the service of TestCommandThatLeavesItsServiceRunning")
	}
	fake := fakeFromEnvironment(t, 2*time.Second)
	t.Fatal(
		http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if path.Base(r.URL.Path) == "train" { // the command ends while the training continues
				assert.NoError(t, os.WriteFile(ready, nil, 0o600))
			}
			fake.ServeHTTP(w, r)
		})),
	)
}
