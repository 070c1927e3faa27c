package gateway

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"strconv"

	"github.com/cvconform/cvconform/internal/evidence"
)

// pathStylePorts returns the ports for which Azure's storage clients for .NET and JavaScript read the account from
// the path although the host is a name (Constants.PathStylePorts of Azure.Storage.Common). With any other port they
// take the first label of the name for the account.
func pathStylePorts() []int {
	var ports []int
	for _, first := range []int{10000, 10100, 11000, 11100} {
		for i := range 5 {
			ports = append(ports, first+i)
		}
	}
	return ports
}

// listenOnFreePort listens for both services. The error names the service for which that failed.
func listenOnFreePort(o Options) (blob, queue net.Listener, err error) {
	switch {
	case o.Port != 0:
		return listenOnBoth(o.Listen, []int{o.Port}, []int{o.Port + 1})
	case net.ParseIP(o.Advertise) != nil:
		return listenOnBoth(o.Listen, []int{0}, []int{0})
	}
	ports := pathStylePorts()
	if blob, queue, err = listenOnBoth(o.Listen, ports, ports); err != nil {
		err = fmt.Errorf(
			"%w; with the host name %s, clients for .NET find the account in the path at the ports %v only",
			err,
			o.Advertise,
			ports,
		)
	}
	return blob, queue, err
}

// listenOnBoth listens on the first of the ports that is free, for each service.
func listenOnBoth(host string, blobs, queues []int) (blob, queue net.Listener, err error) {
	if blob, err = listen(evidence.Blob, host, blobs); err != nil {
		return nil, nil, err
	}
	if queue, err = listen(evidence.Queue, host, queues); err != nil {
		return nil, nil, errors.Join(err, blob.Close())
	}
	return blob, queue, nil
}

func listen(s evidence.Service, host string, ports []int) (net.Listener, error) {
	var first error
	for _, port := range ports {
		socket, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
		if err == nil {
			return socket, nil
		}
		first = cmp.Or(first, err)
	}
	return nil, fmt.Errorf("start gateway: listen for the %s service on %s: %w", s, host, first)
}
