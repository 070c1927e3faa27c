package training

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/cvconform/cvconform/internal/evidence"
)

// Tries is how often a call is sent at most. It is sent again where that is
// safe, and where the service says when: after 429, which says that it did not
// take the call, and after 503 for GET and DELETE, both with Retry-After. A pause
// that is longer than the time-out of a try is not waited for.
const Tries = 10

// longestPause bounds the pause of a client without a time-out.
const longestPause = time.Minute

// RetryAfter is the header that says how long to wait: seconds, or a date
// (RFC 9110, 10.2.3).
const RetryAfter = "Retry-After"

// Pause says whether a call that was answered so is to be sent again, after so many
// tries, and how long to wait before; longer than the limit is not waited for, or
// than a minute where that is 0.
func Pause(x evidence.Exchange, tries int, limit time.Duration) (time.Duration, bool) {
	if tries >= Tries || x.Error != "" || !repeatable(x) {
		return 0, false
	}
	if limit == 0 {
		limit = longestPause
	}
	pause, ok := until(x.Header[RetryAfter], x.Ended)
	return pause, ok && pause <= limit
}

// RefusalOf is the record of a try that is made again.
func RefusalOf(x evidence.Exchange) evidence.Refusal {
	return evidence.Refusal{Status: x.Status, RetryAfter: x.Header[RetryAfter], Began: x.Began, Ended: x.Ended}
}

// repeatable says whether a call with that answer may be sent again without
// doing its work twice.
func repeatable(x evidence.Exchange) bool {
	switch x.Status {
	case http.StatusTooManyRequests:
		return true
	case http.StatusServiceUnavailable:
		return x.Method == http.MethodGet || x.Method == http.MethodDelete
	}
	return false
}

// until reads a Retry-After of that instant; what has passed is no pause.
func until(value string, now time.Time) (time.Duration, bool) {
	if seconds, err := strconv.ParseUint(value, 10, 32); err == nil {
		return time.Duration(seconds) * time.Second, true
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	return max(0, at.Sub(now)), true
}

// Rest waits; it says whether the pause is over, and not ctx.
func Rest(ctx context.Context, pause time.Duration) bool {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
