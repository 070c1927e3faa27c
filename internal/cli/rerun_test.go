package cli

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/steps"
)

// A shell takes the command that a report shows as it is.
func TestRerunCommandNamesEverythingButDefaults(t *testing.T) {
	for want, c := range map[string]steps.Config{
		"cvconform run --storage auto": {},
		"cvconform run --storage auto --gateway-listen 0.0.0.0:4000 --gateway-advertise build.example": {
			GatewayListen: "0.0.0.0:4000", GatewayAdvertise: "build.example",
		},
		`cvconform run --storage process --target 'exec:"./it'\''s mine" --flag' --profile backup --reading blob-name=any ` +
			`--budget training=1m30s --provoke export-failure=bad- --tier S0 --yes --isolate`: {
			Target: `exec:"./it's mine" --flag`, Storage: "process", Profile: "backup", Isolate: true,
			TrainingKey: "secret-key", Tier: "S0", Yes: true,
			Readings: map[string]string{"blob-name": "any", "create-form": "query"},
			Budgets:  map[string]time.Duration{"training": 90 * time.Second},
			Provoke:  map[string]string{"export-failure": "bad-"},
		},
		"cvconform run --storage azure --blob-account fruit --queue-account https://q.example " +
			"--target https://service.example": {
			Target: "https://service.example", TrainingKey: "secret-key", Storage: "azure",
			BlobAccount: "fruit", QueueAccount: "https://q.example",
		},
		"cvconform run --storage auto --defect backup-zip --defect no-messages": {
			Defects: []string{"backup-zip", "no-messages"},
		},
		"cvconform run --storage auto --target image:service:1 --image-env A=b=c --image-env CVCONFORM_TEST_LICENCE " +
			"--image-env EMPTY= --image-port 80 --image-port 81": {
			Target: "image:service:1", ImageEnv: []string{"A=b=c", "CVCONFORM_TEST_LICENCE", "EMPTY="},
			ImagePorts: []int{80, 81},
		},
		"cvconform run --storage auto --target https://service.example --rate inf --preflight off " +
			"--insecure-skip-verify": {
			Target: "https://service.example", TrainingKey: "k", InsecureSkipVerify: true, Rate: math.Inf(1),
			Preflight: "off",
		},
	} {
		assert.Equal(t, want, rerunCommand(c))
	}
}

func TestCleanCommandRepeatsTheTarget(t *testing.T) {
	c := steps.Config{Storage: "external", Target: "http://127.0.0.1:8080"}
	assert.Equal(t, "cvconform clean --run 20260301t081500-5f3a9c01 --storage external --target http://127.0.0.1:8080",
		cleanCommand(c, "20260301t081500-5f3a9c01"))
}
