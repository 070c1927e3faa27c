package serve

import (
	"fmt"
	"net"

	"github.com/cvconform/cvconform/fakes/customvision"
)

// An announcement holds the values that the user needs to reach the server.
type announcement struct {
	options     Options
	trainingKey string
	listeners   listeners
	certificate certificate
	store       store
	seed        customvision.Seed
}

// endpoint returns the URL of the API on this machine.
func (a announcement) endpoint() string {
	scheme := "http://"
	if a.certificate.config != nil {
		scheme = "https://"
	}
	return scheme + localAddress(a.listeners.api.Addr())
}

// controlEndpoint returns the URL of the control plane on this machine, or "" if there
// is none.
func (a announcement) controlEndpoint() string {
	if a.listeners.control == nil {
		return ""
	}
	return "http://" + localAddress(a.listeners.control.Addr())
}

// localAddress returns an address by which this machine reaches a listener.
func localAddress(a net.Addr) string {
	host, port, err := net.SplitHostPort(a.String())
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsUnspecified() {
		return a.String()
	}
	return net.JoinHostPort("127.0.0.1", port)
}

// settings returns the names and values of the settings to print.
func (a announcement) settings() [][]string {
	rows := [][]string{{"endpoint", a.endpoint()}, {"Training-Key", a.trainingKey}}
	if a.certificate.caFile != "" {
		rows = append(rows, []string{"CA file", a.certificate.caFile})
	}
	if control := a.controlEndpoint(); control != "" {
		rows = append(rows, []string{"control", control})
	}
	if a.store.azurite == nil {
		return append(rows, []string{"storage", "external"})
	}
	return append(rows,
		[]string{"storage", fmt.Sprintf("Azurite %s (%s)", a.store.azurite.Version, a.store.azurite.Kind)},
		[]string{"", a.store.connectionString})
}
