package cloud

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

// limits are the limits of a tier (learn.microsoft.com, "Limits and quotas for Custom Vision").
type limits struct {
	projects int
	train    int // TrainProject requests per second
	calls    int // other requests per second
}

func (t Tier) limits() limits {
	if t == F0 {
		return limits{projects: 2, train: 2, calls: 10}
	}
	return limits{projects: 100, train: 10, calls: 10}
}

// rateWindow counts the requests of the last second.
type rateWindow struct {
	train, others []time.Time // of the accepted requests
	refuseUntil   time.Time   // until then all requests are refused
	refuseStatus  int
}

// allow appends the current time to the times of accepted requests, unless there are limit of them in the last second.
func allow(accepted []time.Time, limit int) ([]time.Time, bool) {
	now := time.Now()
	accepted = slices.DeleteFunc(accepted, func(at time.Time) bool { return now.Sub(at) >= time.Second })
	if len(accepted) >= limit {
		return accepted, false
	}
	return append(accepted, now), true
}

// Refuse refuses all requests with status, 429 or 503, for the duration d from now.
func (s *Service) Refuse(d time.Duration, status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rate.refuseUntil, s.rate.refuseStatus = time.Now().Add(d), status
}

// checkRate counts a request and returns the refusal if it exceeds a limit, otherwise nil.
func (s *Service) checkRate(operation string) *refusal {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts.Calls[operation]++
	refused := s.exceededRate(operation)
	if refused != nil {
		s.counts.Refused++
	}
	s.counts.MaxCallsPerSecond = max(s.counts.MaxCallsPerSecond, len(s.rate.train)+len(s.rate.others))
	return refused
}

func (s *Service) exceededRate(operation string) *refusal {
	if time.Now().Before(s.rate.refuseUntil) {
		return &refusal{status: s.rate.refuseStatus, message: s.rateMessage(operation)}
	}
	limits, allowed := s.options.Tier.limits(), false
	if operation == "TrainProject" {
		s.rate.train, allowed = allow(s.rate.train, limits.train)
	} else {
		s.rate.others, allowed = allow(s.rate.others, limits.calls)
	}
	if allowed {
		return nil
	}
	return &refusal{status: http.StatusTooManyRequests, message: s.rateMessage(operation)}
}

// rateMessage returns the message of the real service (github.com/Azure-Samples/cognitive-services-node-sdk-samples,
// issue 47).
func (s *Service) rateMessage(operation string) string {
	return fmt.Sprintf(
		"Requests to the %s Operation under Custom_Vision_Training_3.3 have exceeded rate limit of your current "+
			"Custom_Vision.Training %s pricing tier. Please retry after 1 second.",
		operation,
		s.options.Tier,
	)
}

// reserveProject reserves capacity for a project. If the quota is exhausted it returns the refusal. Its code is in the
// API description's CustomVisionErrorCodes; the message of the real service is not published.
func (s *Service) reserveProject() *refusal {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.existing+s.creating >= s.options.Tier.limits().projects {
		return &refusal{
			status:  http.StatusBadRequest,
			code:    "BadRequestExceedProjectLimit",
			message: "The resource has as many projects as its tier allows.",
		}
	}
	s.creating++
	return nil
}

// releaseProject releases the capacity that reserveProject reserved.
func (s *Service) releaseProject() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.creating--
}

// refusal is the response to a request that is not processed.
type refusal struct {
	status        int
	code, message string // without a code the response has the form of Azure's API gateway
}

func (c *refusal) write(w http.ResponseWriter) {
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

// readRequest returns the request with its body read, and with a context that is not cancelled.
func readRequest(r *http.Request) (*http.Request, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	out := r.Clone(context.WithoutCancel(r.Context()))
	out.Body = io.NopCloser(bytes.NewReader(body))
	return out, nil
}
