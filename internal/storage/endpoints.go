package storage

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
)

// Endpoints returns the roots of an account's two services. The arguments are the account's name ("mystorage", in the
// public cloud) or the services' URLs (another cloud, a private link, or Azurite with the account in the path).
// queueAccount may be "" if its URL follows from the blob service's. The error quotes the argument, unless it may
// contain a secret.
func Endpoints(blobAccount, queueAccount string) (blob, queue *url.URL, err error) {
	if blob, err = root(blobAccount, "blob"); err != nil {
		return nil, nil, err
	}
	if queueAccount == "" {
		if queueAccount, err = queueEndpointFor(blob); err != nil {
			return nil, nil, err
		}
	}
	queue, err = root(queueAccount, "queue")
	return blob, queue, err
}

// The names of accounts and of their services' hosts (resource name rules; endpoints with a DNS zone, and private
// ones).
var (
	accountName = regexp.MustCompile(`^[a-z0-9]{3,24}$`)
	serviceHost = regexp.MustCompile(
		`^[a-z0-9-]+(?:\.z\d+)?(?:\.privatelink)?\.(blob|queue|dfs|file|table|web)\.(?:core|storage)\.`,
	)
)

// root returns the root of a service. It accepts https only, because tokens are not sent over http.
func root(account, service string) (*url.URL, error) {
	if accountName.MatchString(account) {
		return &url.URL{Scheme: "https", Host: account + "." + service + ".core.windows.net"}, nil
	}
	invalid := func(reason string) error {
		return fmt.Errorf("the %s account %s %s", service, redactAccount(account), reason)
	}
	u, err := url.Parse(strings.TrimRight(account, "/"))
	if err != nil || u.Host == "" || u.Scheme != "https" || u.RawQuery != "" || u.Fragment != "" || u.User != nil ||
		strings.Count(u.Path, "/") > 1 {
		return nil, invalid("is neither the name of a storage account nor the https URL of its " + service + " service")
	}
	u.Host = strings.TrimSuffix(strings.ToLower(u.Host), ":443")
	found := serviceHost.FindStringSubmatch(u.Hostname())
	switch {
	case found != nil && found[1] != service:
		return nil, invalid("is the URL of a " + found[1] + " service")
	case found != nil && u.Path != "":
		return nil, invalid("is the URL of something in the account: leave out the path")
	case u.Path == "" && (net.ParseIP(u.Hostname()) != nil || u.Hostname() == "localhost"):
		return nil, invalid("has no account name: the path of such a URL has to contain it")
	}
	return u, nil
}

// redactAccount returns the account for an error. It hides a URL with a SAS or a password, and a connection string.
func redactAccount(account string) string {
	if strings.ContainsAny(account, "?@;=") {
		return "(not shown, it may hold a secret)"
	}
	return fmt.Sprintf("%q", account)
}

// queueEndpointFor returns the URL of the queue service in the same account as the blob service.
func queueEndpointFor(blob *url.URL) (string, error) {
	name, rest, ok := strings.Cut(blob.Host, ".blob.")
	if !ok {
		return "", fmt.Errorf("the queue service for %s is not known", blob)
	}
	return "https://" + name + ".queue." + rest, nil
}

// cloudOf returns the cloud whose directory issues tokens for the account. For the zero value the SDK uses the cloud
// of the environment, or the public one.
func cloudOf(blob *url.URL) cloud.Configuration {
	switch host := blob.Hostname(); {
	case strings.HasSuffix(host, ".core.chinacloudapi.cn"):
		return cloud.AzureChina
	case strings.HasSuffix(host, ".core.usgovcloudapi.net"):
		return cloud.AzureGovernment
	}
	return cloud.Configuration{}
}
