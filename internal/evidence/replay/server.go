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

// bodyLimit is the size of the largest request body, in bytes. No call of the Training API has one as large.
const bodyLimit = 256 << 20

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

// A Server is a recorded service. Make it with [New]; it is safe for concurrent use.
type Server struct {
	options  Options
	tree     *recording.Histories
	store    *azurestorage.Storage
	account  *storage.Account
	contents map[string]bool // digests of the contents that the recorded run had
	base     context.Context // canceled by Close
	cancel   context.CancelFunc
	playing  sync.WaitGroup

	mu       sync.Mutex
	projects []*project
	lists    []*project // created or changed since the last list of projects
	links    []link
	notes    []string
	changed  chan struct{} // closed and replaced when a project gets new parameters
}

// New returns a server. It returns an error if the connection string is not valid.
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
	s.base, s.cancel = context.WithCancel(context.Background())
	return s, nil
}

// Close stops the playback and waits for its end. It returns the cause of ctx if ctx ends before.
func (s *Server) Close(ctx context.Context) error {
	s.mu.Lock()
	s.cancel()
	s.mu.Unlock()
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.playing.Wait()
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// runInBackground runs f in a goroutine for which Close waits, unless the server was closed. The lock
// prevents that f starts while Close waits.
func (s *Server) runInBackground(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.base.Err() == nil {
		s.playing.Go(f)
	}
}

// Notes returns a sentence for each recorded behaviour that could not be reproduced.
func (s *Server) Notes() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.notes)
}

// addNote adds a note, once.
func (s *Server) addNote(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.Contains(s.notes, line) {
		s.notes = append(s.notes, line)
	}
}

// ServeHTTP responds to a call, or to the request of a link.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, linkPath) {
		s.serveLink(w, r)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
	if err != nil {
		write(w, r, notRecordedReply("the request cannot be read: %v", err))
		return
	}
	c := &call{
		Call: recording.ParseCall(r.Method, r.URL, string(body), s.keyKind(r)),
		host: r.Host,
		line: r.Method + " " + r.URL.Path,
	}
	response, after := s.respond(r.Context(), c)
	write(w, r, response)
	if after != nil {
		after()
	}
}

// A call is one request, with the host to which it was sent.
type call struct {
	recording.Call
	host string
	line string // method and path
}

// keyKind returns the kind of the training key of a request.
func (s *Server) keyKind(r *http.Request) string {
	switch r.Header.Get("Training-Key") {
	case "":
		return "none"
	case s.options.TrainingKey:
		return "right"
	}
	return "wrong"
}

// respond returns the response to a call, and a function to be called after it was sent; nil means none.
func (s *Server) respond(ctx context.Context, c *call) (reply, func()) {
	switch {
	case c.Name == "":
		return notRecordedReply("%s is not a call of the recorded run", c.line), nil
	case !slices.Contains(s.tree.Versions(), c.Version):
		return notRecordedReply("API version %s (recorded: %s)", c.Version, strings.Join(s.tree.Versions(), ", ")), nil
	case c.Name == "CreateProject":
		return s.create(ctx, c)
	case c.Key != "right":
		return notRecordedReply("%s with a key that is %s", c.Name, c.Key), nil
	case c.Name == "GetDomains":
		return s.respondOutside(c), nil
	case c.Name == "GetProjects":
		return s.list(c), nil
	}
	p := s.find(c.Project)
	if p == nil {
		return notRecordedReply("%s of a project that was not created here: %s", c.Name, c.Project), nil
	}
	return s.respondFor(ctx, p, c)
}

// respondFor is respond for a call on one project.
func (s *Server) respondFor(ctx context.Context, p *project, c *call) (reply, func()) {
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
		return s.deleteProject(p, c), nil
	}
	return s.serveRead(p, c), nil
}

// find returns the project with that id; nil if there is none, or it was deleted.
func (s *Server) find(id string) *project {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.projects {
		if p.id != "" && strings.EqualFold(p.id, id) && !p.deleted {
			return p
		}
	}
	return nil
}

// respondOutside responds to a call that belongs to no project.
func (s *Server) respondOutside(c *call) reply {
	for _, x := range s.tree.Outside {
		if x.Call == c.Name {
			m := &recording.Mapping{}
			s.mapAddresses(m, c.host)
			return s.recordedReply(x, m)
		}
	}
	return notRecordedReply("%s", c.Name)
}
