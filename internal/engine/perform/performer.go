package perform

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/redact"
	"github.com/cvconform/cvconform/internal/observe"
	"github.com/cvconform/cvconform/internal/reading"
	"github.com/cvconform/cvconform/internal/storage"
	"github.com/cvconform/cvconform/internal/trainingapi"
	"github.com/cvconform/cvconform/internal/trainingapi/client"
)

// A Performer performs the act trees of one run. All fields but ServiceContext and Hooks are required.
type Performer struct {
	RunID        string // part of the name of everything that is created
	Client       *client.Client
	LinkClient   *http.Client // follows the links that the service gives out
	Account      *storage.Account
	Observer     observe.Observer
	Budgets      budget.Set
	Readings     reading.Set
	PollInterval time.Duration // between two requests for a status
	Now          func() time.Time
	Redact       *redact.Redactor

	// ServiceContext ends when the service has ended and all storage operations that it had started are recorded. nil
	// means that the end of the service is not detected.
	ServiceContext context.Context

	// Shared is the state that all act trees of the run share; nil means none.
	Shared *Shared

	ProjectSettings
	Hooks
}

// ProjectSettings are the settings of the projects that are created.
type ProjectSettings struct {
	Domain          trainingapi.Domain           // the zero Domain leaves the choice to the service
	DetectionDomain trainingapi.Domain           // an object-detection domain; zero if the service lists none
	BodyForm        bool                         // create-form reading: URIs in the JSON body
	FailurePrefixes map[situation.Failure]string // name prefixes that make trainings or exports fail
}

// Hooks are functions that Perform calls; nil ones are not called. All but Subscribe may be called concurrently.
type Hooks struct {
	// OnUnconfirmedProject is called with the name of every project that may still exist after Perform, because the
	// service did not confirm its creation or its deletion.
	OnUnconfirmedProject func(name string)
	// Subscribe returns the function that receives every event of an act tree as it is recorded.
	Subscribe func(number int) func(evidence.Event)
	// StoreContent receives the content of every blob and download. The content is deleted when the function returns.
	StoreContent func(sum string, length int64, content io.ReaderAt)
	// OnOutsideCall is called with every exchange that belongs to no act.
	OnOutsideCall func(evidence.Exchange)
}

func (p *Performer) newTimeline(number int) *evidence.Timeline {
	timeline := evidence.NewTimeline(p.Now, p.Redact)
	if p.Subscribe != nil {
		timeline.Subscribe(p.Subscribe(number))
	}
	return timeline
}

// whileAlive returns a context that ends with ctx or when the service has ended.
func (p *Performer) whileAlive(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	if p.ServiceContext == nil {
		return ctx, cancel
	}
	stop := context.AfterFunc(p.ServiceContext, cancel)
	return ctx, func() {
		stop()
		cancel()
	}
}

// serviceEnded reports whether the service has ended.
func (p *Performer) serviceEnded() bool {
	return p.ServiceContext != nil && p.ServiceContext.Err() != nil
}
