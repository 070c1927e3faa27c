package azurestorage

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
)

// account is the account in a connection string.
type account struct {
	name, key string
	endpoints map[string]*url.URL // by service: "blob", "queue"
}

// contains reports whether a URI belongs to the account: if it is below the endpoint of the service or, on this
// machine, below the account's name in the path, because a proxy in front of an emulator has another port.
func (a *account) contains(u *url.URL, service string) bool {
	endpoint := a.endpoints[service]
	if strings.EqualFold(u.Scheme, endpoint.Scheme) && strings.EqualFold(u.Host, endpoint.Host) &&
		strings.HasPrefix(u.Path, strings.TrimSuffix(endpoint.Path, "/")+"/") {
		return true
	}
	return isLoopback(u.Hostname()) && strings.HasPrefix(u.Path, "/"+a.name+"/")
}

// hosts returns the host names of the account's endpoints.
func (a *account) hosts() []string {
	names := []string{}
	for _, endpoint := range a.endpoints {
		names = append(names, strings.ToLower(endpoint.Hostname()))
	}
	return names
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// parseAccount parses a connection string. Its errors do not quote the string.
func parseAccount(connectionString string) (*account, error) {
	parts := map[string]string{}
	for part := range strings.SplitSeq(connectionString, ";") {
		if name, value, ok := strings.Cut(strings.TrimSpace(part), "="); ok {
			parts[strings.ToLower(name)] = value
		}
	}
	a := &account{name: parts["accountname"], key: parts["accountkey"], endpoints: map[string]*url.URL{}}
	if a.name == "" || a.key == "" {
		return nil, errors.New("AccountName and AccountKey are required")
	}
	if _, err := blob.NewSharedKeyCredential(a.name, a.key); err != nil {
		return nil, errors.New("AccountKey is not Base64")
	}
	for service, name := range map[string]string{"blob": "BlobEndpoint", "queue": "QueueEndpoint"} {
		endpoint, err := url.Parse(endpointOf(parts, service))
		if err != nil || endpoint.Host == "" {
			return nil, fmt.Errorf("%s is not a URL", name)
		}
		a.endpoints[service] = endpoint
	}
	return a, nil
}

// endpointOf returns the endpoint in a connection string, or otherwise the account's endpoint in Azure.
func endpointOf(parts map[string]string, service string) string {
	if given := parts[service+"endpoint"]; given != "" {
		return given
	}
	protocol, suffix := parts["defaultendpointsprotocol"], parts["endpointsuffix"]
	if protocol == "" {
		protocol = "https"
	}
	if suffix == "" {
		suffix = "core.windows.net"
	}
	return fmt.Sprintf("%s://%s.%s.%s", protocol, parts["accountname"], service, suffix)
}
