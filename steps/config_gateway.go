package steps

import (
	"net"
	"strconv"
	"strings"

	"github.com/cvconform/cvconform/internal/session"
	"github.com/cvconform/cvconform/internal/userr"
)

// The values of Config.GatewayListen that are no address.
const (
	gatewayAuto = "auto"
	gatewayOff  = "off"
)

func setGateway(c Config, s *session.Settings) (err error) {
	g := session.Gateway{Disabled: c.GatewayListen == gatewayOff, Advertise: c.GatewayAdvertise}
	switch c.GatewayListen {
	case "", gatewayAuto, gatewayOff:
	default:
		if g.Host, g.Port, err = parseListenAddress(c.GatewayListen); err != nil {
			return err
		}
	}
	s.Gateway = g
	return checkAdvertised(g)
}

// parseListenAddress parses HOST[:PORT]; an IPv6 address with a port is in
// brackets.
func parseListenAddress(value string) (host string, port int, err error) {
	host, text, err := net.SplitHostPort(value)
	if err != nil {
		host, text = strings.Trim(value, "[]"), "0"
	}
	port, wrong := strconv.Atoi(text)
	switch {
	case wrong != nil, net.ParseIP(host) == nil && !isHostName(host):
		return "", 0, userr.Usagef("set Config.GatewayListen to auto, off, HOST or HOST:PORT",
			"invalid address %q of the gateway", value)
	case err == nil && (port < 1 || port > 65534):
		return "", 0, userr.Usagef("set Config.GatewayListen to a port from 1 to 65534: the queue service is on the next one",
			"invalid address %q of the gateway: port %d is out of range", value, port)
	}
	return host, port, nil
}

// isHostName reports whether the value can be the name of a host.
func isHostName(value string) bool {
	return value != "" && !strings.ContainsAny(value, ":/ @?#[]")
}

// checkAdvertised checks the address that the service connects to.
func checkAdvertised(g session.Gateway) error {
	if g.Advertise == "" {
		if ip := net.ParseIP(g.Host); ip != nil && ip.IsUnspecified() {
			return userr.Usagef("set Config.GatewayAdvertise to the name or address of this machine as the service knows it",
				"%s is not an address that the service can connect to", g.Host)
		}
		return nil
	}
	ip := net.ParseIP(strings.Trim(g.Advertise, "[]"))
	switch {
	case g.Disabled:
		return userr.Usagef("leave out Config.GatewayAdvertise, or Config.GatewayListen",
			"an advertised address contradicts a gateway that is off")
	case g.Host == "":
		return userr.Usagef(
			"set Config.GatewayListen to HOST[:PORT] too",
			"an advertised address needs a gateway that listens",
		)
	case ip == nil && !isHostName(g.Advertise), ip != nil && ip.IsUnspecified():
		return userr.Usagef("set Config.GatewayAdvertise to a name or an address, without scheme and port",
			"%q is not a host that the service can connect to", g.Advertise)
	}
	return nil
}
