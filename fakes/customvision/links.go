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

// linkLifetime is the lifetime of a downloadUri (recorded).
const linkLifetime = 24 * time.Hour

// links signs and validates the URLs of blobs in the service's own storage. They have the recorded form: a path, here
// with the account as its first segment, and a SAS that permits reading it.
type links struct{ secret []byte }

func newLinks() links {
	secret := make([]byte, sha256.Size)
	rand.Read(secret) //nolint:errcheck // never fails, by its documentation
	return links{secret}
}

// link returns a URL that permits reading a path of the account for one day.
func (l links) link(origin, path string, now time.Time) string {
	expiry := now.Add(linkLifetime).UTC().Format(time.RFC3339)
	path = "/" + storageAccount + path
	return fmt.Sprintf("%s%s?sv=%s&sr=b&sig=%s&se=%s&sp=r", origin, path, storageVersion,
		url.QueryEscape(l.sign(path, expiry)), url.QueryEscape(expiry))
}

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

// hexID returns a GUID without its hyphens, as in the recorded paths.
func hexID(id uuid.UUID) string { return hex.EncodeToString(id[:]) }

// splitBlobPath splits a path, with or without the account, into its container and blob. The name of the container
// consists of the kind of its blobs and a project.
func splitBlobPath(path string) (kind string, project uuid.UUID, blob string, ok bool) {
	path = strings.TrimPrefix(strings.TrimPrefix(path, "/"), storageAccount+"/")
	container, blob, _ := strings.Cut(path, "/")
	kind, owner, _ := strings.Cut(container, "-")
	project, err := uuid.Parse(owner)
	return kind, project, blob, err == nil
}
