package evidence

import (
	"fmt"
	"strings"
	"time"
)

// bodyShown is how much of a body a description shows, in bytes.
const bodyShown = 2000

// Describe puts an event into words for a reader of a report: one line, and for
// an API exchange what was sent and answered. Secrets are markers already.
func Describe(e Event) string {
	switch e.Kind {
	case KindExchange:
		return exchange(*e.Exchange)
	case KindOperation:
		return operation(*e.Operation)
	case KindMessage:
		m := e.Message
		return fmt.Sprintf("message in queue %s (%s): %s", m.Queue, m.Encoding, m.Text)
	case KindBlob:
		b := e.Blob
		return fmt.Sprintf("blob at the end: %s/%s, %d bytes, SHA-256 %.12s…", b.Container, b.Name, b.Length, b.SHA256)
	case KindWait:
		return wait(*e.Wait)
	case KindDownload:
		d := e.Download
		return fmt.Sprintf(
			"%s of %s (%s): GET %s → %d, %d bytes %s%s",
			d.Link,
			d.Subject,
			d.Via,
			d.URL,
			d.Status,
			d.Length,
			d.Error,
			refusals(d.Refused),
		)
	case KindResource:
		return fmt.Sprintf("made %s %s for the service: %s", e.Resource.Service, e.Resource.Name, e.Resource.URI)
	}
	return e.ActBoundary.Phase + ": " + e.ActBoundary.Title
}

func exchange(x Exchange) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s %s", x.Call, x.Method, x.URL)
	if x.Key != "right" {
		fmt.Fprintf(&b, " (Training-Key: %s)", x.Key)
	}
	if x.RequestBody != "" {
		fmt.Fprintf(&b, "\nsent: %s", shorten(x.RequestBody))
	}
	b.WriteString(refusals(x.Refused))
	if x.Status == 0 {
		fmt.Fprintf(&b, "\nno answer: %s", x.Error)
		return b.String()
	}
	fmt.Fprintf(
		&b,
		"\nanswer: %d %s in %s",
		x.Status,
		x.Header["Content-Type"],
		x.Ended.Sub(x.Began).Round(time.Millisecond),
	)
	if len(x.Refused) > 0 {
		b.WriteString(", all tries and the pauses between them")
	}
	if to := x.Header["Location"]; to != "" && x.Status >= 300 && x.Status <= 399 {
		fmt.Fprintf(&b, "\nleads to: %s (not followed)", shorten(to))
	}
	if x.Body != "" {
		fmt.Fprintf(&b, "\n%s", shorten(x.Body))
	}
	return b.String()
}

// refusals are the tries that were made again, a line each.
func refusals(all []Refusal) string {
	var b strings.Builder
	for _, r := range all {
		fmt.Fprintf(
			&b,
			"\nrefused: %d, Retry-After: %s, in %s",
			r.Status,
			shorten(r.RetryAfter),
			r.Ended.Sub(r.Began).Round(time.Millisecond),
		)
	}
	return b.String()
}

func operation(o Operation) string {
	at := o.Resource
	if o.Object != "" {
		at += "/" + o.Object
	}
	s := fmt.Sprintf("the service: %s %s %s → %d", o.Name, o.Service, at, o.Status)
	if o.Inferred != "" {
		s = fmt.Sprintf(
			"the service, by %s: %s %s %s, in the %s before %s",
			inferredFromText(o.Inferred),
			o.Name,
			o.Service,
			at,
			o.Ended.Sub(o.Began).Round(time.Millisecond),
			o.Ended.Format("15:04:05.000"),
		)
	}
	if o.Code != "" {
		s += " " + o.Code
	}
	if o.Text != "" {
		s += ": " + o.Text
	}
	return s
}

// inferredFromText are what an operation was inferred from, in words.
func inferredFromText(from string) string {
	return map[string]string{FromListing: "what is listed", FromDeleted: "the deleted blobs", FromVersion: "the versions of blobs"}[from]
}

func wait(w Wait) string {
	if w.Satisfied {
		return fmt.Sprintf(
			"waited for %s: there after %s (budget %s: %s)",
			w.For,
			w.Elapsed.Round(time.Millisecond),
			w.Budget,
			w.Limit,
		)
	}
	if w.Elapsed > 0 && w.Elapsed < w.Limit { // there was nobody left to wait for
		return fmt.Sprintf(
			"waited for %s: not there when the wait ended after %s (budget %s: %s)",
			w.For,
			w.Elapsed.Round(time.Millisecond),
			w.Budget,
			w.Limit,
		)
	}
	return fmt.Sprintf("waited for %s: not there within %s (budget %s)", w.For, w.Limit, w.Budget)
}

func shorten(s string) string {
	if len(s) > bodyShown {
		return strings.ToValidUTF8(s[:bodyShown], "") + fmt.Sprintf("… (%d bytes)", len(s))
	}
	return s
}
