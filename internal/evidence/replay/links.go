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

// linkPath begins the paths of links into the recorded service's own storage.
const linkPath = "/replayed/"

// A link is what was behind a link that the recorded service gave out.
type link struct {
	chapter *recording.Transition
	evidence.Download
	base string // its address, without the query
}

// mapLinks replaces links into the recorded service's own storage by links to this
// server; their queries stay as they are. The caller has the lock.
func (s *Server) mapLinks(m *recording.Mapping, chapter *recording.Transition, host, first string) {
	for _, preferred := range []bool{true, false} {
		for _, d := range chapter.Links {
			base, _, _ := strings.Cut(d.URL, "?")
			if (d.Link == first) != preferred || !s.own(d, base) {
				continue
			}
			n := s.register(link{chapter, d, base})
			u, err := url.Parse(base)
			if err != nil {
				continue
			}
			m.Value(base, fmt.Sprintf("http://%s%s%d%s", host, linkPath, n, m.Apply(u.EscapedPath())))
		}
	}
}

// own says whether a link led into the recorded service's own storage: whoever
// followed it needed no credential, and it does not lie in the caller's account.
func (s *Server) own(d evidence.Download, base string) bool {
	return d.Via == "plain" && !strings.HasPrefix(base, s.tree.Head.Storage.BlobEndpoint+"/")
}

// register gives a link its number.
func (s *Server) register(l link) int {
	for n, known := range s.links {
		if known.chapter == l.chapter && known.base == l.base && known.Link == l.Link {
			return n
		}
	}
	s.links = append(s.links, l)
	return len(s.links) - 1
}

// follow gives what was behind a link.
func (s *Server) follow(w http.ResponseWriter, r *http.Request) {
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
	a := reply{status: l.Status, truncated: l.Status == http.StatusOK && l.Error != ""}
	if l.Status == http.StatusOK {
		a.header = map[string]string{"Content-Type": "application/octet-stream"}
		a.body = string(s.content(recording.Content{SHA256: l.SHA256, Length: l.Length, Entries: l.Entries}))
	}
	write(w, r, a)
}
