package customvision

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/cvconform/cvconform/fakes/customvision/azurestorage"
	"github.com/cvconform/cvconform/fakes/customvision/defect"
	"github.com/cvconform/cvconform/fakes/customvision/fault"
	"github.com/cvconform/cvconform/fakes/customvision/journal"
	"github.com/cvconform/cvconform/fakes/customvision/outbound"
)

// storageTimeout bounds one call to a queue or container, retries included.
const storageTimeout = 30 * time.Second

// Options configures a [Server]. The zero value is ready to use.
type Options struct {
	// TrainingKey is the key that callers send in the Training-Key header.
	// "" means one made at random; see [Server.TrainingKey].
	TrainingKey string
	// Storage reaches the queues and containers of projects; see
	// [azurestorage.New]. nil means Azure Storage on this machine, without an
	// account's key: only URIs that carry a SAS can be used. One that does not
	// send its requests through package outbound is out of reach of faults and
	// the journal.
	Storage Storage
	// ImageHosts are the hosts from which images are fetched that are given by
	// their URL; this machine is always among them. nil means no other.
	ImageHosts outbound.Hosts
	// TrainingDuration is the time from TrainProject to completion.
	// 0 means DefaultTrainingDuration.
	TrainingDuration time.Duration
	// ExportDuration is the time from ExportIteration to completion.
	// 0 means DefaultExportDuration.
	ExportDuration time.Duration
	// ImportDuration is the time from ImportProject to completion.
	// 0 means DefaultImportDuration.
	ImportDuration time.Duration
	// FailTraining lists prefixes of project names whose trainings fail.
	// nil means that none does.
	FailTraining []string
	// FailExport lists prefixes of project names whose exports fail.
	// nil means that none does.
	FailExport []string
	// Defects are misbehaviours that the server has on purpose; see
	// [defect.Choose]. nil means none.
	Defects []defect.Defect
	// Clock is the server's time. nil means the wall clock.
	Clock Clock
	// Logger gets what no caller is told, such as a message that could not be
	// sent. nil means that it is discarded.
	Logger *slog.Logger
}

// Server is a fake Custom Vision training resource. It is an [http.Handler],
// safe for use by several goroutines. Make it with [New], end it with
// [Server.Close].
type Server struct {
	options   Options
	handler   http.Handler
	links     links
	clock     *adjustableClock
	scheduler *scheduler
	defects   *defect.Applied
	faults    fault.Set
	journal   *journal.Journal
	fetch     fetcher
	scaling   sync.Mutex // held while a picture is scaled

	mu        sync.Mutex
	projects  projectStore
	seeded    []*project // what a reset comes back to
	durations workDurations
}

// New returns a server without projects.
func New(options Options) *Server {
	s := &Server{options: options.withDefaults(), links: newLinks(), projects: newStore()}
	s.clock = newMovable(s.options.Clock)
	s.scheduler = newScheduler(s.clock)
	s.journal = journal.New(s.options.TrainingKey)
	s.durations = s.options.workDurations()
	s.fetch = fetchOver(outbound.NewClient(s.options.ImageHosts))
	s.handler = s.withDefects(s.routes())
	return s
}

func (o Options) withDefaults() Options {
	if o.TrainingKey == "" {
		o.TrainingKey = randomKey()
	}
	if o.Storage == nil {
		o.Storage = mustStorage(azurestorage.Options{})
	}
	if o.Clock == nil {
		o.Clock = wallClock{}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// mustStorage is for options that cannot be wrong.
func mustStorage(o azurestorage.Options) *azurestorage.Storage {
	storage, err := azurestorage.New(o)
	if err != nil {
		panic("customvision: " + err.Error())
	}
	return storage
}

// randomKey has the form of a real key: 32 hexadecimal digits.
func randomKey() string {
	key := make([]byte, 16)
	rand.Read(key) //nolint:errcheck // never fails, by its documentation
	return hex.EncodeToString(key)
}

// TrainingKey returns the key that callers have to send in Training-Key.
func (s *Server) TrainingKey() string { return s.options.TrainingKey }

// Close drops what has not completed yet and waits until completions that are
// running have ended. When ctx ends first they are cancelled, and its error is
// returned. The server still answers afterwards, but completes nothing more: its
// control plane says that it is stopping.
func (s *Server) Close(ctx context.Context) error {
	s.defects.Close()
	return s.scheduler.close(ctx)
}

// now is the current time as the service records it: UTC, in milliseconds.
func (s *Server) now() time.Time {
	return s.clock.Now().UTC().Truncate(time.Millisecond)
}

// inProject calls f under the lock with the project that the path names.
func (s *Server) inProject(r *request, f func(*project) (any, error)) (any, error) {
	id, err := r.id("project")
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.projects.byID[id]
	if p == nil {
		return nil, errProjectNotFound(id)
	}
	if p.importing != nil && r.Method != http.MethodGet && r.Pattern != "DELETE "+projectPath {
		return nil, errImporting(id)
	}
	return f(p)
}

func hasAnyPrefix(name string, prefixes []string) bool {
	for _, prefix := range prefixes {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
