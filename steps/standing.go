package steps

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/docker"
	"github.com/cvconform/cvconform/internal/naming"
	"github.com/cvconform/cvconform/internal/observe/gateway"
	"github.com/cvconform/cvconform/internal/observe/poller"
	"github.com/cvconform/cvconform/steps/report"
)

// The values of --gateway-listen that are no address.
const (
	gatewayAuto = "auto"
	gatewayOff  = "off"
)

// minPollInterval is the least pause between two looks at a queue or a container while
// nothing special is expected: storage on this machine has more to do.
const minPollInterval = 100 * time.Millisecond

// A gatewayConfig says where the gateway is to stand. The zero value leaves it to the
// target and the storage.
type gatewayConfig struct {
	disabled  bool
	host      string // to listen on; "" where nothing was demanded
	port      int    // of the blob service; 0 means any
	advertise string // "" means host
}

// setGateway reads where the gateway is to stand.
func setGateway(s *settings) (err error) {
	if s.GatewayListen == "" {
		s.GatewayListen = gatewayAuto
	}
	s.gateway = gatewayConfig{disabled: s.GatewayListen == gatewayOff, advertise: s.GatewayAdvertise}
	if s.GatewayListen != gatewayAuto && !s.gateway.disabled {
		if s.gateway.host, s.gateway.port, err = listenAddress(s.GatewayListen); err != nil {
			return err
		}
	}
	return s.gateway.check()
}

// listenAddress reads HOST[:PORT]; an IPv6 address with a port stands in brackets.
func listenAddress(value string) (host string, port int, err error) {
	host, text, err := net.SplitHostPort(value)
	if err != nil {
		host, text = strings.Trim(value, "[]"), "0"
	}
	port, wrong := strconv.Atoi(text)
	switch {
	case wrong != nil, net.ParseIP(host) == nil && !isHost(host):
		return "", 0, &UsageError{
			Err:  fmt.Errorf("--gateway-listen %q is no address", value),
			Hint: "give auto, off, HOST or HOST:PORT",
		}
	case err == nil && (port < 1 || port > 65534):
		return "", 0, &UsageError{Err: fmt.Errorf("--gateway-listen %q: port %d is out of range", value, port),
			Hint: "give one from 1 to 65534: blobs are on it, queues on the next"}
	}
	return host, port, nil
}

// isHost says whether the value can be the name of a host.
func isHost(value string) bool {
	return value != "" && !strings.ContainsAny(value, ":/ @?#[]")
}

// check says what contradicts itself.
func (g gatewayConfig) check() error {
	if g.advertise == "" {
		if ip := net.ParseIP(g.host); ip != nil && ip.IsUnspecified() {
			return &UsageError{Err: fmt.Errorf("nobody can reach the gateway at %s", g.host),
				Hint: "give --gateway-advertise HOST, the name or address of this machine as the service knows it"}
		}
		return nil
	}
	ip := net.ParseIP(strings.Trim(g.advertise, "[]"))
	switch {
	case g.disabled:
		return &UsageError{
			Err:  errors.New("--gateway-advertise and --gateway-listen off contradict each other"),
			Hint: "leave one of them out",
		}
	case g.host == "":
		return &UsageError{
			Err:  errors.New("--gateway-advertise needs --gateway-listen"),
			Hint: "give --gateway-listen HOST[:PORT] too",
		}
	case ip == nil && !isHost(g.advertise), ip != nil && ip.IsUnspecified():
		return &UsageError{Err: fmt.Errorf("--gateway-advertise %q is no host that a service can reach", g.advertise),
			Hint: "give a name or an address, without scheme and port"}
	}
	return nil
}

// predictObserver settles how the run will see storage, before there is any: a plan has
// to know what can be attempted. The error is that of such a run.
func (h *Session) predictObserver() (err error) {
	if h.Storage == "external" {
		if h.account, err = h.open(h.ConnectionString); err != nil {
			return err
		}
	}
	stands, err := h.gatewayPossible()
	if !stands {
		h.visibility.Observer = report.Poller
	}
	return err
}

