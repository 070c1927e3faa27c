package steps

import (
	"math"

	"golang.org/x/time/rate"

	"github.com/cvconform/cvconform/internal/session"
	"github.com/cvconform/cvconform/internal/tlscert"
	"github.com/cvconform/cvconform/internal/userr"
)

// defaultRemoteRate is the default limit of calls per second to a service that is
// not on this machine: half of the rate that the real one allows for TrainProject, its most
// limited call (2 per second with tier F0).
const defaultRemoteRate = 1

// minRate is one call per hour.
const minRate = 1.0 / 3600

func setRate(c Config, s *session.Settings) error {
	switch {
	case math.IsNaN(c.Rate) || c.Rate < 0:
		return userr.Usagef("use a positive number, or inf for no limit", "invalid rate %v", c.Rate)
	case c.Rate > 0 && c.Rate < minRate:
		return userr.Usagef("use a greater number, or inf for no limit",
			"rate %v is less than one call per hour: the run would not end", c.Rate)
	case c.Rate > 0:
		s.Network.Limit = rate.Limit(c.Rate)
	case s.Target.Local():
		s.Network.Limit = rate.Inf
	default:
		s.Network.Limit = defaultRemoteRate
	}
	return nil
}

// setTrust sets the certificate authorities that are trusted: a company's own
// authority signs the certificates of both the service and the storage.
func setTrust(c Config, s *session.Settings) (err error) {
	s.Network.InsecureSkipVerify = c.InsecureSkipVerify
	switch {
	case c.CAFile != "" && c.InsecureSkipVerify:
		return userr.Usagef("leave Config.InsecureSkipVerify out",
			"a CA file has no effect if certificates are not verified")
	case c.InsecureSkipVerify && !s.Target.Secure():
		return userr.Usagef("Config.InsecureSkipVerify applies only to https targets", "target %s does not use TLS", s.Target)
	case c.CAFile == "":
		return nil
	case !s.Target.Secure() && !s.Storage.UsesTLS():
		return userr.Usagef("Config.CAFile applies only to https targets, and to storage that is reached over https",
			"neither target %s nor storage %s uses TLS", s.Target, s.Storage.Kind)
	}
	if s.Network.Roots, err = tlscert.ReadAuthorities(c.CAFile); err != nil {
		return userr.Usagef("give the certificate of the authority that signed the service's or the storage's, as PEM",
			"CA file %s: %w", c.CAFile, err)
	}
	return nil
}
