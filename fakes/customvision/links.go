package customvision

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"
)

// linkLifetime is how long a downloadUri is good for (recorded).
const linkLifetime = 24 * time.Hour

// links makes and checks the addresses of models in the service's own storage,
// in the recorded form: /m-{project}/{iteration}.{platform}.zip and a SAS.
type links struct{ secret []byte }

func newLinks() links {
	secret := make([]byte, sha256.Size)
	rand.Read(secret) //nolint:errcheck // never fails, by its documentation
	return links{secret}
}

// model links to a model from now on for a day.
func (l links) model(origin string, project, iteration uuid.UUID, suffix string, now time.Time) string {
	path := "/m-" + digits(project) + "/" + digits(iteration) + "." + suffix + ".zip"
	expiry := now.Add(linkLifetime).UTC().Format(time.RFC3339)
	return fmt.Sprintf("%s%s?sv=2017-04-17&sr=b&sig=%s&se=%s&sp=r",
		origin, path, url.QueryEscape(l.sign(path, expiry)), url.QueryEscape(expiry))
}

// digits writes a GUID without its hyphens.
func digits(id uuid.UUID) string { return hex.EncodeToString(id[:]) }

func (l links) sign(path, expiry string) string {
	mac := hmac.New(sha256.New, l.secret)
	mac.Write([]byte("r\n" + expiry + "\n" + path))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func (l links) valid(path string, query url.Values, now time.Time) bool {
	expiry := query.Get("se")
	if !hmac.Equal([]byte(l.sign(path, expiry)), []byte(query.Get("sig"))) {
		return false
	}
	until, err := time.Parse(time.RFC3339, expiry)
	return err == nil && now.Before(until)
}

// downloadModel gives a model to whoever has its link; the Training-Key plays
// no part.
func (s *Server) downloadModel(r *request) (any, error) {
	if !s.links.valid(r.URL.Path, r.URL.Query(), s.now()) {
		return nil, errLinkRefused()
	}
	model, ok := s.findModel(r.PathValue("container"), r.PathValue("blob"))
	if !ok {
		return nil, errNoRoute(r.URL.Path)
	}
	data, err := model.bytes()
	return file{"application/zip", data}, err
}

// findModel finds an exported model that is still there by the names of a link.
func (s *Server) findModel(container, blob string) (archive, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	projectID, err := uuid.Parse(strings.TrimPrefix(container, "m-"))
	if err != nil {
		return archive{}, false
	}
	digits, suffix, _ := strings.Cut(strings.TrimSuffix(blob, ".zip"), ".")
	iterationID, err := uuid.Parse(digits)
	if err != nil {
		return archive{}, false
	}
	p, i := s.lookupIteration(projectID, iterationID)
	if i == nil {
		return archive{}, false
	}
	for _, e := range i.exports {
		if e.suffix() == suffix && e.doneAt != nil {
			return newArchive(p, i, e), true
		}
	}
	return archive{}, false
}
