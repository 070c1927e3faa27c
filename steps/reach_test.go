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
	all := care{look: true, probe: true, fatal: true}
	for name, c := range map[string]struct {
		config Config
		limit  rate.Limit
		care   care
	}{
		"the fake":             {Config{}, rate.Inf, care{}},
		"a command":            {Config{Target: "exec:./service"}, rate.Inf, care{}},
		"this machine":         {Config{Target: "http://127.0.0.1:8080"}, rate.Inf, care{look: true}},
		"by its name":          {Config{Target: "https://localhost:8080"}, rate.Inf, care{look: true}},
		"elsewhere":            {Config{Target: "https://service.example"}, 1, all},
		"slower":               {Config{Target: "https://service.example", Rate: 0.5}, 0.5, all},
		"no limit":             {Config{Target: "https://service.example", Rate: math.Inf(1)}, rate.Limit(math.Inf(1)), all},
		"a limit here":         {Config{Rate: 3}, 3, care{}},
		"looked at here":       {Config{Target: "http://[::1]:8080", Preflight: "on"}, rate.Inf, all},
		"not looked at":        {Config{Target: "https://service.example", Preflight: "off"}, 1, care{}},
		"as it is anyway":      {Config{Target: "https://service.example", Preflight: "auto"}, 1, all},
		"not looked at either": {Config{Target: "exec:./service", Preflight: "off"}, rate.Inf, care{}},
	} {
		c.config.TrainingKey = "k"
		s, err := c.config.settle()
		require.NoError(t, err, name)
		assert.Equal(t, []any{c.limit, c.care}, []any{s.reach.limit, s.care}, name)
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
	c := Config{Target: "image:service:1", ImageEnv: []string{"A=b=c", "CVCONFORM_TEST_LICENCE", "EMPTY="}, ImagePorts: []int{80, 81}}
	s, err := c.settle()
	require.NoError(t, err)
	assert.Equal(t, []string{"A=b=c", "CVCONFORM_TEST_LICENCE=s3cret=value", "EMPTY="}, s.reach.variables)
	assert.Equal(t, []string{"s3cret=value"}, s.secrets())
	assert.Equal(t, "cvconform run --storage auto --target image:service:1 --image-env A=b=c --image-env CVCONFORM_TEST_LICENCE --image-env EMPTY= "+
		"--image-port 80 --image-port 81", s.again())
	h := newHouse(s, nil)
	assert.Equal(t, "it has ⟦image-env:1⟧ and b=c", h.spoken("it has s3cret=value and b=c"))
}

func TestTheReachIsInTheCommandToRunAgain(t *testing.T) {
	s, err := Config{Target: "https://service.example", TrainingKey: "k", InsecureSkipVerify: true, Rate: math.Inf(1), Preflight: "off"}.settle()
	require.NoError(t, err)
	assert.Equal(t, "cvconform run --storage auto --target https://service.example --rate inf --preflight off --insecure-skip-verify", s.again())
}
