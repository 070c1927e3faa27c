package evidence_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/internal/evidence"
)

func TestDescribe(t *testing.T) {
	began := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	call := evidence.Exchange{
		Call:   "CreateProject",
		Method: "POST",
		URL:    "http://h/projects?name=n",
		Key:    "right",
		Status: 200,
		Header: map[string]string{
			"Content-Type": "application/json",
		},
		Body:  `{"id":"p"}`,
		Began: began,
		Ended: began.Add(12345 * time.Microsecond),
	}
	withBody := call
	withBody.RequestBody, withBody.Key, withBody.Body = `{"name":"n"}`, "wrong", ""
	failed := evidence.Exchange{
		Call:   "GetDomains",
		Method: "GET",
		URL:    "http://h/domains",
		Key:    "right",
		Error:  "no response within 10s (budget request)",
	}
	retried := call
	retried.Refused = []evidence.Refusal{
		{Status: 429, RetryAfter: "1", Began: began, Ended: began.Add(2 * time.Millisecond)},
	}
	redirected := call
	redirected.Status, redirected.Header, redirected.Body = 302, map[string]string{"Location": "/login"}, ""
	for want, e := range map[string]evidence.Event{
		"CreateProject: POST http://h/projects?name=n\nrefused: 429, Retry-After: 1, in 2ms\n" +
			"response: 200 application/json in 12ms, all tries and the pauses between them\n{\"id\":\"p\"}": {Kind: evidence.KindExchange, Exchange: &retried},
		"CreateProject: POST http://h/projects?name=n\nresponse: 302  in 12ms\nredirects to: /login (not followed)":                                  {Kind: evidence.KindExchange, Exchange: &redirected},
		"CreateProject: POST http://h/projects?name=n\nresponse: 200 application/json in 12ms\n{\"id\":\"p\"}":                                       {Kind: evidence.KindExchange, Exchange: &call},
		"CreateProject: POST http://h/projects?name=n (Training-Key: wrong)\nrequest body: {\"name\":\"n\"}\nresponse: 200 application/json in 12ms": {Kind: evidence.KindExchange, Exchange: &withBody},
		"GetDomains: GET http://h/domains\nno response: no response within 10s (budget request)":                                                     {Kind: evidence.KindExchange, Exchange: &failed},
		"the service: PutMessage queue q1 → 201: {}": {Kind: evidence.KindOperation,
			Operation: &evidence.Operation{Name: "PutMessage", Service: evidence.Queue, Resource: "q1", Status: 201, Text: "{}"}},
		"the service: PutMessage queue q1 → 201 (invisible for 30s, expires after 1s): {}": {Kind: evidence.KindOperation,
			Operation: &evidence.Operation{Name: "PutMessage", Service: evidence.Queue, Resource: "q1", Status: 201, Text: "{}",
				VisibilityTimeout: 30 * time.Second, TimeToLive: time.Second}},
		"the service: PutMessage queue q1 → 201 (never expires)": {Kind: evidence.KindOperation,
			Operation: &evidence.Operation{Name: "PutMessage", Service: evidence.Queue, Resource: "q1", Status: 201,
				TimeToLive: evidence.NeverExpires}},
		"the service: PutBlob blob c1/x → 400 (Content-Length 9, body of 4 bytes)": {Kind: evidence.KindOperation,
			Operation: &evidence.Operation{Name: "PutBlob", Service: evidence.Blob, Resource: "c1", Object: "x", Status: 400,
				Length: 4, Announced: 9}},
		"the service: PutBlob blob c1/a b.zip → 403 AuthorizationFailure": {Kind: evidence.KindOperation,
			Operation: &evidence.Operation{Name: "PutBlob", Service: evidence.Blob, Resource: "c1", Object: "a b.zip", Status: 403, Code: "AuthorizationFailure"}},
		"the service, inferred from the deleted blobs: PutBlob blob c1/x, in the 1.5s before 00:00:00.000": {Kind: evidence.KindOperation,
			Operation: &evidence.Operation{Name: "PutBlob", Service: evidence.Blob, Resource: "c1", Object: "x", Status: 201, Inferred: evidence.FromDeleted,
				Began: began.Add(-1500 * time.Millisecond), Ended: began}},
		"the service, inferred from a listing: PutMessage queue q1, in the 0s before 00:00:00.000: {}": {Kind: evidence.KindOperation,
			Operation: &evidence.Operation{Name: "PutMessage", Service: evidence.Queue, Resource: "q1", Status: 201, Text: "{}", Inferred: evidence.FromListing, Began: began, Ended: began}},
		"message in queue q1 (base64): (binary data)": {Kind: evidence.KindMessage, Message: &evidence.Message{Queue: "q1", Encoding: "base64", Text: "{\x00}\x00"}},
		"message in queue q1 (base64): {}":            {Kind: evidence.KindMessage, Message: &evidence.Message{Queue: "q1", Encoding: "base64", Text: "{}"}},
		"blob at the end: c1/b, 3 bytes, SHA-256 0123456789ab…": {Kind: evidence.KindBlob,
			Blob: &evidence.StoredBlob{Container: "c1", Name: "b", Length: 3, SHA256: "0123456789abcdef"}},
		"waited for the backup: observed after 13ms (budget backup: 3s)": {Kind: evidence.KindWait,
			Wait: &evidence.Wait{Budget: "backup", For: "the backup", Satisfied: true, Elapsed: 12600 * time.Microsecond, Limit: 3 * time.Second}},
		"waited for the backup: not observed when the wait ended after 350ms (budget backup: 3s)": {Kind: evidence.KindWait,
			Wait: &evidence.Wait{Budget: "backup", For: "the backup", Elapsed: 350 * time.Millisecond, Limit: 3 * time.Second}},
		"waited for the backup: not observed within 3s (budget backup)": {Kind: evidence.KindWait,
			Wait: &evidence.Wait{Budget: "backup", For: "the backup", Limit: 3 * time.Second}},
		"the harness was stopped for 4s": {Kind: evidence.KindPause, Pause: &evidence.Pause{Elapsed: 4 * time.Second}},
		"modelUri of CoreML (plain): GET http://h/m → 404, 0 bytes returned 404 Not Found": {Kind: evidence.KindDownload,
			Download: &evidence.Download{Link: "modelUri", Subject: "CoreML", Via: "plain", URL: "http://h/m", Status: 404, Error: "returned 404 Not Found"}},
		"downloadUri of ONNX (plain): GET http://h/m → 200, 3 bytes \nrefused: 503, Retry-After: 2, in 1s": {Kind: evidence.KindDownload,
			Download: &evidence.Download{Link: "downloadUri", Subject: "ONNX", Via: "plain", URL: "http://h/m", Status: 200, Length: 3,
				Refused: []evidence.Refusal{{Status: 503, RetryAfter: "2", Began: began, Ended: began.Add(time.Second)}}}},
		"created queue q1 for the service: http://h/a/q1": {Kind: evidence.KindResource,
			Resource: &evidence.Resource{Service: evidence.Queue, Name: "q1", URI: "http://h/a/q1"}},
		"began: train the project": {Kind: evidence.KindAct, ActBoundary: &evidence.ActBoundary{Phase: "began", Title: "train the project"}},
	} {
		assert.Equal(t, want, evidence.Describe(e))
	}
}

func TestDescribeTruncatesBodies(t *testing.T) {
	x := evidence.Exchange{Key: "right", Status: 200, Body: "x" + strings.Repeat("ü", 2000)}
	got := evidence.Describe(evidence.Event{Kind: evidence.KindExchange, Exchange: &x})
	assert.True(t, utf8.ValidString(got), "cut between characters")
	assert.True(t, strings.HasSuffix(got, "ü… (4001 bytes)"))
}
