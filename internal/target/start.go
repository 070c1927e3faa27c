package target

import "context"

// Start starts the service. It returns before the service is ready: see [Service.Await].
func Start(ctx context.Context, s Spec, env Environment) (*Service, error) {
	switch s.Kind {
	case Container:
		return startContainer(ctx, env)
	case Image:
		return startImage(ctx, s.Value, env)
	case Exec:
		return startExec(ctx, s.Value, env)
	case Endpoint:
		return &Service{Endpoint: s.Value, TrainingKey: env.TrainingKey,
			Stop: func(context.Context) error { return nil }, Log: func() string { return "" }}, nil
	case Function:
		return startFunction(ctx, env)
	case Replay:
		return startReplay(ctx, env)
	case Null:
		return startNull(ctx, env)
	}
	return startFake(ctx, env)
}
