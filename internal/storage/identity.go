package storage

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	blobs "github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/service"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azqueue/v2"

	"github.com/cvconform/cvconform/internal/textfmt"
)

// ErrNoKey is the error, by errors.Is, of an operation that needs the account's key, for an account that was opened by
// identity.
var ErrNoKey = errors.New("the account was opened by identity, so there is no account key")

// OpenIdentity opens the account with these service roots by Microsoft Entra tokens. It sends nothing.
func OpenIdentity(blob, queue *url.URL, o Options) (*Account, error) {
	a := &Account{name: nameOf(blob), blob: clone(blob), queue: clone(queue), options: o}
	a.account = a.name
	credential := o.Credential
	if credential == nil {
		found, err := azidentity.NewDefaultAzureCredential(
			&azidentity.DefaultAzureCredentialOptions{
				ClientOptions: azcore.ClientOptions{Cloud: cloudOf(blob), Transport: newHTTPClient(o, cloudIdleTimeout)},
			},
		)
		if err != nil {
			return nil, &CredentialError{Err: err}
		}
		credential = found
	}
	credential = shortErrorCredential{credential}
	options := clientOptions(o, idleTimeoutFor(blob))
	var err error
	a.blobs, err = blobs.NewClient(a.blob.String(), credential, &blobs.ClientOptions{ClientOptions: options})
	if err != nil {
		return nil, fmt.Errorf("open the blob service at %s: %w", a.blob, err)
	}
	a.queues, err = azqueue.NewServiceClient(a.queue.String(), credential, &azqueue.ClientOptions{ClientOptions: options})
	if err != nil {
		return nil, fmt.Errorf("open the queue service at %s: %w", a.queue, err)
	}
	return a, nil
}

// nameOf returns the account's name: the path if there is one, as with Azurite, otherwise the first label of the host.
func nameOf(u *url.URL) string {
	if path := strings.Trim(u.Path, "/"); path != "" {
		return path
	}
	name, _, _ := strings.Cut(u.Hostname(), ".")
	return name
}

// A shortErrorCredential replaces the errors of a credential by a [*CredentialError].
type shortErrorCredential struct{ azcore.TokenCredential }

// GetToken implements azcore.TokenCredential.
func (p shortErrorCredential) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	token, err := p.TokenCredential.GetToken(ctx, o)
	if err != nil && ctx.Err() == nil {
		return token, &CredentialError{Err: err}
	}
	return token, err
}

// A CredentialError is the error of getting a token for storage.
type CredentialError struct{ Err error }

// Error returns, on one line, which credentials were tried and why each failed. The SDK's own text fills a page.
func (e *CredentialError) Error() string {
	_, tried, ok := strings.Cut(e.Err.Error(), "Attempted credentials:")
	if !ok {
		return "no token for storage: " + oneLine(e.Err.Error())
	}
	var each []string
	for _, one := range attemptPattern.Split(tried, -1)[1:] {
		name, reason, _ := strings.Cut(one, " ")
		each = append(each, strings.TrimSuffix(name, ":")+" ("+oneLine(reason)+")")
	}
	return "no token for storage; tried " + strings.Join(each, ", ")
}

// attemptPattern matches the start of one credential's text in the SDK's error. Lines with more indentation continue
// it.
var attemptPattern = regexp.MustCompile(`(?m)^\t\b`)

// maxCredentialError is the maximum length of one credential's text, in characters. It may contain a whole HTML page.
const maxCredentialError = 400

// oneLine returns a text on one line, without separator lines and without the link to the documentation.
func oneLine(text string) string {
	text, _, _ = strings.Cut(text, "To troubleshoot, visit")
	words := strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
	words = slices.DeleteFunc(words, func(word string) bool { return strings.Trim(word, "-") == "" })
	return textfmt.Truncate(strings.TrimSuffix(strings.Join(words, " "), "."), maxCredentialError)
}

// Unwrap returns the SDK's error.
func (e *CredentialError) Unwrap() error { return e.Err }

// NonRetriable marks the error as permanent for the SDK.
func (e *CredentialError) NonRetriable() {}
