package steps

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/time/rate"

	"github.com/cvconform/cvconform/internal/session"
)

// By default a service on another machine is called at a low rate, and checked before it is judged.
func TestRateAndPreflightDependOnTheTarget(t *testing.T) {
	all := session.Preflight{Enabled: true, CheckStorage: true, Fatal: true}
	for name, c := range map[string]struct {
		config Config
		limit  rate.Limit
		checks session.Preflight
	}{
		"the fake":                   {Config{}, rate.Inf, session.Preflight{}},
		"a command":                  {Config{Target: "exec:./service"}, rate.Inf, session.Preflight{}},
		"this machine":               {Config{Target: "http://127.0.0.1:8080"}, rate.Inf, session.Preflight{Enabled: true}},
		"localhost":                  {Config{Target: "https://localhost:8080"}, rate.Inf, session.Preflight{Enabled: true}},
		"another machine":            {Config{Target: "https://service.example"}, 1, all},
		"a lower rate":               {Config{Target: "https://service.example", Rate: 0.5}, 0.5, all},
		"no limit":                   {Config{Target: "https://service.example", Rate: math.Inf(1)}, rate.Limit(math.Inf(1)), all},
		"a rate for the fake":        {Config{Rate: 3}, 3, session.Preflight{}},
		"preflight on":               {Config{Target: "http://[::1]:8080", Preflight: "on"}, rate.Inf, all},
		"preflight off":              {Config{Target: "https://service.example", Preflight: "off"}, 1, session.Preflight{}},
		"preflight auto":             {Config{Target: "https://service.example", Preflight: "auto"}, 1, all},
		"preflight of a command off": {Config{Target: "exec:./service", Preflight: "off"}, rate.Inf, session.Preflight{}},
	} {
		c.config.TrainingKey = "k"
		s, err := c.config.settings()
		require.NoError(t, err, name)
		assert.Equal(t, []any{c.limit, c.checks}, []any{s.Network.Limit, s.Preflight}, name)
	}
}

func TestVariablesOfAnImage(t *testing.T) {
	t.Setenv("CVCONFORM_TEST_LICENCE", "s3cret=value")
	c := Config{
		Target:     "image:service:1",
		ImageEnv:   []string{"A=b=c", "CVCONFORM_TEST_LICENCE", "EMPTY="},
		ImagePorts: []int{80, 81},
	}
	s, err := c.settings()
	require.NoError(t, err)
	assert.Equal(t, []string{"A=b=c", "CVCONFORM_TEST_LICENCE=s3cret=value", "EMPTY="}, s.Target.Variables)
	assert.Equal(t, []string{"s3cret=value"}, s.Target.VariableSecrets)
	assert.Equal(t, []int{80, 81}, s.Target.Ports)
}
