package replay

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/recording"
)

// linkPath begins the paths of the links that stand for links into the recorded service's own storage.
const linkPath = "/replayed/"

// A link is a link that the recorded service returned, with the recorded download.
type link struct {
	transition *recording.Transition
	evidence.Download
	base string // the URL, without the query
}

// mapLinks adds the replacement of links into the recorded service's own storage by links to this server.
// Queries are kept. The caller holds s.mu.
func (s *Server) mapLinks(m *recording.Mapping, transition *recording.Transition, host, first string) {
	for _, preferred := range []bool{true, false} {
		for _, d := range transition.Links {
			base, _, _ := strings.Cut(d.URL, "?")
			if (d.Link == first) != preferred || !s.isOwnStorage(d, base) {
				continue
			}
			n := s.registerLink(link{transition, d, base})
			u, err := url.Parse(base)
			if err != nil {
				continue
			}
			m.Value(base, fmt.Sprintf("http://%s%s%d%s", host, linkPath, n, m.Apply(u.EscapedPath())))
		}
	}
}

// isOwnStorage reports whether a link led into the recorded service's own storage: the download needed no
// credential, and the link was not in the caller's account.
func (s *Server) isOwnStorage(d evidence.Download, base string) bool {
	return d.Via == "plain" && !strings.HasPrefix(base, s.options.Recording.Run.Storage.SeenBlobEndpoint+"/")
}

// registerLink returns the number of a link.
func (s *Server) registerLink(l link) int {
	for n, known := range s.links {
		if known.transition == l.transition && known.base == l.base && known.Link == l.Link {
			return n
		}
	}
	s.links = append(s.links, l)
	return len(s.links) - 1
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
