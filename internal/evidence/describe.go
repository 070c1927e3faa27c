package evidence

import (
	"fmt"
	"strings"
	"time"

	"github.com/cvconform/cvconform/internal/textfmt"
)

// maxBodyShown is the number of bytes of a body that a description shows.
const maxBodyShown = 2000

// Describe returns a description of an event for the reader of a report: one line, and for an API
// exchange also the bodies of the request and the response.
func Describe(e Event) string {
	switch e.Kind {
	case KindExchange:
		return describeExchange(*e.Exchange)
	case KindOperation:
		return describeOperation(*e.Operation)
	case KindMessage:
		m := e.Message
		return fmt.Sprintf("message in queue %s (%s): %s", m.Queue, m.Encoding, truncate(m.Text))
	case KindBlob:
		b := e.Blob
		return fmt.Sprintf("blob at the end: %s/%s, %d bytes, SHA-256 %.12s…", b.Container, b.Name, b.Length, b.SHA256)
	case KindWait:
		return describeWait(*e.Wait)
	case KindDownload:
		d := e.Download
		return fmt.Sprintf("%s of %s (%s): GET %s → %d, %d bytes %s%s",
			d.Link, d.Subject, d.Via, d.URL, d.Status, d.Length, d.Error, describeRefusals(d.Refused))
	case KindPause:
		return fmt.Sprintf("the harness was stopped for %s", e.Pause.Elapsed.Round(time.Millisecond))
	case KindResource:
		return fmt.Sprintf("created %s %s for the service: %s", e.Resource.Service, e.Resource.Name, e.Resource.URI)
	}
	return e.ActBoundary.Phase + ": " + e.ActBoundary.Title
}

func describeExchange(x Exchange) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s %s", x.Call, x.Method, x.URL)
	if x.Key != "right" {
		fmt.Fprintf(&b, " (Training-Key: %s)", x.Key)
	}
	if x.RequestBody != "" {
		fmt.Fprintf(&b, "\nrequest body: %s", truncate(x.RequestBody))
	}
	b.WriteString(describeRefusals(x.Refused))
	if x.Status == 0 {
		fmt.Fprintf(&b, "\nno response: %s", x.Error)
		return b.String()
	}
	fmt.Fprintf(&b, "\nresponse: %d %s in %s", x.Status, x.Header["Content-Type"], roundedDuration(x.Began, x.Ended))
	if len(x.Refused) > 0 {
		b.WriteString(", all tries and the pauses between them")
	}
	if to := x.Header["Location"]; to != "" && x.Status >= 300 && x.Status <= 399 {
		fmt.Fprintf(&b, "\nredirects to: %s (not followed)", truncate(to))
	}
	if x.Body != "" {
		fmt.Fprintf(&b, "\n%s", truncate(x.Body))
	}
	return b.String()
}

// describeRefusals returns a line for each refused try.
func describeRefusals(refusals []Refusal) string {
	var b strings.Builder
	for _, r := range refusals {
		fmt.Fprintf(&b, "\nrefused: %d, Retry-After: %s, in %s",
			r.Status, truncate(r.RetryAfter), roundedDuration(r.Began, r.Ended))
	}
	return b.String()
}

func roundedDuration(began, ended time.Time) time.Duration {
	return ended.Sub(began).Round(time.Millisecond)
}

func describeOperation(o Operation) string {
	at := o.Resource
	if o.Object != "" {
		at += "/" + o.Object
	}
	s := fmt.Sprintf("the service: %s %s %s → %d", o.Name, o.Service, at, o.Status)
	if o.Inferred != "" {
		s = fmt.Sprintf("the service, inferred from %s: %s %s %s, in the %s before %s", describeSource(o.Inferred),
			o.Name, o.Service, at, roundedDuration(o.Began, o.Ended), o.Ended.Format("15:04:05.000"))
	}
	if o.Code != "" {
		s += " " + o.Code
	}
	s += describeLifetime(o)
	if o.Announced != 0 {
		s += fmt.Sprintf(" (Content-Length %d, body of %d bytes)", o.Announced, o.Length)
	}
	if o.RefusedVersion != "" {
		s += " (API version " + o.RefusedVersion + ")"
	}
	if o.Error != "" {
		s += " (" + o.Error + ")"
	}
	if o.Text != "" {
		s += ": " + truncate(o.Text)
	}
	return s
}

// describeLifetime returns when the message can be read, or "" if the request does not limit it.
func describeLifetime(o Operation) string {
	var parts []string
	if o.VisibilityTimeout > 0 {
		parts = append(parts, fmt.Sprintf("invisible for %s", o.VisibilityTimeout))
	}
	switch {
	case o.TimeToLive == NeverExpires:
		parts = append(parts, "never expires")
	case o.TimeToLive > 0:
		parts = append(parts, fmt.Sprintf("expires after %s", o.TimeToLive))
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}

// describeSource returns the name of the source from which an operation was inferred.
func describeSource(source string) string {
	switch source {
	case FromListing:
		return "a listing"
	case FromDeleted:
		return "the deleted blobs"
	case FromVersion:
		return "the blob versions"
	}
	return source
}

func describeWait(w Wait) string {
	elapsed := w.Elapsed.Round(time.Millisecond)
	switch {
	case w.Satisfied:
		return fmt.Sprintf("waited for %s: observed after %s (budget %s: %s)", w.For, elapsed, w.Budget, w.Limit)
	case w.Elapsed > 0 && w.Elapsed < w.Limit: // the service ended before the budget
		return fmt.Sprintf("waited for %s: not observed when the wait ended after %s (budget %s: %s)",
			w.For, elapsed, w.Budget, w.Limit)
	}
	return fmt.Sprintf("waited for %s: not observed within %s (budget %s)", w.For, w.Limit, w.Budget)
}

// truncate returns s, or its beginning and its length in bytes, or a summary if it is no text.
func truncate(s string) string {
	s = textfmt.Readable(s)
	if len(s) > maxBodyShown {
		return strings.ToValidUTF8(s[:maxBodyShown], "") + fmt.Sprintf("… (%d bytes)", len(s))
	}
	return s
}
