package check

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/cvconform/cvconform/internal/check/interval"
	"github.com/cvconform/cvconform/internal/check/seen"
	"github.com/cvconform/cvconform/internal/evidence/redact"
)

// ModelURIIsValid requires that modelUri is an absolute URI with a host, by RFC 3986.
func ModelURIIsValid() Check {
	return exportCheck("model-uri-is-valid", func(_ *Case, _ project, m message) *Problem {
		link := m.Text("Content", "modelUri")
		if reason := invalidURI(redact.ReplaceMarkers(link, "x")); reason != "" {
			return fail("modelUri is an absolute URI (RFC 3986)", reason+": modelUri = "+describeLink(link), m.event)
		}
		return nil
	})
}

var (
	forbiddenInURI = regexp.MustCompile(`[^A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]`)
	wrongEscape    = regexp.MustCompile(`%(?:$|[^0-9A-Fa-f]|[0-9A-Fa-f]$|[0-9A-Fa-f][^0-9A-Fa-f])`)
)

// invalidURI returns why a text is not an absolute URI with a host, or "".
func invalidURI(text string) string {
	if bad := forbiddenInURI.FindString(text); bad != "" {
		return notEncoded(bad)
	}
	if wrongEscape.MatchString(text) {
		return `a "%" is not followed by two hexadecimal digits`
	}
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return err.Error()
	case u.Scheme == "":
		return "it has no scheme"
	case u.Hostname() == "":
		return "it has no host"
	}
	_, rest, _ := strings.Cut(text, u.Host)
	if bad := strings.IndexAny(rest, "[]"); bad >= 0 {
		return notEncoded(rest[bad : bad+1])
	}
	if strings.Count(text, "#") > 1 {
		return notEncoded("#")
	}
	return ""
}

func notEncoded(character string) string {
	return fmt.Sprintf("the character %q is not percent-encoded", character)
}

// expiryProblem returns the problem of a SAS whose expiry is not a valid time, or was over when its message was
// stored. A replay answers with recorded messages, whose time has come.
func expiryProblem(c *Case, m message, expiry string) *Problem {
	const want = "modelUri with an se that is a valid time in the future"
	ends, ok := seen.ParseSASTime(expiry)
	if !ok {
		return fail(want, fmt.Sprintf("se = %q is no time of a SAS", expiry), m.event)
	}
	stored := interval.At(c.Started.Add(m.event.At))
	if m.observed() {
		stored = c.completion(m.put.Operation)
	}
	if c.Replayed {
		return nil
	}
	return ordering{
		want:    want,
		after:   "se = " + expiry + " was over when the message was stored",
		unknown: "not observed: whether se = " + expiry + " was over when the message was stored",
	}.judge(stored, interval.At(ends), m.event)
}
