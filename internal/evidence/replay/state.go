package replay

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/cvconform/cvconform/fakes/customvision/azurestorage"
	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/recording"
	"github.com/cvconform/cvconform/internal/storage"
)

// minStatusTime is the time for which a status is shown if it is not read.
const minStatusTime = 500 * time.Millisecond

// Options are the options of a server.
type Options struct {
	Recording   *recording.Recording
	TrainingKey string // the valid key
	// ConnectionString is that of the account with the queues and containers of the callers.
	ConnectionString string
	// Budgets are those of the callers. An operation that exceeded a budget of the recorded run exceeds
	// the same budget here. nil means the budgets of the recorded run.
	Budgets budget.Set
}

// state holds the projects of the callers, and plays recorded transitions on them and their storage.
type state struct {
	options  Options
	tree     *recording.Histories
	store    *azurestorage.Storage
	account  *storage.Account
	contents map[string]bool // digests of the contents that the recorded run had
	work     *background
	notes    notes

	mu       sync.Mutex
	projects []*project
	lists    []*project // created or changed since the last list of projects
	links    []link
	changed  chan struct{} // closed and replaced when a project gets new parameters
}

// newState returns the state without projects. It returns an error if the connection string is not valid.
func newState(o Options) (*state, error) {
	store, err := azurestorage.New(azurestorage.Options{ConnectionString: o.ConnectionString})
	if err != nil {
		return nil, err
	}
	account, err := storage.Open(o.ConnectionString, storage.Options{})
	if err != nil {
		return nil, err
	}
	return &state{
		options:  o,
		tree:     o.Recording.Histories(),
		contents: o.Recording.StoredDigests(),
		store:    store,
		account:  account,
		work:     newBackground(),
		changed:  make(chan struct{}),
	}, nil
}

// A link is a link that the recorded service returned, with the recorded download.
type link struct {
	transition *recording.Transition
	evidence.Download
	base string // the URL, without the query
}

// linkPath begins the paths of the links that stand for links into the recorded service's own storage.
const linkPath = "/replayed/"

// find returns the project with that id; nil if there is none, or it was deleted.
func (s *state) find(id string) *project {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.projects {
		if p.id != "" && strings.EqualFold(p.id, id) && !p.deleted {
			return p
		}
	}
	return nil
}

// findTransition returns the recorded transition for a call on the project; nil if there is none.
func (s *state) findTransition(p *project, key string) *recording.Transition {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tree.Find(p.node(), key, recording.Preference{
		Project: p.history,
		Suffix:  recording.NameSuffix(p.main[0].params.Name),
	})
}

// uriClass returns the class of a URI: the response to a call depends on whether the queue or container
// exists, and accepts requests.
func (s *state) uriClass(ctx context.Context, service evidence.Service, uri string) string {
	if uri == "" {
		return recording.NoURI
	}
	endpoint, status := s.account.BlobEndpoint(), s.account.ContainerStatus
	if service == evidence.Queue {
		endpoint, status = s.account.QueueEndpoint(), s.account.QueueStatus
	}
	name, within := strings.CutPrefix(strings.TrimSuffix(uri, "/"), strings.TrimSuffix(endpoint.String(), "/")+"/")
	if !within || strings.Contains(name, "/") {
		return uri
	}
	switch code, err := status(ctx, name); {
	case err != nil || code == http.StatusOK:
		return recording.Usable
	case code == http.StatusNotFound:
		return recording.Missing
	}
	return recording.Forbidden
}

// recordedList returns a recorded list of projects: of a project created or changed since the last list, or
// else of the newest project, or else any.
func (s *state) recordedList() (x evidence.Exchange, of *project, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	candidates := s.lists
	if len(candidates) == 0 && len(s.projects) > 0 {
		candidates = s.projects[len(s.projects)-1:]
	} else if len(candidates) > 0 {
		s.lists = candidates[1:]
	}
	for _, p := range candidates {
		if x, _, ok := p.listing(); ok {
			return x, p, true
		}
	}
	for _, h := range s.tree.Projects {
		for _, transition := range h.Transitions() {
			for _, x := range transition.Reads {
				if x.Call == "GetProjects" {
					return x, nil, true
				}
			}
		}
	}
	return x, nil, false
}

// A call is one request, with the host to which it was sent.
type call struct {
	recording.Call
	host string
	line string // method and path
}
