package replay

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/cvconform/cvconform/internal/evidence/recording"
)

// bodyLimit is the size of the largest request body, in bytes. No call of the Training API has one as large.
const bodyLimit = 256 << 20

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
		Call: recording.ParseCall(r.Method, r.URL, string(body), keyKind(r, s.options.TrainingKey)),
		host: r.Host,
		line: r.Method + " " + r.URL.Path,
	}
	response, after := s.respond(r.Context(), c)
	write(w, r, response)
	if after != nil {
		after()
	}
}

// keyKind returns the kind of the training key of a request. key is the valid one.
func keyKind(r *http.Request, key string) string {
	switch r.Header.Get("Training-Key") {
	case "":
		return "none"
	case key:
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

// serveLink responds with the content behind a link.
func (s *Server) serveLink(w http.ResponseWriter, r *http.Request) {
	number, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, linkPath), "/")
	n, err := strconv.Atoi(number)
	s.mu.Lock()
	known := err == nil && n >= 0 && n < len(s.links)
	var l link
	if known {
		l = s.links[n]
	}
	s.mu.Unlock()
	if !known {
		write(w, r, notRecordedReply("the link %s", r.URL.Path))
		return
	}
	response := reply{status: l.Status, truncated: l.Status == http.StatusOK && l.Error != ""}
	if l.Status == http.StatusOK {
		response.header = map[string]string{"Content-Type": "application/octet-stream"}
		response.body = string(s.content(recording.Content{SHA256: l.SHA256, Length: l.Length, Entries: l.Entries}))
	}
	write(w, r, response)
}
