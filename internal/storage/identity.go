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
)

// ErrNoKey is matched, by errors.Is, by the error of what only the account's key
// can do, for an account that was opened by identity.
var ErrNoKey = errors.New("the account was opened by identity: there is no account key")

// OpenIdentity opens the account whose services are at these roots, by Microsoft
// Entra tokens. Nothing is sent.
func OpenIdentity(blob, queue *url.URL, o Options) (*Account, error) {
	a := &Account{name: nameOf(blob), blob: clone(blob), queue: clone(queue), dial: o.Dial}
	credential := o.Credential
	if credential == nil {
		found, err := azidentity.NewDefaultAzureCredential(
			&azidentity.DefaultAzureCredentialOptions{
				ClientOptions: azcore.ClientOptions{Cloud: cloudOf(blob), Transport: client(o, idleInCloud)},
			},
		)
		if err != nil {
			return nil, &CredentialError{Err: err}
		}
		credential = found
	}
	options, err := clientOptions(o, idle(blob)), error(nil)
	if a.blobs, err = blobs.NewClient(a.blob.String(), shortErrorCredential{credential}, &blobs.ClientOptions{ClientOptions: options}); err != nil {
		return nil, fmt.Errorf("open the blob service at %s: %w", a.blob, err)
	}
	if a.queues, err = azqueue.NewServiceClient(a.queue.String(), shortErrorCredential{credential}, &azqueue.ClientOptions{ClientOptions: options}); err != nil {
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

// shortErrorCredential gives out tokens, and plain errors.
type shortErrorCredential struct{ azcore.TokenCredential }

// GetToken implements azcore.TokenCredential.
func (p shortErrorCredential) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
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
		return "no token for storage: " + oneLine(e.Err.Error())
	}
	var each []string
	for _, one := range attemptPattern.Split(tried, -1)[1:] {
		name, why, _ := strings.Cut(one, " ")
		each = append(each, strings.TrimSuffix(name, ":")+" ("+oneLine(why)+")")
	}
	return "no token for storage; tried " + strings.Join(each, ", ")
}

// attemptPattern begins what the SDK says of one; what is further to the right goes on
// with it.
var attemptPattern = regexp.MustCompile(`(?m)^\t\b`)

// maxCredentialError is how much is said of one credential: an answer may be a whole page.
const maxCredentialError = 400

// oneLine is a text on one line, without rulers and without the address of the
// manual.
func oneLine(text string) string {
	text, _, _ = strings.Cut(text, "To troubleshoot, visit")
	words := strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
	words = slices.DeleteFunc(words, func(word string) bool { return strings.Trim(word, "-") == "" })
	text = strings.TrimSuffix(strings.Join(words, " "), ".")
	if letters := []rune(text); len(letters) > maxCredentialError {
		return string(letters[:maxCredentialError]) + "…"
	}
	return text
}

// Unwrap gives the SDK's error.
func (e *CredentialError) Unwrap() error { return e.Err }

// NonRetriable tells the SDK that asking again does not help.
func (e *CredentialError) NonRetriable() {}
