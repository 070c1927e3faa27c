package storage

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	blobs "github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue/v2"
)

// ErrNoKey is matched, by errors.Is, by the error of what only the account's key
// can do, for an account that was opened by identity.
var ErrNoKey = errors.New("the account was opened by identity: there is no account key")

// Endpoints are the roots of an account's two services, by its name
// ("mystorage": the public cloud) or by URLs (another cloud, or a private link).
// The queue service may be left out where its address follows from the blob
// service's. The error says what is wrong, and names the flag's value.
func Endpoints(blobAccount, queueAccount string) (blob, queue *url.URL, err error) {
	if blob, err = root(blobAccount, "blob"); err != nil {
		return nil, nil, err
	}
	if queueAccount == "" {
		if queueAccount, err = beside(blob); err != nil {
			return nil, nil, err
		}
	}
	queue, err = root(queueAccount, "queue")
	return blob, queue, err
}

// accountName is what storage accounts may be called (resource name rules).
var accountName = regexp.MustCompile(`^[a-z0-9]{3,24}$`)

// root is the root of a service: tokens are sent over https only.
func root(account, service string) (*url.URL, error) {
	if accountName.MatchString(account) {
		return &url.URL{Scheme: "https", Host: account + "." + service + ".core.windows.net"}, nil
	}
	u, err := url.Parse(strings.TrimRight(account, "/"))
	if err != nil || u.Host == "" || u.Scheme != "https" || u.RawQuery != "" || u.User != nil || strings.Count(u.Path, "/") > 1 {
		return nil, fmt.Errorf("the %s account %q is neither the name of a storage account nor the https URL of its %s service", service, account, service)
	}
	return u, nil
}

// beside is the queue service of the account whose blob service that is.
func beside(blob *url.URL) (string, error) {
	name, rest, ok := strings.Cut(blob.Host, ".blob.")
	if !ok {
		return "", fmt.Errorf("the queue service beside %s is not known", blob)
	}
	return "https://" + name + ".queue." + rest, nil
}

// OpenIdentity opens the account whose services are at these roots, by Microsoft
// Entra tokens. Nothing is sent.
func OpenIdentity(blob, queue *url.URL, o Options) (*Account, error) {
	a := &Account{name: nameOf(blob), blob: clone(blob), queue: clone(queue), dial: o.Dial}
	credential := o.Credential
	if credential == nil {
		found, err := azidentity.NewDefaultAzureCredential(&azidentity.DefaultAzureCredentialOptions{ClientOptions: azcore.ClientOptions{Transport: client(o, idleInCloud)}})
		if err != nil {
			return nil, &CredentialError{Err: err}
		}
		credential = found
	}
	options, err := clientOptions(o, idle(blob)), error(nil)
	if a.blobs, err = blobs.NewClient(a.blob.String(), plain{credential}, &blobs.ClientOptions{ClientOptions: options}); err != nil {
		return nil, fmt.Errorf("open the blob service at %s: %w", a.blob, err)
	}
	if a.queues, err = azqueue.NewServiceClient(a.queue.String(), plain{credential}, &azqueue.ClientOptions{ClientOptions: options}); err != nil {
		return nil, fmt.Errorf("open the queue service at %s: %w", a.queue, err)
	}
	return a, nil
}

// nameOf is the account's name: the path where there is one, as with Azurite, else
// the first label of the host.
func nameOf(u *url.URL) string {
	if path := strings.Trim(u.Path, "/"); path != "" {
		return path
	}
	name, _, _ := strings.Cut(u.Hostname(), ".")
	return name
}

// plain gives out tokens, and plain errors.
type plain struct{ azcore.TokenCredential }

// GetToken implements azcore.TokenCredential.
func (p plain) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	token, err := p.TokenCredential.GetToken(ctx, o)
	if err != nil && ctx.Err() == nil {
		return token, &CredentialError{Err: err}
	}
	return token, err
}

// A CredentialError says that no credential of this machine gave a token for
// storage.
type CredentialError struct{ Err error }

// Error says in one line which credentials were tried, and why each gave none;
// the SDK's own text is a page.
func (e *CredentialError) Error() string {
	_, tried, ok := strings.Cut(e.Err.Error(), "Attempted credentials:")
	if !ok {
		return "no token for storage: " + sentence(e.Err.Error())
	}
	var each []string
	for line := range strings.Lines(tried) {
		if name, why, ok := strings.Cut(strings.TrimSpace(line), ": "); ok && strings.HasPrefix(line, "\t") && !strings.HasPrefix(line, "\t\t") {
			each = append(each, name+" ("+sentence(why)+")")
		}
	}
	return "no token for storage; tried " + strings.Join(each, ", ")
}

// sentence is the first line of a text, without the address of the manual.
func sentence(text string) string {
	text, _, _ = strings.Cut(strings.TrimSpace(text), "\n")
	text, _, _ = strings.Cut(text, " To troubleshoot, visit")
	return strings.TrimSuffix(strings.TrimSpace(text), ".")
}

// Unwrap gives the SDK's error.
func (e *CredentialError) Unwrap() error { return e.Err }

// NonRetriable tells the SDK that asking again does not help.
func (e *CredentialError) NonRetriable() {}
