package gateway

import (
	"net"
	"net/http"
	"strings"

	"github.com/cvconform/cvconform/internal/evidence"
)

// An address is what a storage URL names.
type address struct {
	account   string
	container string // container or queue
	object    string // blob name, or what follows the queue's name; decoded
}

// parseAddress reads the account, the container or queue and the rest from a
// request's host and (once decoded) path. own is the gateway's advertised host.
func parseAddress(s evidence.Service, own string, r *http.Request) address {
	host := hostname(r.Host)
	path := strings.TrimPrefix(r.URL.Path, "/")
	var a address
	if pathStyle(s, own, host) {
		a.account, path, _ = strings.Cut(path, "/")
	} else {
		a.account, _, _ = strings.Cut(host, ".")
	}
	a.container, a.object, _ = strings.Cut(path, "/")
	return a
}

// pathStyle says whether the account is in the path, as Azurite decides it:
// for an IP address, a host without dots and host.docker.internal. The
// gateway's own name counts too, since URIs on it are made that way, unless it
// is itself ACCOUNT.blob.… or ACCOUNT.queue.….
func pathStyle(s evidence.Service, own, host string) bool {
	if net.ParseIP(host) != nil || !strings.Contains(host, ".") || host == "host.docker.internal" {
		return true
	}
	_, domain, _ := strings.Cut(host, ".")
	return strings.EqualFold(host, own) && !strings.HasPrefix(domain, string(s)+".")
}

// hostname is host without port and brackets.
func hostname(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		return h
	}
	return strings.Trim(host, "[]")
}

// authKind says how the request is authorised; never with what.
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
