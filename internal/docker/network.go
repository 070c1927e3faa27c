package docker

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/network"
)

// HostAlias is the host name by which containers reach the host if there is no address for it. It works on every
// engine in containers with [AllowHostAccess].
const HostAlias = "host.docker.internal"

// Network is the private bridge network of one run.
type Network struct {
	// Name is the name by which a container joins the network.
	Name string
	// Gateway is the host's address on the bridge, for example 172.18.0.1; the zero value if the engine has none. With
	// Docker Desktop it belongs to a virtual machine: see [HostAddress].
	Gateway netip.Addr

	inner *testcontainers.DockerNetwork
}

// NewNetwork creates a private bridge network with the labels of the run.
func NewNetwork(ctx context.Context, runID string) (*Network, error) {
	inner, err := network.New(ctx, network.WithDriver("bridge"), network.WithLabels(Labels(runID)))
	if err != nil {
		return nil, fmt.Errorf("create a Docker network: %w", describeReaperError(err))
	}
	gateway, err := gatewayOf(ctx, inner.Name)
	if err != nil {
		return nil, errors.Join(err, inner.Remove(context.WithoutCancel(ctx)))
	}
	return &Network{Name: inner.Name, Gateway: gateway, inner: inner}, nil
}

// Remove removes the network. No container may be connected to it.
func (n *Network) Remove(ctx context.Context) error {
	if err := n.inner.Remove(ctx); err != nil {
		return fmt.Errorf("remove Docker network %s: %w", n.Name, err)
	}
	return nil
}

// HostAddress returns the address (without a port) on which this process has to listen for containers on the network,
// and the name or address by which they reach it. Both are the bridge's gateway if this machine can listen on it (an
// engine on Linux). Otherwise containers use [HostAlias], which with Docker Desktop refers to the host's loopback.
func HostAddress(ctx context.Context, network string) (listen, advertise string, err error) {
	gateway, err := gatewayOf(ctx, network)
	if err != nil {
		return "", "", err
	}
	if gateway.IsValid() && canListen(ctx, gateway.String()) {
		return gateway.String(), gateway.String(), nil
	}
	desktop, err := isDesktop(ctx)
	if err != nil {
		return "", "", err
	}
	if desktop {
		return "127.0.0.1", HostAlias, nil
	}
	return "0.0.0.0", HostAlias, nil
}

func gatewayOf(ctx context.Context, name string) (netip.Addr, error) {
	engine, err := Engine(ctx)
	if err != nil {
		return netip.Addr{}, err
	}
	defer engine.Close()
	found, err := engine.NetworkInspect(ctx, name, client.NetworkInspectOptions{})
	if err != nil {
		return netip.Addr{}, fmt.Errorf("inspect Docker network %s: %w", name, err)
	}
	for _, config := range found.Network.IPAM.Config {
		if config.Gateway.Is4() {
			return config.Gateway, nil
		}
	}
	return netip.Addr{}, nil
}

func canListen(ctx context.Context, address string) bool {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", net.JoinHostPort(address, "0"))
	if err != nil {
		return false
	}
	return listener.Close() == nil
}

func isDesktop(ctx context.Context) (bool, error) {
	engine, err := Engine(ctx)
	if err != nil {
		return false, err
	}
	defer engine.Close()
	info, err := engine.Info(ctx, client.InfoOptions{})
	if err != nil {
		return false, fmt.Errorf("read the operating system of the Docker engine: %w", err)
	}
	return info.Info.OperatingSystem == "Docker Desktop", nil
}

// AllowHostAccess makes [HostAlias] work in a container on every engine. Pass it to
// testcontainers.WithHostConfigModifier.
func AllowHostAccess(config *container.HostConfig) {
	config.ExtraHosts = append(config.ExtraHosts, HostAlias+":host-gateway")
}
