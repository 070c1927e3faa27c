package cloud

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"

	"github.com/cvconform/cvconform/fakes/customvision"
	"github.com/cvconform/cvconform/fakes/customvision/defect"
)

// ServiceOptions configure a [Service]. Only Storage is required.
type ServiceOptions struct {
	// Name is the name of the Azure resource. Empty means "cvconformtest".
	Name string
	// Tier is the pricing tier. Empty means S0.
	Tier Tier
	// Storage is the storage that the service writes to, usually a storageaccount.Account.
	Storage customvision.Storage
	// Training is the duration of a training. 0 means 12 minutes.
	Training time.Duration
	// Export is the duration of an export. 0 means 90 seconds.
	Export time.Duration
	// Latency is the delay before a request is processed. 0 means none.
	Latency time.Duration
	// FailTraining and FailExport are prefixes of project names whose trainings or exports fail. Empty means none.
	FailTraining, FailExport string
	// Defects are the defects of the service. Nil means none.
	Defects []defect.Defect
}

// Service is a Custom Vision training resource in the cloud: the fake with the pace of the real service, behind the
// limits of its tier. It counts its requests. Create it with [NewService] and close it with [Service.Close].
type Service struct {
	options ServiceOptions
	fake    *customvision.Server

	mu       sync.Mutex
	rate     rateWindow
	existing int // projects
	creating int // projects whose creation is in progress
	counts   Counts
}

// NewService returns a service without projects.
func NewService(o ServiceOptions) *Service {
	o = o.withDefaults()
	s := &Service{options: o, counts: Counts{Calls: map[string]int{}}}
	fake := customvision.Options{
		TrainingKey:      serviceKey,
		Storage:          o.Storage,
		TrainingDuration: o.Training,
		ExportDuration:   o.Export,
		Defects:          o.Defects,
	}
	if o.FailTraining != "" {
		fake.FailTraining = []string{o.FailTraining}
	}
	if o.FailExport != "" {
		fake.FailExport = []string{o.FailExport}
	}
	s.fake = customvision.New(fake)
	return s
}

func (o ServiceOptions) withDefaults() ServiceOptions {
	if o.Name == "" {
		o.Name = "cvconformtest"
	}
	if o.Tier == "" {
		o.Tier = S0
	}
	if o.Training == 0 {
		o.Training = 12 * time.Minute
	}
	if o.Export == 0 {
		o.Export = 90 * time.Second
	}
	return o
}

// serviceKey has the format of a real key.
const serviceKey = "c10dc10dc10dc10dc10dc10dc10dc10d"

// Host returns the host name of the service. Serve the service at it.
func (s *Service) Host() string { return s.options.Name + ".cognitiveservices.azure.com" }

// Endpoint returns the URL of the service on a network without TLS.
func (s *Service) Endpoint() string { return "http://" + s.Host() }

// Key returns the training key.
func (s *Service) Key() string { return serviceKey }

// Close cancels trainings and exports in progress.
func (s *Service) Close(ctx context.Context) error { return s.fake.Close(ctx) }

// ServeHTTP implements http.Handler. Like Azure's API gateway it reads the whole body even of a request that it
// refuses. A request that was received is processed even if its connection breaks.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r, err := readRequest(r)
	if err != nil {
		panic(http.ErrAbortHandler) // the request is incomplete
	}
	s.delay()
	operation := operationName(r)
	if operation == "" { // a download, which the real service serves from another host without limits
		s.fake.ServeHTTP(w, r)
		return
	}
	if refused := s.checkRate(operation); refused != nil {
		refused.write(w)
		return
	}
	if operation == "CreateProject" {
		s.createProject(w, r)
		return
	}
	s.forward(w, r, operation)
}

// delay waits for the latency of the service.
func (s *Service) delay() {
	if s.options.Latency > 0 {
		<-time.NewTimer(s.options.Latency).C
	}
}

// createProject forwards the request if the quota allows another project.
func (s *Service) createProject(w http.ResponseWriter, r *http.Request) {
	if refused := s.reserveProject(); refused != nil {
		refused.write(w)
		return
	}
	created := false
	defer func() {
		if !created {
			s.releaseProject()
		}
	}()
	created = s.forward(w, r, "CreateProject")
}

// forward passes the request to the fake. It counts the request and returns true if the fake responds with success.
func (s *Service) forward(w http.ResponseWriter, r *http.Request, operation string) bool {
	response := httptest.NewRecorder()
	s.fake.ServeHTTP(response, r)
	if response.Code < 300 {
		s.countSuccess(operation, response.Body.Bytes())
	}
	for name, values := range response.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(response.Code)
	_, _ = w.Write(response.Body.Bytes())
	return response.Code < 300
}
