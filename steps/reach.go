package steps

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"

	"golang.org/x/time/rate"

	"github.com/cvconform/cvconform/internal/target"
	"github.com/cvconform/cvconform/internal/trainingapi/client"
)

// defaultRemoteRate is how many calls in a second a service elsewhere gets unless the
// configuration says otherwise: half of what the real one allows of TrainProject,
// which it allows least of (2 in a second with tier F0).
const defaultRemoteRate = 1

// minRate is a call in an hour.
const minRate = 1.0 / 3600

// A networkConfig is how the service is reached: whom its clients believe, how fast they
// call, and what an image is told beside what everybody is.
type networkConfig struct {
	roots     *x509.CertPool // of storage too; nil means the system's
	variables []string       // NAME=VALUE
	limit     rate.Limit     // calls in a second
}

// setReach settles how the service is reached.
func setReach(s *settings) error {
	for _, part := range []func(*settings) error{setRate, setImage} {
		if err := part(s); err != nil {
			return err
		}
	}
	return nil
}

// setTrust settles whom the clients of the service and of its storage believe: a
// company's own authority stands on the way to both.
func setTrust(s *settings) (err error) {
	switch {
	case s.CAFile != "" && s.InsecureSkipVerify:
		return &UsageError{
			Err:  errors.New("a CA file and trust without a look contradict each other"),
			Hint: "leave --insecure-skip-verify out",
		}
	case s.InsecureSkipVerify && !s.target.Secure():
		return &UsageError{
			Err:  fmt.Errorf("target %s does not speak TLS: trust without a look is of no use", s.target),
			Hint: "--insecure-skip-verify is for https:// targets",
		}
	case s.CAFile == "":
		return nil
	case !s.target.Secure() && !s.secureStorage():
		return &UsageError{
			Err:  fmt.Errorf("neither target %s nor storage %s speaks TLS: a CA file is of no use", s.target, s.Storage),
			Hint: "--ca-file is for https:// targets, and for storage that is reached over https",
		}
	}
	s.reach.roots, err = loadCertPool(s.CAFile)
	return err
}

// loadCertPool are the system's, and those of a PEM file.
func loadCertPool(file string) (*x509.CertPool, error) {
	wrong := func(err error) error {
		return &UsageError{
			Err:  fmt.Errorf("CA file %s: %w", file, err),
			Hint: "give the certificate of the authority that signed the service's or the storage's, as PEM",
		}
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, wrong(err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool() // there is no such thing on this system
	}
	for rest, n := content, 0; ; n++ {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			if n == 0 {
				return nil, wrong(errors.New("there is no PEM block in it"))
			}
			return pool, nil
		}
		if block.Type != "CERTIFICATE" {
			return nil, wrong(fmt.Errorf("a PEM block %q, where \"CERTIFICATE\" is needed", block.Type))
		}
		made, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, wrong(err)
		}
		pool.AddCert(made)
	}
}

func setRate(s *settings) error {
	switch {
	case math.IsNaN(s.Rate) || s.Rate < 0:
		return &UsageError{
			Err:  fmt.Errorf("rate %v is no number of calls in a second", s.Rate),
			Hint: "give a positive number, or inf for no limit",
		}
	case s.Rate > 0 && s.Rate < minRate:
		return &UsageError{
			Err:  fmt.Errorf("rate %v is less than one call in an hour: a run would not come to its end", s.Rate),
			Hint: "give a greater number, or inf for no limit",
		}
	case s.Rate > 0:
		s.reach.limit = rate.Limit(s.Rate)
	case s.target.Local():
		s.reach.limit = rate.Inf
	default:
		s.reach.limit = defaultRemoteRate
	}
	return nil
}

// limiter keeps the rate of one run; nil means that there is none to keep.
func (r networkConfig) limiter() *rate.Limiter {
	if r.limit == rate.Inf || math.IsInf(float64(r.limit), 1) {
		return nil
	}
	return rate.NewLimiter(r.limit, 1)
}

// options are those of the clients that call the service.
func (s settings) options() client.HTTPOptions {
	return client.HTTPOptions{Dial: s.dial, Roots: s.reach.roots, Insecure: s.InsecureSkipVerify}
}

// tlsWarnings is the warning of a run that believed everybody.
func (s settings) tlsWarnings() []string {
	if !s.InsecureSkipVerify {
		return nil
	}
	return []string{
		"THE SERVICE'S CERTIFICATE WAS NOT VERIFIED (--insecure-skip-verify): whoever stood between could have answered, and has the training key",
	}
}

func setImage(s *settings) error {
	if s.target.Kind != target.Image && len(s.ImageEnv)+len(s.ImagePorts) > 0 {
		return &UsageError{
			Err:  fmt.Errorf("target %s is no image", s.target),
			Hint: "--image-env and --image-port are for image:REF",
		}
	}
	for i, port := range s.ImagePorts {
		if port < 1 || port > 65535 {
			return fmt.Errorf("image port %d is none: ports go from 1 to 65535", port)
		}
		if slices.Contains(s.ImagePorts[:i], port) {
			return fmt.Errorf("image port %d is given twice", port)
		}
	}
	seen := map[string]bool{}
	for _, given := range s.ImageEnv {
		name, variable, err := parseVariable(given)
		switch {
		case err != nil:
			return err
		case slices.Contains(target.ReservedVariables(), name):
			return &UsageError{
				Err:  fmt.Errorf("image variable %s is one that cvconform sets itself", name),
				Hint: reservedVariableHint(name),
			}
		case seen[name]:
			return fmt.Errorf("image variable %s is given twice", name)
		}
		seen[name] = true
		s.reach.variables = append(s.reach.variables, variable)
	}
	return nil
}

// reservedVariableHint is how to have another value of a variable that every service is told.
func reservedVariableHint(name string) string {
	if name == "PORT" {
		return "--image-port says where the image listens"
	}
	return "have the image's start read it from there under another name"
}

// parseVariable reads NAME=VALUE, or takes the value of NAME from the environment.
func parseVariable(given string) (name, variable string, err error) {
	name, _, whole := strings.Cut(given, "=")
	switch {
	case name == "" || strings.ContainsAny(name, " \t\r\n\x00"):
		return "", "", fmt.Errorf("image variable %q has no name: give NAME=VALUE, or NAME", given)
	case whole:
		return name, given, nil
	}
	value, set := os.LookupEnv(name)
	if !set {
		return "", "", &UsageError{
			Err:  fmt.Errorf("image variable %s is not set in the environment", name),
			Hint: "set it, or give NAME=VALUE",
		}
	}
	return name, name + "=" + value, nil
}

// imageSecrets are the values that image variables took from the environment.
func (s settings) imageSecrets() []string {
	var values []string
	for i, given := range s.ImageEnv {
		if !strings.Contains(given, "=") {
			_, value, _ := strings.Cut(s.reach.variables[i], "=")
			values = append(values, value)
		}
	}
	return values
}
