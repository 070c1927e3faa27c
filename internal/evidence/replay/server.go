package replay

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/cvconform/cvconform/fakes/customvision/azurestorage"
	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/evidence/recording"
	"github.com/cvconform/cvconform/internal/storage"
)

// bodyLimit is how much of a request is read, in bytes: more than any call of the
// Training API sends.
const bodyLimit = 256 << 20

// Options says what to replay, and for whom.
type Options struct {
	Recording   *recording.Recording
	TrainingKey string // the right one
	// ConnectionString names the account in which the callers' URIs lie.
	ConnectionString string
	// Budgets are those of whoever looks on: what came too late by the recorded run's
	// comes too late by these. nil means the recorded run's own.
	Budgets budget.Set
}

// A Server is a recorded service. Make it with [New]; it is safe for concurrent use.
type Server struct {
	options  Options
	tree     *recording.Histories
	store    *azurestorage.Storage
	account  *storage.Account
	contents map[string]bool // digests of contents that the recording was given
	base     context.Context // ends when the server is closed
	end      context.CancelFunc
	playing  sync.WaitGroup

	mu       sync.Mutex
	projects []*project
	lists    []*project // whose list of projects nobody has asked for yet
	links    []link
	notes    []string
	changed  chan struct{} // closed, and replaced, whenever a project is told something
}

// New returns a server. The error says what the connection string lacks.
func New(o Options) (*Server, error) {
	store, err := azurestorage.New(azurestorage.Options{ConnectionString: o.ConnectionString})
	if err != nil {
		return nil, err
	}
	account, err := storage.Open(o.ConnectionString, storage.Options{})
	if err != nil {
		return nil, err
	}
	s := &Server{
		options:  o,
		tree:     o.Recording.Histories(),
		contents: o.Recording.StoredDigests(),
		store:    store,
		account:  account,
		changed:  make(chan struct{}),
	}
	s.base, s.end = context.WithCancel(context.Background())
	return s, nil
}

// Close ends what is still being played, and waits for it.
func (s *Server) Close(ctx context.Context) error {
	s.mu.Lock()
	s.end()
	s.mu.Unlock()
	over := make(chan struct{})
	go func() {
		defer close(over)
		s.playing.Wait()
	}()
	select {
	case <-over:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// plays has f done beside the calls, unless the server was closed. Close waits for it;
// the lock keeps a late call from beginning something while Close already waits.
func (s *Server) plays(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.base.Err() == nil {
		s.playing.Go(f)
	}
}

// Notes lists what could not be replayed as it was recorded, in words.
func (s *Server) Notes() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.notes)
}

// note notes something once.
func (s *Server) note(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Contains(s.notes, line) {
		s.notes = append(s.notes, line)
	}
}

// ServeHTTP answers a call, or gives what a link leads to.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, linkPath) {
		s.follow(w, r)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
	if err != nil {
		write(w, r, notRecordedReply("the request cannot be read: %v", err))
		return
	}
	c := &call{
		Call: recording.ParseCall(r.Method, r.URL, string(body), s.key(r)),
		host: r.Host,
		line: r.Method + " " + r.URL.Path,
	}
	answer, then := s.answer(r.Context(), c)
	write(w, r, answer)
	if then != nil {
		then()
	}
}

// A call is one call, and the host that it was sent to.
type call struct {
	recording.Call
	host string
	line string // method and path
}

// key says which training key was sent.
func (s *Server) key(r *http.Request) string {
	switch r.Header.Get("Training-Key") {
	case "":
		return "none"
	case s.options.TrainingKey:
		return "right"
	}
	return "wrong"
}

// answer is what is answered to a call, and what happens once it is.
func (s *Server) answer(ctx context.Context, c *call) (reply, func()) {
	switch {
	case c.Name == "":
		return notRecordedReply("%s is no call of the recorded run", c.line), nil
	case !slices.Contains(s.tree.Versions(), c.Version):
		return notRecordedReply("API version %s, there is %s", c.Version, strings.Join(s.tree.Versions(), ", ")), nil
	case c.Name == "CreateProject":
		return s.create(ctx, c)
	case c.Key != "right":
		return notRecordedReply("%s with the key: %s", c.Name, c.Key), nil
	case c.Name == "GetDomains":
		return s.outside(c), nil
	case c.Name == "GetProjects":
		return s.list(c), nil
	}
	p := s.find(c.Project)
	if p == nil {
		return notRecordedReply("%s of a project that was not made here: %s", c.Name, c.Project), nil
	}
	return s.about(ctx, p, c)
}

// about answers a call about one project.
func (s *Server) about(ctx context.Context, p *project, c *call) (reply, func()) {
	switch c.Name {
	case "UpdateProject":
		return s.update(ctx, p, c)
	case "TrainProject":
		return s.train(ctx, p, c)
	case "ExportIteration":
		return s.export(ctx, p, c)
	case "CreateTag", "CreateImagesFromFiles", "CreateImagesFromData":
		return s.upload(p, c), nil
	case "GetIteration":
		return s.iteration(p, c), nil
	case "GetExports":
		return s.exports(p, c), nil
	case "DeleteProject":
		return s.remove(p, c), nil
	}
	return s.serveRead(p, c), nil
}

// find is the project of that id; nil where there is none, or none any longer.
func (s *Server) find(id string) *project {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.projects {
		if p.id != "" && strings.EqualFold(p.id, id) && !p.gone {
			return p
		}
	}
	return nil
}

// outside answers a call that belongs to no project.
func (s *Server) outside(c *call) reply {
	for _, x := range s.tree.Outside {
		if x.Call == c.Name {
			m := &recording.Mapping{}
			s.addresses(m, c.host)
			return s.recorded(x, m)
		}
	}
	return notRecordedReply("%s", c.Name)
}
