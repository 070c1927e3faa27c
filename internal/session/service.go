package session

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/redact"
	"github.com/cvconform/cvconform/internal/reading"
	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/internal/trainingapi"
	"github.com/cvconform/cvconform/internal/trainingapi/client"
	"github.com/cvconform/cvconform/steps/report"
)

// A Service is the service under test, ready for calls.
type Service struct {
	*target.Service
	Client  *client.Client
	Domains evidence.Exchange  // GetDomains
	Domain  trainingapi.Domain // of the projects; the zero value means the service's default
	// DetectionDomain is the domain of object-detection projects; zero if the service lists none.
	DetectionDomain trainingapi.Domain
	Alive           context.Context // ends after the service has ended by itself; nil if that cannot be observed
}

// StartService starts the service under test, waits until it is ready, and
// chooses the domain of the projects.
func StartService(
	ctx context.Context,
	s Settings,
	st *Storage,
	o *Observation,
	records *Records,
	notes *Notes,
	cleanups *Cleanups,
) (*Service, error) {
	env := environment(s, st, o, notes)
	if !notes.Redactor.AddSecret("training-key", env.TrainingKey) {
		notes.Warn("the training key is shorter than %d characters: it is not redacted in the evidence",
			redact.MinSecretLength)
	}
	started, err := target.Start(ctx, s.Target.Spec, env)
	if err != nil {
		return nil, startError(s, notes, err)
	}
	cleanups.Add(func(ctx context.Context) error { return stopService(ctx, started, records, notes) })
	registerSecrets(s.Target, started, notes)
	v := &Service{Service: started, Client: s.NewClient(started.Endpoint, started.TrainingKey, notes.Now)}
	if err := v.waitReady(ctx, s); err != nil {
		return nil, readinessError(s, started, notes, err)
	}
	v.Alive = watchLiveness(started, s, cleanups)
	notes.Progressf("target: %s at %s", s.Target, started.Endpoint)
	v.Domains = notes.Redactor.Exchange(v.Client.GetDomains(ctx))
	records.recordOutside(v.Domains)
	v.Domain, v.DetectionDomain = chooseDomains(v.Domains, notes)
	return v, nil
}

// environment returns the environment that the service is started with.
func environment(s Settings, st *Storage, o *Observation, notes *Notes) target.Environment {
	key := s.Target.TrainingKey
	if key == "" {
		key = strings.ReplaceAll(uuid.NewString(), "-", "") // 32 hexadecimal digits, like real keys
	}
	env := target.Environment{
		TrainingKey:      key,
		RunID:            notes.RunID,
		ConnectionString: serviceConnectionString(st, o),
		Progress:         func(line string) { notes.Progressf("%s", line) },
		Start:            s.Target.Start,
		FakeSettings: target.FakeSettings{
			Provoke: s.Target.provokePrefixes(), Defects: s.Target.Defects, Roots: st.roots,
		},
		ImageSettings:  target.ImageSettings{Variables: s.Target.Variables, Ports: s.Target.Ports},
		ReplaySettings: target.ReplaySettings{Recording: s.Target.Recording, Budgets: s.Criteria.Budgets},
	}
	if s.Target.FollowReadings {
		env.Readings = s.Criteria.Readings
	}
	if st.Network != nil {
		env.Network = st.Network.Name
	}
	return env
}

// waitReady waits until the service is ready.
func (v *Service) waitReady(ctx context.Context, s Settings) error {
	o := target.ReadyOptions{
		HTTP:    v.Client.HTTP,
		Version: s.Criteria.Readings[reading.APIVersion],
		Limit:   s.Criteria.Budgets[budget.Ready],
	}
	if v.Client.Rate != nil {
		o.BeforeProbe = v.Client.Rate.Wait
	}
	return v.Await(ctx, o)
}

// chooseDomains returns the domains of the projects and of the object-detection
// projects. If the service offers no classification domain that can be exported,
// the first one is the zero Domain, and there is a warning.
func chooseDomains(response evidence.Exchange, notes *Notes) (domain, detection trainingapi.Domain) {
	var domains []trainingapi.Domain
	if err := trainingapi.Decode(response, &domains); err != nil {
		notes.Warn("the domains are not known: %v", err)
		return domain, detection
	}
	domain, ok := trainingapi.ChooseDomain(domains)
	if !ok {
		notes.Warn("the service offers no exportable classification domain; its default is used")
	}
	detection, _ = trainingapi.ChooseDetectionDomain(domains)
	return domain, detection
}

// registerSecrets registers the placeholder secrets that a replayed service sends,
// so that they are redacted like real ones.
func registerSecrets(t Target, started *target.Service, notes *Notes) {
	if t.Recording != nil {
		run := t.Recording.Run
		notes.Progressf("recording: of the %s at %s, run %s of %s",
			run.Target.Kind, run.Target.Endpoint, run.ID, run.Started.Format(time.DateOnly))
	}
	for _, kind := range slices.Sorted(maps.Keys(started.Secrets)) {
		for _, value := range started.Secrets[kind] {
			notes.Redactor.AddSecret(kind, value)
		}
	}
}

// stopService stops the service and records its output.
func stopService(ctx context.Context, started *target.Service, records *Records, notes *Notes) error {
	err := started.Stop(ctx)
	if started.Output != nil {
		records.writeOutput(func() string { return notes.RedactOutput(started.Output()) })
	}
	return err
}

// describe returns the service as reports show it.
func (v *Service) describe(s Settings) report.Target {
	return report.Target{
		Kind:                   string(s.Target.Kind),
		Endpoint:               v.Endpoint,
		SeenEndpoint:           v.SeenEndpoint,
		APIVersion:             s.Criteria.Readings[reading.APIVersion],
		Domain:                 v.Domain.Name,
		CertificateNotVerified: s.Network.InsecureSkipVerify,
	}
}
