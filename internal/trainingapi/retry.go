package trainingapi

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/cvconform/cvconform/internal/evidence"
)

// MaxAttempts is how often a call is sent at most. It is sent again where that is
// safe, and where the service says when: after 429, which says that it did not
// take the call, and after 503 for GET and DELETE, both with Retry-After. A pause
// that is longer than the time-out of a try is not waited for.
const MaxAttempts = 10

// maxRetryDelay bounds the pause of a client without a time-out.
const maxRetryDelay = time.Minute

// RetryAfter is the header that says how long to wait: seconds, or a date
// (RFC 9110, 10.2.3).
const RetryAfter = "Retry-After"

// RetryDelay says whether a call that was answered so is to be sent again, after so many
// tries, and how long to wait before; longer than the limit is not waited for, or
// than a minute where that is 0.
func RetryDelay(x evidence.Exchange, tries int, limit time.Duration) (time.Duration, bool) {
	if tries >= MaxAttempts || x.Error != "" || !canRetry(x) {
		return 0, false
	}
	if limit == 0 {
		limit = maxRetryDelay
	}
	pause, ok := parseRetryAfter(x.Header[RetryAfter], x.Ended)
	return pause, ok && pause <= limit
}

// NewRefusal is the record of a try that is made again.
func NewRefusal(x evidence.Exchange) evidence.Refusal {
	return evidence.Refusal{Status: x.Status, RetryAfter: x.Header[RetryAfter], Began: x.Began, Ended: x.Ended}
}

// canRetry says whether a call with that answer may be sent again without
// doing its work twice.
func canRetry(x evidence.Exchange) bool {
	switch x.Status {
	case http.StatusTooManyRequests:
		return true
	case http.StatusServiceUnavailable:
		return x.Method == http.MethodGet || x.Method == http.MethodDelete
	}
	return false
}

// parseRetryAfter reads a Retry-After of that instant; what has passed is no pause.
func parseRetryAfter(value string, now time.Time) (time.Duration, bool) {
	if seconds, err := strconv.ParseUint(value, 10, 32); err == nil {
		return time.Duration(seconds) * time.Second, true
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	return max(0, at.Sub(now)), true
}

// Sleep waits; it says whether the pause is over, and not ctx.
func Sleep(ctx context.Context, pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
