package seen

import (
	"fmt"
	"net/url"
	"strings"
	"time"
)

// LinkDifference returns how a link differs from that of a blob in a container, or "" if it does not.
func LinkDifference(container *url.URL, blob, link string) string {
	got, err := url.Parse(link)
	switch {
	case link == "":
		return ""
	case err != nil:
		return "it is no valid URL"
	case got.Scheme != container.Scheme || got.Host != container.Host:
		return fmt.Sprintf(
			"it leads to %s://%s, must lead to %s://%s",
			got.Scheme,
			got.Host,
			container.Scheme,
			container.Host,
		)
	}
	name, below := strings.CutPrefix(got.Path, container.Path+"/")
	if !below {
		return fmt.Sprintf("its path is %q, must begin with %q", got.Path, container.Path+"/")
	}
	return differenceOfBlobNames(name, blob)
}

// differenceOfBlobNames returns how the name of a blob differs from another one, after decoding.
func differenceOfBlobNames(got, want string) string {
	decoded, err := url.PathUnescape(got)
	switch {
	case got == want:
		return ""
	case err == nil && decoded == want:
		return "the name of the blob is percent-encoded twice"
	case strings.ReplaceAll(got, "+", " ") == want:
		return "the name of the blob has + in place of each space, which is a plus sign in a path"
	case strings.ReplaceAll(want, " ", "") == strings.ReplaceAll(got, " ", ""):
		return "the name of the blob has other spaces"
	case strings.EqualFold(got, want):
		return "the name of the blob has letters of another case"
	}
	return fmt.Sprintf("the blob is %q, must be %q", got, want)
}

// SASProblem returns why the SAS in the query of a link did not permit to read at that time, or "" if it did as far as
// the query shows, or if the link has no SAS.
func SASProblem(link string, at time.Time) string {
	u, err := url.Parse(link)
	if err != nil || !u.Query().Has("sig") {
		return ""
	}
	q := u.Query()
	expires, validFrom := q.Get("se"), q.Get("st")
	end, hasEnd := ParseSASTime(expires)
	start, hasStart := ParseSASTime(validFrom)
	switch {
	case expires != "" && !hasEnd:
		return fmt.Sprintf("the end of its SAS is no time: se=%s", expires)
	case expires != "" && !end.After(at):
		return fmt.Sprintf("its SAS had expired: se=%s, requested at %s", expires, at.UTC().Format(time.RFC3339))
	case hasStart && start.After(at):
		return fmt.Sprintf("its SAS was not valid yet: st=%s, requested at %s", validFrom, at.UTC().Format(time.RFC3339))
	case q.Has("sp") && !strings.Contains(q.Get("sp"), "r"):
		return fmt.Sprintf("its SAS does not permit to read: sp=%s", q.Get("sp"))
	case q.Get("spr") == "https" && u.Scheme == "http":
		return "its SAS permits HTTPS only: spr=https"
	}
	return ""
}

// ParseSASTime parses the time of a SAS: a date, or a date and a time with an offset (Azure Storage REST reference,
// "Create a service SAS").
func ParseSASTime(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
