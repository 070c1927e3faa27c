package trainingapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"strings"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/textfmt"
)

// The headers that explain a response.
const (
	// RetryAfter says how long to wait before a retry: seconds, or a date (RFC 9110, 10.2.3).
	RetryAfter = "Retry-After"
	// ContentLength is the number of bytes of the body.
	ContentLength = "Content-Length"
	// ContentEncoding is the compression of the body.
	ContentEncoding = "Content-Encoding"
)

const (
	statusTooManyRequests    = 429
	statusServiceUnavailable = 503

	maxExcerpt = 300 // characters of a body that an error quotes
)

// Succeeded reports whether the response has a 2xx status. Whether it has to be 200 is for the requirements to say.
func Succeeded(x evidence.Exchange) bool { return x.Status >= 200 && x.Status < 300 }

// Decode decodes the response to a call into v. The error describes a missing or incomplete response, a status other
// than 2xx, or a body that is not the JSON of v.
func Decode(x evidence.Exchange, v any) error {
	if x.Error != "" {
		return errors.New(FailureReason(x))
	}
	if !Succeeded(x) {
		return errors.New(DescribeResponse(x))
	}
	if err := json.Unmarshal([]byte(x.Body), v); err != nil {
		return fmt.Errorf("%s returned %d, but not the expected JSON%s: %s (%s)",
			x.Call, x.Status, unexpectedMediaType(x), Truncate(x.Body), bodyProblem(x, err))
	}
	return nil
}

// bodyProblem returns why a body is not the expected JSON: because of its compression or its length, or else err.
func bodyProblem(x evidence.Exchange, err error) string {
	compression, length := x.Header[ContentEncoding], x.Header[ContentLength]
	var syntax *json.SyntaxError
	switch {
	case compression != "":
		return "its Content-Encoding is " + compression + ", which the request does not accept"
	case textfmt.Binary(x.Body) == "gzip data":
		return "without the header Content-Encoding: gzip"
	case length != "" && errors.As(err, &syntax) && err.Error() == "unexpected end of JSON input" && x.Body != "":
		return "the JSON is not complete after " + length + " bytes, where the body ends because of its Content-Length"
	}
	return err.Error()
}

// FailureReason returns why a call has no response, or an incomplete one.
func FailureReason(x evidence.Exchange) string {
	if x.Status != 0 {
		return fmt.Sprintf("%s returned %d, but the response is incomplete: %s", x.Call, x.Status, x.Error)
	}
	return fmt.Sprintf("%s got no response: %s", x.Call, x.Error)
}

// Describe describes the response to a call, or why there is none.
func Describe(x evidence.Exchange) string {
	if x.Status == 0 {
		return FailureReason(x)
	}
	return DescribeResponse(x)
}

// DescribeResponse returns the status of a response, the beginning of its body, and, where it has one, its redirect
// or its Retry-After.
func DescribeResponse(x evidence.Exchange) string {
	detail, retryAfter := "", x.Header[RetryAfter]
	switch location := x.Header["Location"]; {
	case location != "" && x.Status >= 300 && x.Status <= 399:
		detail = fmt.Sprintf(" (redirect to %s, not followed)", location)
	case x.Status == statusTooManyRequests && retryAfter == "":
		detail = " (no Retry-After, so no retry)"
	case x.Status == statusTooManyRequests || x.Status == statusServiceUnavailable && retryAfter != "":
		detail = fmt.Sprintf(" (Retry-After: %s; attempts: %d)", retryAfter, len(x.Refused)+1)
	}
	return fmt.Sprintf("%s returned %d%s: %s", x.Call, x.Status, detail, Truncate(x.Body))
}

func unexpectedMediaType(x evidence.Exchange) string {
	mediaType, _, err := mime.ParseMediaType(x.Header["Content-Type"])
	if err != nil || mediaType == "application/json" {
		return ""
	}
	return " (" + mediaType + ")"
}

// Truncate returns the beginning of a body on one line, or a summary of one that is no text.
func Truncate(body string) string {
	body = strings.Join(strings.Fields(textfmt.Readable(body)), " ")
	if body == "" {
		return "(empty body)"
	}
	return textfmt.Truncate(body, maxExcerpt)
}
