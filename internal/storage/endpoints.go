package storage

import (
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
)

// Endpoints are the roots of an account's two services, by its name
// ("mystorage": the public cloud) or by URLs (another cloud, a private link, or an
// Azurite, with the account in the path). The queue service may be left out where
// its address follows from the blob service's. The error says what is wrong, and
// names the flag's value, unless that may hold a secret.
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

// What accounts and the hosts of their services may be called (resource name rules;
// endpoints with a DNS zone, and private ones).
var (
	accountName = regexp.MustCompile(`^[a-z0-9]{3,24}$`)
	serviceHost = regexp.MustCompile(
		`^[a-z0-9-]+(?:\.z\d+)?(?:\.privatelink)?\.(blob|queue|dfs|file|table|web)\.(?:core|storage)\.`,
	)
)

// root is the root of a service: tokens are sent over https only.
func root(account, service string) (*url.URL, error) {
	if accountName.MatchString(account) {
		return &url.URL{Scheme: "https", Host: account + "." + service + ".core.windows.net"}, nil
	}
	wrong := func(what string) error {
		return fmt.Errorf("the %s account %s %s", service, redactAccount(account), what)
	}
	u, err := url.Parse(strings.TrimRight(account, "/"))
	if err != nil || u.Host == "" || u.Scheme != "https" || u.RawQuery != "" || u.Fragment != "" || u.User != nil ||
		strings.Count(u.Path, "/") > 1 {
		return nil, wrong("is neither the name of a storage account nor the https URL of its " + service + " service")
	}
	u.Host = strings.TrimSuffix(strings.ToLower(u.Host), ":443")
	of := serviceHost.FindStringSubmatch(u.Hostname())
	switch {
	case of != nil && of[1] != service:
		return nil, wrong("is the URL of a " + of[1] + " service")
	case of != nil && u.Path != "":
		return nil, wrong("names something in the account: leave out the path")
	case u.Path == "" && (net.ParseIP(u.Hostname()) != nil || u.Hostname() == "localhost"):
		return nil, wrong("names no account: it goes into the path of such an address")
	}
	return u, nil
}

// redactAccount is an account as an error quotes it. A URL with a SAS or a password is not
// quoted, and nor is a connection string.
func redactAccount(account string) string {
	if strings.ContainsAny(account, "?@;=") {
		return "(not shown, it may hold a secret)"
	}
	return fmt.Sprintf("%q", account)
}

// queueEndpointFor is the queue service of the account whose blob service that is.
func queueEndpointFor(blob *url.URL) (string, error) {
	name, rest, ok := strings.Cut(blob.Host, ".blob.")
	if !ok {
		return "", fmt.Errorf("the queue service beside %s is not known", blob)
	}
	return "https://" + name + ".queue." + rest, nil
}

// cloudOf is the cloud whose directory gives tokens for the account: that of its
// address, else the one that the environment names, or the public one.
func cloudOf(blob *url.URL) cloud.Configuration {
	switch host := blob.Hostname(); {
	case strings.HasSuffix(host, ".core.chinacloudapi.cn"):
		return cloud.AzureChina
	case strings.HasSuffix(host, ".core.usgovcloudapi.net"):
		return cloud.AzureGovernment
	}
	return cloud.Configuration{}
}