// gatewayPossible says whether the gateway stands in this run. The error says that one
// was demanded, or left out, where that cannot be. Storage that is not there yet is
// an Azurite, or is reached by identity, where the account has a host of its own.
func (h *Session) gatewayPossible() (bool, error) {
	if h.account == nil {
		return h.Storage != "azure" && !h.gateway.disabled && (h.gateway.host != "" || h.target.Local()), nil
	}
	can := h.Storage != "azure" && pathStyle(h.account.BlobEndpoint(), h.account.Name()) &&
		pathStyle(h.account.QueueEndpoint(), h.account.Name())
	demanded := h.gateway.host != ""
	stands := can && !h.gateway.disabled && (demanded || h.target.Local())
	switch {
	case demanded && h.Storage == "azure":
		return false, &UsageError{
			Err:  errors.New("no gateway can stand before storage azure: who reaches it by identity does so over https"),
			Hint: "leave --gateway-listen out: storage is listed instead",
		}
	case demanded && !can:
		return false, &UsageError{
			Err: fmt.Errorf(
				"no gateway can stand before storage %s: the account is not in the path of its endpoints, as it is with Azurite",
				h.account.BlobEndpoint(),
			),
			Hint: "leave --gateway-listen out: storage is listed instead",
		}
	case !stands && h.target.InContainer() && isLoopback(h.account.BlobEndpoint()):
		return false, &UsageError{
			Err: fmt.Errorf(
				"a service in a container cannot reach storage at %s without the gateway",
				h.account.BlobEndpoint(),
			),
			Hint: "leave --gateway-listen out",
		}
	}
	return stands, nil
}

// startObserver puts the gateway between the service and its storage, where it can stand;
// else storage is looked at instead.
func (h *Session) startObserver(ctx context.Context) error {
	stands, err := h.gatewayPossible()
	switch {
	case err != nil:
		return err
	case stands:
		return h.startGateway(ctx)
	}
	return h.startPoller(ctx)
}

// startGateway starts the gateway.
func (h *Session) startGateway(ctx context.Context) (err error) {
	o := gateway.Options{Blob: hostRoot(h.account.BlobEndpoint()), Queue: hostRoot(h.account.QueueEndpoint()), Now: h.now,
		Listen: h.gateway.host, Port: h.gateway.port, Advertise: strings.Trim(h.gateway.advertise, "[]")}
	if h.network != nil && o.Listen == "" {
		if o.Listen, o.Advertise, err = docker.HostAddress(ctx, h.network.Name); err != nil {
			return &EnvironmentError{Err: err}
		}
	}
	started, err := gateway.Start(o)
	if err != nil {
		return &EnvironmentError{Err: err, Hint: "choose another address or port: --gateway-listen HOST:PORT"}
	}
	h.observer = started
	h.onClose(started.Close)
	return nil
}

// startPoller looks at storage without a gateway, after it has found out what the account
// keeps of blobs that are gone.
func (h *Session) startPoller(ctx context.Context) error {
	h.visibility = report.Visibility{Observer: report.Poller}
	if h.profile.Container {
		var err error
		if h.visibility, err = poller.DetectRetention(ctx, h.account, naming.Container(h.id, 0, 0)); err != nil {
			h.warnings = append(
				h.warnings,
				"what the account keeps of deleted blobs could not be tried out: "+h.redact.Redact(err.Error()),
			)
		}
	}
	started := poller.Start(
		poller.Options{
			Account:      h.account,
			Now:          h.now,
			PollInterval: max(h.poll, minPollInterval),
			Timeout:      h.budgets[budget.Request],
			Visibility:   h.visibility,
		},
	)
	h.observer = started
	h.onClose(started.Close)
	h.progressf("storage is listed: no gateway stands between it and the service")
	return nil
}

// serviceConnectionString is the connection string of the account as the service reaches it.
func (h *Session) serviceConnectionString() string {
	if blob, queue := h.observer.BlobURL(), h.observer.QueueURL(); blob != nil && queue != nil {
		return h.account.WithEndpoints(blob, queue)
	}
	return h.connection()
}

func hostRoot(u *url.URL) *url.URL { return &url.URL{Scheme: u.Scheme, Host: u.Host} }

// pathStyle says whether the account's name is in the path of its endpoints, as
// with Azurite: only then can the gateway stand in between.
func pathStyle(u *url.URL, account string) bool { return strings.Trim(u.Path, "/") == account }

func isLoopback(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
