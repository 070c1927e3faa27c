package steps

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/clock"
	"github.com/cvconform/cvconform/internal/reading"
	"github.com/cvconform/cvconform/internal/storage"
	"github.com/cvconform/cvconform/steps/report"
)

const (
	emulated      = "UseDevelopmentStorage=true"
	real          = "DefaultEndpointsProtocol=https;AccountName=real;AccountKey=a2V5;EndpointSuffix=core.windows.net"
	remoteStorage = "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=a2V5;BlobEndpoint=http://10.0.0.5:10000/a;QueueEndpoint=http://10.0.0.5:10001/a"
)

func TestWhereTheGatewayStands(t *testing.T) {
	for value, want := range map[string]gatewayConfig{
		"":                     {},
		"auto":                 {},
		"off":                  {disabled: true},
		"10.0.0.5":             {host: "10.0.0.5"},
		"10.0.0.5:11000":       {host: "10.0.0.5", port: 11000},
		"gateway.example:4000": {host: "gateway.example", port: 4000},
		"::1":                  {host: "::1"},
		"[::1]":                {host: "::1"},
		"[::1]:4000":           {host: "::1", port: 4000},
		"127.0.0.1:65534":      {host: "127.0.0.1", port: 65534},
	} {
		s, err := Config{GatewayListen: value}.settings()
		require.NoError(t, err, value)
		assert.Equal(t, want, s.gateway, value)
	}
	s, err := Config{GatewayListen: "0.0.0.0:4000", GatewayAdvertise: "build.example"}.settings()
	require.NoError(t, err)
	assert.Equal(t, gatewayConfig{host: "0.0.0.0", port: 4000, advertise: "build.example"}, s.gateway)
}

func TestWhereNoGatewayCanStand(t *testing.T) {
	const ports = "give one from 1 to 65534: blobs are on it, queues on the next"
	const unreachable = "give --gateway-advertise HOST, the name or address of this machine as the service knows it"
	const host = "give a name or an address, without scheme and port"
	for _, c := range []struct{ listen, advertise, want, hint string }{
		{"http://10.0.0.5", "", `--gateway-listen "http://10.0.0.5" is no address`, "give auto, off, HOST or HOST:PORT"},
		{"a b", "", `--gateway-listen "a b" is no address`, "give auto, off, HOST or HOST:PORT"},
		{":4000", "", `--gateway-listen ":4000" is no address`, "give auto, off, HOST or HOST:PORT"},
		{"10.0.0.5:0", "", `--gateway-listen "10.0.0.5:0": port 0 is out of range`, ports},
		{"10.0.0.5:65535", "", `--gateway-listen "10.0.0.5:65535": port 65535 is out of range`, ports},
		{"10.0.0.5:x", "", `--gateway-listen "10.0.0.5:x" is no address`, "give auto, off, HOST or HOST:PORT"},
		{"0.0.0.0", "", "nobody can reach the gateway at 0.0.0.0", unreachable},
		{"[::]:4000", "", "nobody can reach the gateway at ::", unreachable},
		{"off", "build.example", "--gateway-advertise and --gateway-listen off contradict each other", "leave one of them out"},
		{"auto", "build.example", "--gateway-advertise needs --gateway-listen", "give --gateway-listen HOST[:PORT] too"},
		{"10.0.0.5", "http://x", `--gateway-advertise "http://x" is no host that a service can reach`, host},
		{"10.0.0.5", "x:4000", `--gateway-advertise "x:4000" is no host that a service can reach`, host},
		{"0.0.0.0", "::", `--gateway-advertise "::" is no host that a service can reach`, host},
	} {
		_, err := Config{GatewayListen: c.listen, GatewayAdvertise: c.advertise}.settings()
		var usage *UsageError
		require.ErrorAs(t, err, &usage, c.listen)
		assert.EqualError(t, err, c.want)
		assert.Equal(t, c.hint, Hint(err))
	}
}

// sessionOver is a house whose account is known.
func sessionOver(t *testing.T, c Config, connection string) *Session {
	t.Helper()
	c.TrainingKey = "k"
	s, err := c.settings()
	require.NoError(t, err)
	h := &Session{settings: s}
	h.ConnectionString = connection
	h.account, err = storage.Open(connection, storage.Options{})
	require.NoError(t, err)
	return h
}

