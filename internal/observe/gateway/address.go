package gateway

import (
	"net"
	"net/http"
	"strings"

	"github.com/cvconform/cvconform/internal/evidence"
)

// An address is the resource that a storage URL names.
type address struct {
	account   string
	container string // container or queue
	object    string // blob name, or the path below the queue; decoded
}

// parseAddress reads the address from the host and the decoded path of a request.
func parseAddress(s evidence.Service, advertisedHost string, r *http.Request) address {
	host := hostname(r.Host)
	path := strings.TrimPrefix(r.URL.Path, "/")
	var a address
	if isPathStyle(s, advertisedHost, host) {
		a.account, path, _ = strings.Cut(path, "/")
	} else {
		a.account, _, _ = strings.Cut(host, ".")
	}
	a.container, a.object, _ = strings.Cut(path, "/")
	return a
}

// isPathStyle reports whether the account is in the path. As in Azurite, it is for an IP address, a host without dots
// and host.docker.internal. It is also for the gateway's advertised host, because URIs on it are built that way,
// unless that is ACCOUNT.blob.… or ACCOUNT.queue.…
func isPathStyle(s evidence.Service, advertisedHost, host string) bool {
	if net.ParseIP(host) != nil || !strings.Contains(host, ".") || host == "host.docker.internal" {
		return true
	}
	_, domain, _ := strings.Cut(host, ".")
	return strings.EqualFold(host, advertisedHost) && !strings.HasPrefix(domain, string(s)+".")
}

// hostname returns host without port and brackets.
func hostname(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		return h
	}
	return strings.Trim(host, "[]")
}

// authKind returns the kind of authorization of a request, without the credential.
func authKind(r *http.Request) string {
	scheme, _, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	switch {
	case strings.EqualFold(scheme, "SharedKey"), strings.EqualFold(scheme, "SharedKeyLite"):
		return "sharedkey"
	case strings.EqualFold(scheme, "Bearer"):
		return "bearer"
	case r.URL.Query().Has("sig"):
		return "sas"
	}
	return "anonymous"
}
