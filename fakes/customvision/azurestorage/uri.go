package azurestorage

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// CheckURI tells whether a text can be the URI of a container
// (service "blob") or queue (service "queue"), before anything is sent to it. The error is the
// rest of a sentence that began with the text, and does not repeat it.
func CheckURI(text, service string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return errors.New("it cannot be parsed") // err would repeat a SAS
	case u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "":
		return errors.New("it is not an absolute http or https URI")
	case u.User != nil, u.Fragment != "":
		return errors.New("it has a part that no storage URI has")
	case u.RawQuery != "" && !hasSAS(u):
		return errors.New("its query is not a shared access signature")
	}
	return validatePath(u, service)
}

// validatePath tells host-style URIs (account.blob.core.windows.net/name) from
// path-style ones (127.0.0.1:10000/account/name).
func validatePath(u *url.URL, service string) error {
	want := 2
	labels := strings.Split(strings.ToLower(u.Hostname()), ".")
	if slices.Contains(labels[1:], "blob") || slices.Contains(labels[1:], "queue") {
		if !slices.Contains(labels[1:], service) {
			return fmt.Errorf("its host does not serve a %s", service)
		}
		want = 1
	}
	segments := strings.Split(strings.Trim(u.Path, "/"), "/")
	if len(segments) != want {
		return fmt.Errorf("its path has %d segments, not %d", len(segments), want)
	}
	return validateName(segments[want-1])
}

// validateName applies the rule for names of containers and queues
// (learn.microsoft.com, "Naming and referencing containers" and "queues").
func validateName(name string) error {
	pattern := regexp.MustCompile(`^[a-z0-9](-?[a-z0-9])+$`)
	if len(name) < 3 || len(name) > 63 || !pattern.MatchString(name) {
		return errors.New("its last segment is not a valid name")
	}
	return nil
}

// hasSAS tells whether a URI carries a shared access signature.
func hasSAS(u *url.URL) bool { return u.Query().Get("sig") != "" }

// BlobURI is the address of a blob of a container, with the container's SAS or
// without it. The name is percent-escaped, slashes apart.
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
