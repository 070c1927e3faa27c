package client

import (
	"net/http"
	"strconv"
	"time"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/trainingapi"
)

// MaxAttempts is how often a call is sent at most. A retry needs a Retry-After and a status that makes it safe: 429,
// which says that the service did not process the call, or 503 to a GET or DELETE.
const MaxAttempts = 10

// maxRetryDelay bounds the delay of a client without a timeout.
const maxRetryDelay = time.Minute

// RetryDelay reports whether a call with that response is to be sent again after that many attempts, and after which
// delay. There is no retry if the delay is longer than limit, the timeout of an attempt; 0 means one minute.
func RetryDelay(x evidence.Exchange, attempts int, limit time.Duration) (time.Duration, bool) {
	if attempts >= MaxAttempts || x.Error != "" || !canRetry(x) {
		return 0, false
	}
	if limit == 0 {
		limit = maxRetryDelay
	}
	delay, ok := parseRetryAfter(x.Header[trainingapi.RetryAfter], x.Ended)
	return delay, ok && delay <= limit
}

// NewRefusal returns the record of an attempt that was followed by a retry.
func NewRefusal(x evidence.Exchange) evidence.Refusal {
	return evidence.Refusal{Status: x.Status, RetryAfter: x.Header[trainingapi.RetryAfter], Began: x.Began, Ended: x.Ended}
}

// canRetry reports whether a retry after that response cannot make the service do the work twice.
func canRetry(x evidence.Exchange) bool {
	switch x.Status {
	case http.StatusTooManyRequests:
		return true
	case http.StatusServiceUnavailable:
		return x.Method == http.MethodGet || x.Method == http.MethodDelete
	}
	return false
}

// parseRetryAfter returns the delay that a Retry-After received at now asks for; 0 for a date in the past.
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
