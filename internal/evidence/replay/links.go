package replay

import (
	"fmt"
	"net/url"
	"strings"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/recording"
)

// mapLinks adds the replacement of links into the recorded service's own storage by links to this server.
// Queries are kept. The caller holds s.mu.
func (s *state) mapLinks(m *recording.Mapping, transition *recording.Transition, host, first string) {
	for _, preferred := range []bool{true, false} {
		for _, d := range transition.Links {
			base, _, _ := strings.Cut(d.URL, "?")
			if (d.Link == first) != preferred || !isOwnStorage(d, base, s.options.Recording) {
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
func isOwnStorage(d evidence.Download, base string, r *recording.Recording) bool {
	return d.Via == "plain" && !strings.HasPrefix(base, r.Run.Storage.SeenBlobEndpoint+"/")
}

// registerLink returns the number of a link.
func (s *state) registerLink(l link) int {
	for n, known := range s.links {
		if known.transition == l.transition && known.base == l.base && known.Link == l.Link {
			return n
		}
	}
	s.links = append(s.links, l)
	return len(s.links) - 1
}
