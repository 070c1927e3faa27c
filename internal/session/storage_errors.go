package session

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"

	"github.com/cvconform/cvconform/internal/preflight/finding"
	"github.com/cvconform/cvconform/internal/storage"
	"github.com/cvconform/cvconform/internal/userr"
)

// storageError returns the error for storage that the harness cannot use.
func (s Settings) storageError(err error) error {
	return &userr.EnvironmentError{Err: err, Hint: s.StorageHint(err)}
}

// StorageHint returns how to give the harness access to the storage.
func (s Settings) StorageHint(err error) string {
	var credential *storage.CredentialError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &credential):
		return "sign in with az login (AZURE_TOKEN_CREDENTIALS=dev leaves out the identity of the machine), " +
			"or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET"
	case errors.As(err, &certificate):
		_, remedy := finding.CertificateProblem(certificate)
		return remedy
	}
	status, code := storage.ErrorStatus(err)
	switch {
	case code == "AuthorizationFailure":
		return "the account does not let this machine in: " +
			"its firewall (page Networking) has to allow the network of this machine"
	case s.Storage.Kind == "azure":
		return identityHint(err, status, code)
	case code == "KeyBasedAuthenticationNotPermitted":
		return "the account accepts no keys: use an identity instead, with Config.Storage azure and Config.BlobAccount NAME"
	}
	return "is the storage running, and is its key right?"
}

// identityHint returns how to make the storage accept the token of the harness
// (error codes of the storage services).
func identityHint(err error, status int, code string) string {
	var name *net.DNSError
	switch {
	case errors.As(err, &name) && name.IsNotFound:
		return "no storage account has that name: check Config.BlobAccount and Config.QueueAccount; " +
			"give https URLs for an account of another cloud than the public one"
	case status == http.StatusUnauthorized, code == "AuthenticationFailed", code == "InvalidAuthenticationInfo":
		return "the account does not accept that token: " +
			"does it come from the account's own tenant (az login --tenant TENANT), and is the clock of this machine right?"
	case status == http.StatusForbidden:
		return "the identity that runs cvconform needs the roles Storage Blob Data Contributor and " +
			"Storage Queue Data Contributor on the account; it may take half an hour until they are effective"
	}
	return "are Config.BlobAccount and Config.QueueAccount right, " +
		"and can this machine reach them (firewall, private endpoint)?"
}
