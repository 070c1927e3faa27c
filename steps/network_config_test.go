package steps

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/time/rate"
)

// A service elsewhere is called politely, and looked at before it is judged.
func TestHowAServiceIsReached(t *testing.T) {
	all := preflightMode{enabled: true, checkStorage: true, fatal: true}
	for name, c := range map[string]struct {
		config Config
		limit  rate.Limit
		care   preflightMode
	}{
		"the fake":             {Config{}, rate.Inf, preflightMode{}},
		"a command":            {Config{Target: "exec:./service"}, rate.Inf, preflightMode{}},
		"this machine":         {Config{Target: "http://127.0.0.1:8080"}, rate.Inf, preflightMode{enabled: true}},
		"by its name":          {Config{Target: "https://localhost:8080"}, rate.Inf, preflightMode{enabled: true}},
		"elsewhere":            {Config{Target: "https://service.example"}, 1, all},
		"slower":               {Config{Target: "https://service.example", Rate: 0.5}, 0.5, all},
		"no limit":             {Config{Target: "https://service.example", Rate: math.Inf(1)}, rate.Limit(math.Inf(1)), all},
		"a limit here":         {Config{Rate: 3}, 3, preflightMode{}},
		"looked at here":       {Config{Target: "http://[::1]:8080", Preflight: "on"}, rate.Inf, all},
		"not looked at":        {Config{Target: "https://service.example", Preflight: "off"}, 1, preflightMode{}},
		"as it is anyway":      {Config{Target: "https://service.example", Preflight: "auto"}, 1, all},
		"not looked at either": {Config{Target: "exec:./service", Preflight: "off"}, rate.Inf, preflightMode{}},
	} {
		c.config.TrainingKey = "k"
		s, err := c.config.settings()
		require.NoError(t, err, name)
		assert.Equal(t, []any{c.limit, c.care}, []any{s.reach.limit, s.preflight}, name)
		limiter := s.reach.limiter()
		if math.IsInf(float64(c.limit), 1) || c.limit == rate.Inf {
			assert.Nil(t, limiter, name)
		} else {
			assert.Equal(t, []any{c.limit, 1}, []any{limiter.Limit(), limiter.Burst()}, name)
		}
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
	assert.Equal(t, []string{"A=b=c", "CVCONFORM_TEST_LICENCE=s3cret=value", "EMPTY="}, s.reach.variables)
	assert.Equal(t, []string{"s3cret=value"}, s.imageSecrets())
	h := New(s, nil)
	assert.Equal(t, "it has ⟦image-env:1⟧ and b=c", h.redactOutput("it has s3cret=value and b=c"))
}
