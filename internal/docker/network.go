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

// HostAlias is the name by which containers reach the host where the engine offers no address of its own. Give a
// container [ReachHost] so that it holds on every engine.
const HostAlias = "host.docker.internal"

// Network is the private bridge network of one run.
type Network struct {
	// Name is what a container joins.
	Name string
	// Gateway is the address of the host's end of the bridge, for example 172.18.0.1; the zero value if the engine has
	// none. On a Docker Desktop it lies inside a virtual machine: see [HostAddress].
	Gateway netip.Addr

	inner *testcontainers.DockerNetwork
}

// NewNetwork makes a private bridge network with the labels of the run.
func NewNetwork(ctx context.Context, runID string) (*Network, error) {
	inner, err := network.New(ctx, network.WithDriver("bridge"), network.WithLabels(Labels(runID)))
	if err != nil {
		return nil, fmt.Errorf("make a Docker network: %w", reaperMissing(err))
	}
	gateway, err := gatewayOf(ctx, inner.Name)
	if err != nil {
		return nil, errors.Join(err, inner.Remove(context.WithoutCancel(ctx)))
	}
	return &Network{Name: inner.Name, Gateway: gateway, inner: inner}, nil
}

// Remove removes the network. Every container must have left it.
func (n *Network) Remove(ctx context.Context) error {
	if err := n.inner.Remove(ctx); err != nil {
		return fmt.Errorf("remove Docker network %s: %w", n.Name, err)
	}
	return nil
}

// HostAddress tells where a listener of this process must listen (without a port) so that containers on the named
// network reach it, and by which name or address they do. That is the bridge's gateway where this machine can listen on
// it (an engine on Linux), else [HostAlias]: with Docker Desktop that leads to the host's loopback.
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
		return false, fmt.Errorf("ask the Docker engine what it is: %w", err)
	}
	return info.Info.OperatingSystem == "Docker Desktop", nil
}

// AllowHostAccess lets a container use [HostAlias] on every engine; pass it to testcontainers.WithHostConfigModifier.
func AllowHostAccess(config *container.HostConfig) {
	config.ExtraHosts = append(config.ExtraHosts, HostAlias+":host-gateway")
}
