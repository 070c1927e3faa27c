package storageaccount

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"

	"github.com/cvconform/cvconform/fakes/customvision"
	"github.com/cvconform/cvconform/fakes/customvision/defect"
)

// ServiceOptions say what a Custom Vision resource is like. All but Storage may
// be left out.
type ServiceOptions struct {
	// Name is the resource's. "" means "cvconformtest".
	Name string
	// Tier is the pricing tier. "" means S0.
	Tier Tier
	// Storage is what the service reaches, as a rule an [Account].
	Storage customvision.Storage
	// Training is how long a training takes. 0 means 12 minutes.
	Training time.Duration
	// Export is how long an export takes. 0 means 90 seconds.
	Export time.Duration
	// Latency is how long a call takes before it is looked at. 0 means no time.
	Latency time.Duration
	// FailTraining and FailExport begin the names of projects whose trainings or
	// exports fail. "" means none.
	FailTraining, FailExport string
	// Defects are misbehaviours that it has on purpose. nil means none.
	Defects []defect.Defect
}

// A Service is a Custom Vision training resource in the cloud: the fake, at a
// cloud's pace, behind the limits of its tier. It counts what it is asked for.
// Make it with [NewService], end it with [Service.Close].
type Service struct {
	options ServiceOptions
	fake    *customvision.Server
	naming  *http.ServeMux

	mu                 sync.Mutex
	gate               rateWindow
	existing, creating int // projects
	counts             Counts
}

// NewService makes a resource without projects.
func NewService(o ServiceOptions) *Service {
	o = o.withDefaults()
	s := &Service{options: o, naming: operationName(), counts: Counts{Calls: map[string]int{}}}
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

// serviceKey has the form of a real key.
const serviceKey = "c10dc10dc10dc10dc10dc10dc10dc10d"

// Host is where the service is.
func (s *Service) Host() string { return s.options.Name + ".cognitiveservices.azure.com" }

// Endpoint is its address as a target, where it was put on the network with Serve.
func (s *Service) Endpoint() string { return "http://" + s.Host() }

// Key is its training key.
func (s *Service) Key() string { return serviceKey }

// Serve puts the service on a network.
func (s *Service) Serve(n *Network) error { return n.Serve(s.Host(), s) }

// Close drops what has not completed yet.
func (s *Service) Close(ctx context.Context) error { return s.fake.Close(ctx) }

// ServeHTTP answers one call, or refuses it. The body is read in any case, as a
// gateway does: a caller who is refused has sent all that it had to. A call that
// has come is carried out, even where its caller is cut off meanwhile.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r, err := received(r)
	if err != nil {
		panic(http.ErrAbortHandler) // it has not come whole
	}
	_ = sleep(r.Context(), s.options.Latency)
	operation := s.operation(r)
	if operation == "" { // a download, from another host in truth
		s.fake.ServeHTTP(w, r)
		return
	}
	if refused := s.checkRate(operation); refused != nil {
		refused.write(w)
		return
	}
	if operation == "CreateProject" {
		s.create(w, r)
		return
	}
	s.forward(w, r, operation)
}

// create makes a project, if there is a place for it.
func (s *Service) create(w http.ResponseWriter, r *http.Request) {
	if refused := s.reserve(); refused != nil {
		refused.write(w)
		return
	}
	made := false
	defer func() {
		if !made {
			s.release()
		}
	}()
	made = s.forward(w, r, "CreateProject")
}

// forward has the fake answer, and counts what the answer says was done; it says
// whether anything was.
func (s *Service) forward(w http.ResponseWriter, r *http.Request, operation string) bool {
	answer := httptest.NewRecorder()
	s.fake.ServeHTTP(answer, r)
	if answer.Code < 300 {
		s.done(operation, answer.Body.Bytes())
	}
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
	return answer.Code < 300
}