func TestTheGatewayStandsWhereItCan(t *testing.T) {
	const remote, local = "https://service.example", "http://127.0.0.1:8080"
	for name, c := range map[string]struct {
		target, listen, connection string
		want                       bool
	}{
		"the fake":                                 {"", "auto", emulated, true},
		"the fake, off":                            {"", "off", emulated, false},
		"the fake, real storage":                   {"", "auto", real, false},
		"this machine":                             {local, "auto", emulated, true},
		"a container":                              {"image:x", "auto", emulated, true},
		"a container, real storage":                {"image:x", "auto", real, false},
		"a container, storage elsewhere, off":      {"image:x", "off", remoteStorage, false},
		"service elsewhere":                        {remote, "auto", remoteStorage, false},
		"service elsewhere, on demand":             {remote, "10.0.0.9:4000", remoteStorage, true},
		"service elsewhere, real storage":          {remote, "auto", real, false},
		"service elsewhere, storage elsewhere off": {remote, "off", remoteStorage, false},
	} {
		got, err := sessionOver(t, Config{Target: c.target, GatewayListen: c.listen}, c.connection).gatewayPossible()
		require.NoError(t, err, name)
		assert.Equal(t, c.want, got, name)
	}
}

func TestAGatewayThatCannotStandIsRefused(t *testing.T) {
	_, err := sessionOver(t, Config{GatewayListen: "127.0.0.1"}, real).gatewayPossible()
	assert.EqualError(
		t,
		err,
		"no gateway can stand before storage https://real.blob.core.windows.net: the account is not in the path of its endpoints, as it is with Azurite",
	)
	assert.Equal(t, "leave --gateway-listen out: storage is listed instead", Hint(err))

	_, err = sessionOver(t, Config{Target: "container", GatewayListen: "off"}, emulated).gatewayPossible()
	assert.EqualError(
		t,
		err,
		"a service in a container cannot reach storage at http://127.0.0.1:10000/devstoreaccount1 without the gateway",
	)
	assert.Equal(t, "leave --gateway-listen out", Hint(err))
}

// A house that lists gives the service the account as it is.
func TestWithoutAGatewayTheServiceIsGivenTheAccountItself(t *testing.T) {
	failing := httptest.NewServer(
		http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }),
	)
	t.Cleanup(failing.Close)
	connection := "DefaultEndpointsProtocol=http;AccountName=real;AccountKey=a2V5;BlobEndpoint=" + failing.URL + ";QueueEndpoint=" + failing.URL
	h := sessionOver(t, Config{}, connection)
	h.redact, h.now = New(h.settings, nil).redact, clock.New()
	require.NoError(t, h.startObserver(t.Context()))
	t.Cleanup(func() { _ = h.Close(t.Context()) })
	assert.Equal(t, connection, h.serviceConnectionString())
	assert.Equal(
		t,
		report.Visibility{Observer: report.Poller},
		h.visibility,
		"what cannot be tried out is not counted on",
	)
	require.Len(t, h.warnings, 1)
	assert.Contains(t, h.warnings[0], "what the account keeps of deleted blobs could not be tried out: create container")
	assert.Equal(t, failing.URL, endpointSeenByService(h.observer.BlobURL(), "real", h.account.BlobEndpoint()))

	u, err := url.Parse("http://10.0.0.9:4000")
	require.NoError(t, err)
	assert.Equal(t, "http://10.0.0.9:4000/real", endpointSeenByService(u, "real", h.account.BlobEndpoint()))
}

func TestVisibilityIsWrittenToTheReportAndReadFromIt(t *testing.T) {
	readings, err := reading.Resolve(nil)
	require.NoError(t, err)
	for _, want := range []report.Visibility{
		{},
		{Observer: report.Gateway},
		{Observer: report.Poller},
		{Observer: report.Poller, DeletedBlobs: true, OverwrittenBlobs: true},
		{Observer: report.Poller, Versions: true},
	} {
		for profile, integrations := range profiles() {
			rules := ruleset{profileName: profile, readings: readings, budgets: budget.Local(), visibility: want}
			var run report.Run
			rules.write(&run)
			got, err := rulesOf(run)
			require.NoError(t, err)
			assert.Equal(t, want, got.visibility)
			assert.Equal(t, integrations.Container, got.engine(nil).HasContainers, profile)
		}
	}
}
