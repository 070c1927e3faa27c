package azurite

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
)

// ImageVariable is the environment variable that names the container image if [Options.Image] is empty.
const ImageVariable = "CVCONFORM_AZURITE_IMAGE"

// Kind is how an Azurite runs.
type Kind string

// The kinds.
const (
	// Auto chooses a container if a Docker engine responds within 5 s and has the image or can pull it, otherwise a
	// process.
	Auto Kind = "auto"
	// Container is a container on a Docker engine.
	Container Kind = "container"
	// Process is a local Node.js process. It needs Node.js 20 or newer with npm.
	Process Kind = "process"
)

// Options configure [Start]. The zero value is usable.
type Options struct {
	// Kind is how Azurite runs. Empty means [Auto].
	Kind Kind
	// Image is the container image. Empty means the value of [ImageVariable], or [DefaultImage] if that is empty too.
	Image string
	// CacheDir is the folder for the packages that npm installs. Empty means the folder cvconform in
	// [os.UserCacheDir].
	CacheDir string
	// Network is a Docker network that the container joins under the name [Alias]. Empty means none.
	Network string
	// RunID is added to the labels of the container. Empty means no run.
	RunID string
	// OAuth makes a process serve https and accept OAuth tokens as well as keys. Nil means http and keys only. A
	// container ignores it.
	OAuth *OAuth
	// Progress is called with a line before each slow step: an image pull or an installation. Nil means no reports.
	Progress func(line string)
}

// OAuth is the certificate of an Azurite that accepts tokens, which it does over https only. Azurite accepts every
// well-formed token, whatever its signature.
type OAuth struct {
	// CertificateFile and KeyFile are PEM files with the server's certificate and its private key.
	CertificateFile, KeyFile string
	// Roots holds the certificate authority that signed the certificate.
	Roots *x509.CertPool
}

// arguments returns the command-line arguments of Azurite for OAuth.
func (a *OAuth) arguments() []string {
	if a == nil {
		return nil
	}
	return []string{"--oauth", "basic", "--cert", a.CertificateFile, "--key", a.KeyFile}
}

// client returns an HTTP client that trusts the certificate.
func (a *OAuth) client() *http.Client {
	if a == nil {
		return http.DefaultClient
	}
	return &http.Client{
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: a.Roots}, DisableKeepAlives: true},
	}
}

func (o Options) image() string { return cmp.Or(o.Image, os.Getenv(ImageVariable), DefaultImage) }

func (o Options) progress(format string, args ...any) {
	if o.Progress != nil {
		o.Progress(fmt.Sprintf(format, args...))
	}
}
