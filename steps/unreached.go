package steps

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"

	"github.com/cvconform/cvconform/internal/preflight"
	"github.com/cvconform/cvconform/internal/storage"
)

// storageError is the error of storage that the harness does not get into, with the
// way out.
func (s settings) storageError(err error) error {
	return &EnvironmentError{Err: err, Hint: s.storageHint(err)}
}

// storageHint is what to do where the harness does not get into the storage.
func (s settings) storageHint(err error) string {
	var none *storage.CredentialError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &none):
		return "sign in with az login (AZURE_TOKEN_CREDENTIALS=dev leaves out what a machine has by itself), or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET"
	case errors.As(err, &certificate):
		_, do := preflight.CertificateProblem(certificate)
		return do
	}
	status, code := storage.ErrorStatus(err)
	switch {
	case code == "AuthorizationFailure":
		return "the account does not let this machine in: its firewall (its page Networking) has to allow the network that this machine is in"
	case s.Storage == "azure":
		return identityHint(err, status, code)
	case code == "KeyBasedAuthenticationNotPermitted":
		return "the account takes no keys: --storage azure --blob-account NAME reaches it by identity"
	}
	return "is the storage running, and is its key right?"
}

// identityHint is what to do where the harness came with a token (error codes of
// the storage services).
func identityHint(err error, status int, code string) string {
	var name *net.DNSError
	switch {
	case errors.As(err, &name) && name.IsNotFound:
		return "no storage account has that name: check --blob-account and --queue-account; of another cloud than the public one give the https URLs"
	case status == http.StatusUnauthorized, code == "AuthenticationFailed", code == "InvalidAuthenticationInfo":
		return "the account does not take that token: does it come from the account's own tenant (az login --tenant TENANT), and is the clock of this machine right?"
	case status == http.StatusForbidden:
		return "whoever runs cvconform needs the roles Storage Blob Data Contributor and Storage Queue Data Contributor on the account; " +
			"it may take half an hour until they hold"
	}
	return "are --blob-account and --queue-account right, and may this machine reach them (firewall, private endpoint)?"
}
