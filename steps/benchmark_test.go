package steps

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/azurite"

	"github.com/cvconform/cvconform/steps/report"
)

// BenchmarkRun measures a default run over the fake, with storage that is already running.
func BenchmarkRun(b *testing.B) {
	storage, err := azurite.Start(b.Context(), azurite.Options{})
	require.NoError(b, err)
	defer func() { require.NoError(b, storage.Stop(context.WithoutCancel(b.Context()))) }()
	for b.Loop() {
		r, err := Run(b.Context(), Config{Storage: "external", ConnectionString: storage.ConnectionString()})
		require.NoError(b, err)
		require.Equal(b, report.Conformant, r.Verdict)
	}
}
