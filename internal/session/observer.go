package session

import (
	"context"
	"crypto/tls"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/docker"
	"github.com/cvconform/cvconform/internal/naming"
	"github.com/cvconform/cvconform/internal/observe"
	"github.com/cvconform/cvconform/internal/observe/gateway"
	"github.com/cvconform/cvconform/internal/observe/poller"
	"github.com/cvconform/cvconform/internal/storage"
	"github.com/cvconform/cvconform/internal/userr"
	"github.com/cvconform/cvconform/steps/report"
)

// minPollInterval is the shortest interval between two polls of a queue or a
// container while no operation is awaited. Shorter ones would slow down storage on
// this machine.
const minPollInterval = 100 * time.Millisecond

// An Observation holds the observer of the service's storage operations, and their
// visibility.
type Observation struct {
	Observer   observe.Observer
	Visibility report.Visibility
}

// PredictVisibility returns the visibility of storage in such a run, without starting
// anything: the plan of a run depends on it. The error is that of such a run.
func PredictVisibility(s Settings) (report.Visibility, error) {
	var account *storage.Account
	if s.Storage.Kind == "external" {
		var err error
		if account, err = s.OpenAccount(s.Storage.ConnectionString); err != nil {
			return report.Visibility{}, err
		}
	}
	uses, err := s.UsesGateway(account)
	if uses {
		return report.Visibility{}, err
	}
	return report.Visibility{Observer: report.Poller}, err
}

// UsesGateway reports whether the run observes storage through the gateway. The
// error says why a gateway that is required, or disabled, makes the run
// impossible. A nil account is one that is not started yet: an Azurite, or an
// account that is reached by identity, with a host name of its own.
func (s Settings) UsesGateway(account *storage.Account) (bool, error) {
	required := s.Gateway.Host != ""
	wanted := !s.Gateway.Disabled && (required || s.Target.Local())
	if account == nil {
		return s.Storage.Kind != "azure" && wanted, nil
	}
	possible := s.Storage.Kind != "azure" && isPathStyle(account.BlobEndpoint(), account.Name()) &&
		isPathStyle(account.QueueEndpoint(), account.Name())
	uses := possible && wanted
	switch {
	case required && s.Storage.Kind == "azure":
		return false, userr.Usagef("leave Config.GatewayListen out: storage is polled instead",
			"a gateway cannot be used with storage azure: identity tokens are sent over https only, "+
				"and the gateway listens on plain http")
	case required && !possible:
		return false, userr.Usagef("leave Config.GatewayListen out: storage is polled instead",
			"a gateway cannot be used with storage %s: its endpoints have no account in the path, unlike those of Azurite",
			account.BlobEndpoint())
	case !uses && s.Target.InContainer() && isLoopback(account.BlobEndpoint()):
		return false, userr.Usagef("leave Config.GatewayListen out",
			"a service in a container cannot reach storage at %s without the gateway", account.BlobEndpoint())
	}
	return uses, nil
}

// StartObserver starts the gateway between the service and its storage if one can
// be used, else the poller.
func StartObserver(
	ctx context.Context,
	s Settings,
	st *Storage,
	notes *Notes,
	cleanups *Cleanups,
) (*Observation, error) {
	uses, err := s.UsesGateway(st.Account)
	switch {
	case err != nil:
		return nil, err
	case uses:
		return startGateway(ctx, s, st, notes, cleanups)
	}
	return startPoller(ctx, s, st, notes, cleanups), nil
}

func startGateway(
	ctx context.Context,
	s Settings,
	st *Storage,
	notes *Notes,
	cleanups *Cleanups,
) (_ *Observation, err error) {
	g := s.Gateway
	o := gateway.Options{
		TLS:  &tls.Config{RootCAs: st.roots},
		Blob: hostRoot(st.Account.BlobEndpoint()), Queue: hostRoot(st.Account.QueueEndpoint()), Now: notes.Now,
		Listen: g.Host, Port: g.Port, Advertise: strings.Trim(g.Advertise, "[]"),
	}
	if st.Network != nil && o.Listen == "" {
		if o.Listen, o.Advertise, err = docker.HostAddress(ctx, st.Network.Name); err != nil {
			return nil, &userr.EnvironmentError{Err: err}
		}
	}
	started, err := gateway.Start(o)
	if err != nil {
		return nil, &userr.EnvironmentError{Err: err, Hint: "choose another HOST:PORT with Config.GatewayListen"}
	}
	cleanups.Add(started.Close)
	if err := started.ReachStorage(ctx); err != nil {
		return nil, s.storageError(err)
	}
	return &Observation{Observer: started}, nil
}

// startPoller starts the poller, after it has found out which deleted blobs the
// account keeps.
func startPoller(ctx context.Context, s Settings, st *Storage, notes *Notes, cleanups *Cleanups) *Observation {
	v := report.Visibility{Observer: report.Poller}
	if s.Criteria.Profile.Container {
		var err error
		v, err = poller.DetectRetention(ctx, st.Account, naming.Container(notes.RunID, 0, 0))
		if err != nil {
			notes.Warn("it is not known which deleted blobs the account keeps: %s", notes.Redactor.Redact(err.Error()))
		}
	}
	started := poller.Start(poller.Options{
		Account:      st.Account,
		Now:          notes.Now,
		PollInterval: max(s.Pace.PollInterval, minPollInterval),
		Timeout:      s.Criteria.Budgets[budget.Request],
		Visibility:   v,
	})
	cleanups.Add(started.Close)
	notes.Progressf("storage is polled: no gateway is between it and the service")
	return &Observation{Observer: started, Visibility: v}
}

// serviceConnectionString returns the connection string of the account as the
// service reaches it.
func serviceConnectionString(st *Storage, o *Observation) string {
	if blob, queue := o.Observer.BlobURL(), o.Observer.QueueURL(); blob != nil && queue != nil {
		return st.Account.WithEndpoints(blob, queue)
	}
	return st.ConnectionString()
}

// DescribeStorage returns the storage as reports show it.
func DescribeStorage(st *Storage, o *Observation) report.StorageInfo {
	blob, queue := st.Account.BlobEndpoint(), st.Account.QueueEndpoint()
	info := report.StorageInfo{
		BlobEndpoint:      blob.String(),
		QueueEndpoint:     queue.String(),
		SeenBlobEndpoint:  serviceEndpoint(o.Observer.BlobURL(), st.Account.Name(), blob),
		SeenQueueEndpoint: serviceEndpoint(o.Observer.QueueURL(), st.Account.Name(), queue),
	}
	info.Kind, info.Version = st.Description()
	return info
}

// serviceEndpoint returns where the service reaches the account: at the gateway,
// or, if there is none, at the account's own endpoint.
func serviceEndpoint(gateway *url.URL, account string, own *url.URL) string {
	if gateway == nil {
		return strings.TrimSuffix(own.String(), "/")
	}
	return strings.TrimSuffix(gateway.String(), "/") + "/" + account
}

func hostRoot(u *url.URL) *url.URL { return &url.URL{Scheme: u.Scheme, Host: u.Host} }

// isPathStyle reports whether an endpoint has the account's name in its path, as
// with Azurite. The gateway needs that.
func isPathStyle(u *url.URL, account string) bool { return strings.Trim(u.Path, "/") == account }

func isLoopback(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}
