package steps

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/internal/session"
)

func TestGatewayListenIsParsed(t *testing.T) {
	for value, want := range map[string]session.Gateway{
		"":                     {},
		"auto":                 {},
		"off":                  {Disabled: true},
		"10.0.0.5":             {Host: "10.0.0.5"},
		"10.0.0.5:11000":       {Host: "10.0.0.5", Port: 11000},
		"gateway.example:4000": {Host: "gateway.example", Port: 4000},
		"::1":                  {Host: "::1"},
		"[::1]":                {Host: "::1"},
		"[::1]:4000":           {Host: "::1", Port: 4000},
		"127.0.0.1:65534":      {Host: "127.0.0.1", Port: 65534},
	} {
		s, err := Config{GatewayListen: value}.settings()
		require.NoError(t, err, value)
		assert.Equal(t, want, s.Gateway, value)
	}
	s, err := Config{GatewayListen: "0.0.0.0:4000", GatewayAdvertise: "build.example"}.settings()
	require.NoError(t, err)
	assert.Equal(t, session.Gateway{Host: "0.0.0.0", Port: 4000, Advertise: "build.example"}, s.Gateway)
}

func TestInvalidGatewayIsAUsageError(t *testing.T) {
	const forms = "set Config.GatewayListen to auto, off, HOST or HOST:PORT"
	const ports = "set Config.GatewayListen to a port from 1 to 65534: the queue service is on the next one"
	const unreachable = "set Config.GatewayAdvertise to the name or address of this machine as the service knows it"
	const host = "set Config.GatewayAdvertise to a name or an address, without scheme and port"
	for _, c := range []struct{ listen, advertise, want, hint string }{
		{"http://10.0.0.5", "", `invalid address "http://10.0.0.5" of the gateway`, forms},
		{"a b", "", `invalid address "a b" of the gateway`, forms},
		{":4000", "", `invalid address ":4000" of the gateway`, forms},
		{"10.0.0.5:0", "", `invalid address "10.0.0.5:0" of the gateway: port 0 is out of range`, ports},
		{"10.0.0.5:65535", "", `invalid address "10.0.0.5:65535" of the gateway: port 65535 is out of range`, ports},
		{"10.0.0.5:x", "", `invalid address "10.0.0.5:x" of the gateway`, forms},
		{"0.0.0.0", "", "0.0.0.0 is not an address that the service can connect to", unreachable},
		{"[::]:4000", "", ":: is not an address that the service can connect to", unreachable},
		{"off", "build.example", "an advertised address contradicts a gateway that is off",
			"leave out Config.GatewayAdvertise, or Config.GatewayListen"},
		{"auto", "build.example", "an advertised address needs a gateway that listens",
			"set Config.GatewayListen to HOST[:PORT] too"},
		{"10.0.0.5", "http://x", `"http://x" is not a host that the service can connect to`, host},
		{"10.0.0.5", "x:4000", `"x:4000" is not a host that the service can connect to`, host},
		{"0.0.0.0", "::", `"::" is not a host that the service can connect to`, host},
	} {
		_, err := Config{GatewayListen: c.listen, GatewayAdvertise: c.advertise}.settings()
		var usage *UsageError
		require.ErrorAs(t, err, &usage, c.listen)
		assert.EqualError(t, err, c.want)
		assert.Equal(t, c.hint, Hint(err))
	}
}
