package target

import (
	"context"
	"errors"
	"fmt"

	"github.com/cvconform/cvconform/internal/evidence/replay"
)

// startReplay starts a server on loopback that responds like the recorded service.
func startReplay(ctx context.Context, env Environment) (*Service, error) {
	server, err := replay.New(replay.Options{Recording: env.Recording, TrainingKey: env.TrainingKey,
		ConnectionString: env.ConnectionString, Budgets: env.Budgets})
	if err != nil {
		return nil, fmt.Errorf("start the replay: %w", err)
	}
	service, err := listen(ctx, server)
	if err != nil {
		return nil, fmt.Errorf("start the replay: %w", err)
	}
	stopListening := service.Stop
	service.TrainingKey, service.Secrets, service.Notes = env.TrainingKey, server.Secrets(), server.Notes
	service.Stop = func(ctx context.Context) error { return errors.Join(stopListening(ctx), server.Close(ctx)) }
	return service, nil
}
