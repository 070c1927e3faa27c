package gateway

import (
	"crypto/tls"
	"net/url"
	"time"
)

// Options configures a [Gateway].
type Options struct {
	// Blob and Queue are the storage services as the harness reaches them: scheme, host and port. A path is ignored.
	Blob, Queue *url.URL
	// Listen is the host to listen on; "" means 127.0.0.1.
	Listen string
	// Port is the port for the blob service; the next one is for the queue service. 0 means free ports. Where Advertise
	// is a name these are among those for which every client reads the account from the path.
	Port int
	// Advertise is the host by which the service under test reaches the gateway; "" means Listen.
	Advertise string
	// TLS is the configuration for storage behind https; nil means the certificates of the system.
	TLS *tls.Config
	// Now is the clock of the record; nil means time.Now.
	Now func() time.Time
}

func (o Options) withDefaults() Options {
	if o.Listen == "" {
		o.Listen = "127.0.0.1"
	}
	if o.Advertise == "" {
		o.Advertise = o.Listen
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}
