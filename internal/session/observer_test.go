package session

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/storage"
	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/internal/userr"
	"github.com/cvconform/cvconform/steps/report"
)

// Connection strings of an Azurite, of a real account, and of an Azurite on another
// machine.
const (
	emulatedStorage = "UseDevelopmentStorage=true"
	realStorage     = "DefaultEndpointsProtocol=https;AccountName=real;AccountKey=a2V5;EndpointSuffix=core.windows.net"
	remoteStorage   = "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;" +
		"BlobEndpoint=http://10.0.0.5:10000/a;QueueEndpoint=http://10.0.0.5:10001/a"
)

// settingsFor returns settings of a run over external storage.
func settingsFor(t *testing.T, spec, connection string, g Gateway) Settings {
	t.Helper()
	s, err := Fake(StorageSettings{Kind: "external", ConnectionString: connection}, nil)
	require.NoError(t, err)
	s.Target.Spec, err = target.Parse(spec)
	require.NoError(t, err)
	s.Gateway = g
	return s
}

// usesGateway reports whether a run over an account that is already open uses the
// gateway.
func usesGateway(t *testing.T, s Settings) (bool, error) {
	t.Helper()
	account, err := storage.Open(s.Storage.ConnectionString, storage.Options{})
	require.NoError(t, err)
	return s.UsesGateway(account)
}

func TestGatewayIsUsedWhenPossible(t *testing.T) {
	const remote, local = "https://service.example", "http://127.0.0.1:8080"
	off, onDemand := Gateway{Disabled: true}, Gateway{Host: "10.0.0.9", Port: 4000}
	for name, c := range map[string]struct {
		target     string
		gateway    Gateway
		connection string
		want       bool
	}{
		"the fake":                           {"", Gateway{}, emulatedStorage, true},
		"the fake, off":                      {"", off, emulatedStorage, false},
		"the fake, real storage":             {"", Gateway{}, realStorage, false},
		"this machine":                       {local, Gateway{}, emulatedStorage, true},
		"a container":                        {"image:x", Gateway{}, emulatedStorage, true},
		"a container, real storage":          {"image:x", Gateway{}, realStorage, false},
		"a container, remote storage, off":   {"image:x", off, remoteStorage, false},
		"remote service":                     {remote, Gateway{}, remoteStorage, false},
		"remote service, on demand":          {remote, onDemand, remoteStorage, true},
		"remote service, real storage":       {remote, Gateway{}, realStorage, false},
		"remote service, remote storage off": {remote, off, remoteStorage, false},
	} {
		got, err := usesGateway(t, settingsFor(t, c.target, c.connection, c.gateway))
		require.NoError(t, err, name)
		assert.Equal(t, c.want, got, name)
	}
}

func TestImpossibleGatewayIsAUsageError(t *testing.T) {
	_, err := usesGateway(t, settingsFor(t, "", realStorage, Gateway{Host: "127.0.0.1"}))
	assert.EqualError(t, err, "a gateway cannot be used with storage https://real.blob.core.windows.net: "+
		"its endpoints have no account in the path, unlike those of Azurite")
	assert.Equal(t, "leave Config.GatewayListen out: storage is polled instead", userr.Hint(err))

	_, err = usesGateway(t, settingsFor(t, "container", emulatedStorage, Gateway{Disabled: true}))
	assert.EqualError(t, err,
		"a service in a container cannot reach storage at http://127.0.0.1:10000/devstoreaccount1 without the gateway")
	assert.Equal(t, "leave Config.GatewayListen out", userr.Hint(err))
}

// Endpoints of a real account have host names of their own: no gateway can be
// between the service and them.
func TestIsPathStyle(t *testing.T) {
	for endpoint, want := range map[string]bool{
		"http://127.0.0.1:10000/devstoreaccount1":         true,
		"http://azurite:10000/devstoreaccount1/":          true,
		"https://devstoreaccount1.blob.core.windows.net/": false,
		"https://devstoreaccount1.queue.core.windows.net": false,
		"http://127.0.0.1:10000/proxied/devstoreaccount1": false,
		"http://127.0.0.1:10000/devstoreaccount2":         false,
	} {
		u, err := url.Parse(endpoint)
		require.NoError(t, err)
		assert.Equal(t, want, isPathStyle(u, "devstoreaccount1"), endpoint)
	}
}

func TestWithoutGatewayTheServiceGetsTheAccountItself(t *testing.T) {
	failing := httptest.NewServer(
		http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }),
	)
	t.Cleanup(failing.Close)
	connection := "DefaultEndpointsProtocol=http;AccountName=real;AccountKey=a2V5;BlobEndpoint=" + failing.URL +
		";QueueEndpoint=" + failing.URL
	s := settingsFor(t, "", connection, Gateway{})
	account, err := s.OpenAccount(connection)
	require.NoError(t, err)
	st, notes := &Storage{Account: account, connection: connection}, NewNotes(s)
	var cleanups Cleanups
	t.Cleanup(func() { _ = cleanups.Run(t.Context()) })
	o, err := StartObserver(t.Context(), s, st, notes, &cleanups)
	require.NoError(t, err)
	assert.Equal(t, connection, serviceConnectionString(st, o))
	assert.Equal(
		t,
		report.Visibility{Observer: report.Poller},
		o.Visibility,
		"retention that is not known is not relied on",
	)
	require.Len(t, notes.Warnings(), 1)
	assert.Contains(t, notes.Warnings()[0], "it is not known which deleted blobs the account keeps: create container")
	assert.Equal(t, failing.URL, serviceEndpoint(o.Observer.BlobURL(), "real", account.BlobEndpoint()))

	u, err := url.Parse("http://10.0.0.9:4000")
	require.NoError(t, err)
	assert.Equal(t, "http://10.0.0.9:4000/real", serviceEndpoint(u, "real", account.BlobEndpoint()))
}
