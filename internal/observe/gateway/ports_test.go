package gateway

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// port returns the port of a URL.
func port(t *testing.T, u *url.URL) int {
	t.Helper()
	n, err := strconv.Atoi(u.Port())
	require.NoError(t, err)
	return n
}

func TestGatewayWithAHostNameUsesPathStylePorts(t *testing.T) {
	g := startWithOptions(t, Options{Blob: upstream(t, created), Queue: upstream(t, created), Advertise: "localhost"})
	assert.Contains(t, pathStylePorts(), port(t, g.BlobURL()))
	assert.Contains(t, pathStylePorts(), port(t, g.QueueURL()))
	assert.NotEqual(t, g.BlobURL(), g.QueueURL())
	assert.Equal(t, "localhost", g.BlobURL().Hostname())
	response, _ := send(t, http.MethodPut, g.BlobURL().String()+"/a/c/b", strings.NewReader("x"))
	assert.Equal(t, http.StatusCreated, response.StatusCode)

	another := startWithOptions(
		t,
		Options{Blob: upstream(t, created), Queue: upstream(t, created), Advertise: "localhost"},
	)
	assert.NotContains(t, []string{g.BlobURL().Host, g.QueueURL().Host}, another.BlobURL().Host, "each uses free ports")
}

func TestPathStylePorts(t *testing.T) {
	ports := pathStylePorts()
	assert.Len(t, ports, 20)
	assert.True(t, slices.IsSorted(ports))
	for _, p := range []int{10000, 10004, 10100, 10104, 11000, 11004, 11100, 11104} {
		assert.Contains(t, ports, p)
	}
	assert.NotContains(t, ports, 10005)
}

// free returns a free port whose successor is free, too.
func free(t *testing.T) int {
	t.Helper()
	for range 100 {
		blob, queue, err := listenOnBoth("127.0.0.1", []int{0}, []int{0})
		require.NoError(t, err)
		first := blob.Addr().(*net.TCPAddr).Port
		require.NoError(t, blob.Close())
		require.NoError(t, queue.Close())
		if first < 65535 && canListen(first+1) {
			return first
		}
	}
	t.Fatal("no two successive ports are free")
	return 0
}

func canListen(port int) bool {
	socket, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err == nil {
		_ = socket.Close()
	}
	return err == nil
}

func TestGatewayUsesTheRequestedPort(t *testing.T) {
	at := free(t)
	g := startWithOptions(
		t,
		Options{Blob: upstream(t, created), Queue: upstream(t, created), Port: at, Advertise: "service.example"},
	)
	assert.Equal(
		t,
		[]string{fmt.Sprintf("service.example:%d", at), fmt.Sprintf("service.example:%d", at+1)},
		[]string{g.BlobURL().Host, g.QueueURL().Host},
	)

	_, err := Start(Options{Blob: upstream(t, created), Queue: upstream(t, created), Port: at})
	require.ErrorContains(t, err, "start gateway: listen for the blob service on 127.0.0.1: ")
	_, err = Start(Options{Blob: upstream(t, created), Queue: upstream(t, created), Port: at - 1})
	if err != nil { // the port before it may be in use, too
		assert.ErrorContains(t, err, "start gateway: listen for the ")
	}
	assert.Error(t, err)
}

func TestErrorWithoutAFreePort(t *testing.T) {
	_, err := Start(
		Options{Blob: upstream(t, created), Queue: upstream(t, created), Listen: "192.0.2.1", Advertise: "service.example"},
	)
	require.ErrorContains(t, err, "listen for the blob service on 192.0.2.1")
	assert.ErrorContains(
		t,
		err,
		"with the host name service.example, clients for .NET find the account in the path at the ports [10000 10001",
	)
}
