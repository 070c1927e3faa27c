package replay

import (
	"context"

	"github.com/cvconform/cvconform/internal/evidence"
)

// A Server is a recorded service. Make it with [New]; it is safe for concurrent use.
type Server struct {
	*state
}

// New returns a server. It returns an error if the connection string is not valid.
func New(o Options) (*Server, error) {
	s, err := newState(o)
	if err != nil {
		return nil, err
	}
	return &Server{s}, nil
}

// Close stops the playback and waits for its end. It returns the cause of ctx if ctx ends before.
func (s *Server) Close(ctx context.Context) error { return s.work.close(ctx) }

// Notes returns a sentence for each recorded behaviour that could not be reproduced.
func (s *Server) Notes() []string { return s.notes.list() }

// Secrets returns, by kind, the placeholder secrets that the server sends. A caller that records the
// responses has to redact them like real ones.
func (s *Server) Secrets() map[string][]string {
	out := map[string][]string{}
	seen := map[string]bool{}
	for _, situation := range s.options.Recording.Situations {
		text, err := evidence.EncodeEvents(situation.Events)
		if err != nil {
			continue // cannot happen: the events were decoded
		}
		for _, found := range marker.FindAllStringSubmatch(string(text), -1) {
			if !seen[found[0]] {
				seen[found[0]] = true
				out[found[1]] = append(out[found[1]], placeholderSecret(found[1], found[2]))
			}
		}
	}
	return out
}
