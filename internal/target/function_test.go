package target

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFunctionErrors(t *testing.T) {
	stopped := 0
	for name, c := range map[string]struct {
		start   StartFunc
		want    string
		stopped int
	}{
		"error": {func(context.Context, Environment) (string, func(), error) { return "", nil, errors.New("no port") },
			"start the service: no port", 0},
		"no endpoint": {func(context.Context, Environment) (string, func(), error) { return "", func() { stopped++ }, nil },
			"the function that starts the service returned no endpoint", 1},
		"path": {func(context.Context, Environment) (string, func(), error) { return "http://localhost:1/api", nil, nil },
			"give scheme, host and port only", 0},
		"nil handler": {func(ctx context.Context, _ Environment) (string, func(), error) { return ServeHandler(ctx, nil) },
			"start the service: the handler is nil", 0},
	} {
		stopped = 0
		_, err := Start(t.Context(), Spec{Kind: Function}, Environment{Start: c.start})
		require.ErrorContains(t, err, c.want, name)
		assert.Equal(t, c.stopped, stopped, name)
	}
}

func TestFunctionIsStoppedOnce(t *testing.T) {
	stopped := 0
	s, err := Start(t.Context(), Spec{Kind: Function}, Environment{
		TrainingKey: "key",
		Start: func(_ context.Context, e Environment) (string, func(), error) {
			assert.Equal(t, "key", e.TrainingKey)
			return "http://127.0.0.1:1/", func() { stopped++ }, nil
		},
	})
	require.NoError(t, err)
	assert.Equal(t, []string{"http://127.0.0.1:1", "key"}, []string{s.Endpoint, s.TrainingKey})
	require.NoError(t, s.Stop(t.Context()))
	require.NoError(t, s.Stop(t.Context()))
	assert.Equal(t, 1, stopped)
}
