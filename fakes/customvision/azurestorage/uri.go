package azurestorage

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// CheckURI returns an error if a text cannot be the URI of a container (service "blob") or a queue (service "queue").
// It sends no request. The error continues a sentence about the URI and does not quote it.
func CheckURI(text, service string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return errors.New("it cannot be parsed") // err would quote a SAS
	case u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "":
		return errors.New("it is not an absolute http or https URI")
	case u.User != nil, u.Fragment != "":
		return errors.New("it has a part that no storage URI has")
	case u.RawQuery != "" && !hasSAS(u):
		return errors.New("its query is not a shared access signature")
	}
	return validatePath(u, service)
}

// validatePath checks the path of a host-style URI (account.blob.core.windows.net/name) or a path-style URI
// (127.0.0.1:10000/account/name).
func validatePath(u *url.URL, service string) error {
	want := 2
	labels := strings.Split(strings.ToLower(u.Hostname()), ".")
	if slices.Contains(labels[1:], "blob") || slices.Contains(labels[1:], "queue") {
		if !slices.Contains(labels[1:], service) {
			return fmt.Errorf("its host does not serve a %s; are the two URIs swapped?", service)
		}
		want = 1
	}
	segments := strings.Split(strings.Trim(u.Path, "/"), "/")
	if len(segments) != want {
		return fmt.Errorf("its path has %d segments, not %d", len(segments), want)
	}
	return validateName(segments[want-1])
}

// validateName checks the name of a container or queue (learn.microsoft.com, "Naming and referencing containers" and
// "Naming queues and metadata").
func validateName(name string) error {
	pattern := regexp.MustCompile(`^[a-z0-9](-?[a-z0-9])+$`)
	if len(name) < 3 || len(name) > 63 || !pattern.MatchString(name) {
		return errors.New("its last segment is not a valid name")
	}
	return nil
}

// hasSAS reports whether a URI contains a shared access signature.
func hasSAS(u *url.URL) bool { return u.Query().Get("sig") != "" }

// BlobURI returns the URI of a blob, with or without the SAS of its container's URI. The name is percent-encoded,
// except for slashes.
func BlobURI(container, name string, withSAS bool) (string, error) {
	u, err := url.Parse(container)
	if err != nil {
		return "", errors.New("the container's URI cannot be parsed")
	}
	query := ""
	if withSAS && u.RawQuery != "" {
		query = "?" + u.RawQuery
	}
	u.RawQuery, u.Fragment = "", ""
	segments := strings.Split(name, "/")
	for i, segment := range segments {
		segments[i] = url.PathEscape(segment)
	}
	return strings.TrimRight(u.String(), "/") + "/" + strings.Join(segments, "/") + query, nil
}
