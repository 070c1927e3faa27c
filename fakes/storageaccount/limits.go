package storageaccount

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Tier is a pricing tier of Custom Vision.
type Tier string

// The tiers.
const (
	F0 Tier = "F0" // free
	S0 Tier = "S0" // standard
)

// limits are a tier's (learn.microsoft.com, "Limits and quotas for Custom Vision").
type limits struct {
	projects int
	train    int // calls of TrainProject a second
	calls    int // other calls a second
}

func (t Tier) limits() limits {
	if t == F0 {
		return limits{projects: 2, train: 2, calls: 10}
	}
	return limits{projects: 100, train: 10, calls: 10}
}

// A rateWindow lets so many calls a second pass.
type rateWindow struct {
	train, others []time.Time // of the calls that passed in the last second
	until         time.Time   // when it opens again
	status        int         // what it says while it is closed
}

// allow says whether one more call may pass, and which have by now.
func allow(passed []time.Time, limit int) ([]time.Time, bool) {
	passed = slices.DeleteFunc(passed, func(at time.Time) bool { return now().Sub(at) >= time.Second })
	if len(passed) >= limit {
		return passed, false
	}
	return append(passed, now()), true
}

// Refuse has every call answered with status 429 or 503 for so long from now on.
func (s *Service) Refuse(d time.Duration, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gate.until, s.gate.status = now().Add(d), status
}

// checkRate counts a call, and says how it is refused; nil means that it is not.
func (s *Service) checkRate(operation string) (refused *refusedCall) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts.Calls[operation]++
	if refused = s.refuses(operation); refused != nil {
		s.counts.Refused++
	}
	s.counts.MaxCallsPerSecond = max(s.counts.MaxCallsPerSecond, len(s.gate.train)+len(s.gate.others))
	return refused
}

func (s *Service) refuses(operation string) *refusedCall {
	if now().Before(s.gate.until) {
		return &refusedCall{status: s.gate.status, message: s.rateMessage(operation)}
	}
	limits, ok := s.options.Tier.limits(), false
	if operation == "TrainProject" {
		s.gate.train, ok = allow(s.gate.train, limits.train)
	} else {
		s.gate.others, ok = allow(s.gate.others, limits.calls)
	}
	if ok {
		return nil
	}
	return &refusedCall{status: http.StatusTooManyRequests, message: s.rateMessage(operation)}
}

// rateMessage was seen in public (github.com/Azure-Samples/cognitive-services-node-sdk-samples, issue 47).
func (s *Service) rateMessage(operation string) string {
	return fmt.Sprintf(
		"Requests to the %s Operation under Custom_Vision_Training_3.3 have exceeded rate limit of your current "+
			"Custom_Vision.Training %s pricing tier. Please retry after 1 second.",
		operation,
		s.options.Tier,
	)
}

// reserve takes a place for a project that is to be made. The code is of the
// API description's CustomVisionErrorCodes; its message was never published.
func (s *Service) reserve() *refusedCall {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.existing+s.creating >= s.options.Tier.limits().projects {
		return &refusedCall{
			status:  http.StatusBadRequest,
			code:    "BadRequestExceedProjectLimit",
			message: "The resource has as many projects as its tier allows.",
		}
	}
	s.creating++
	return nil
}

// release gives the place back: there will be no project.
func (s *Service) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.creating--
}

// A refusedCall is the answer to a call that did not reach the service.
type refusedCall struct {
	status        int
	code, message string // no code: the gateway in front of the service answers
}

func (c *refusedCall) write(w http.ResponseWriter) {
	type problem struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	body := any(problem{c.code, c.message})
	if c.code == "" {
		body = map[string]problem{"error": {strconv.Itoa(c.status), c.message}}
		w.Header().Set("Retry-After", "1")
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(c.status)
	_ = json.NewEncoder(w).Encode(body)
}

// received is the request with its body read, and without an end to its context.
func received(r *http.Request) (*http.Request, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	out := r.Clone(context.WithoutCancel(r.Context()))
	out.Body = io.NopCloser(bytes.NewReader(body))
	return out, nil
}
