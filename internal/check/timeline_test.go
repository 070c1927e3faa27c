package check_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/check"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/steps/report"
)

const (
	projectID   = "11111111-2222-3333-4444-555555555555"
	iterationID = "66666666-2222-3333-4444-555555555555"
	backupName  = projectID + " - " + iterationID + ".CoreML"
	testBlob    = "CustomVision-TestPermission/x"

	connectionTestText = `{"type":"ConnectionTest"}`
	otherQueue         = "cvc-20260301t000000-00000001-02-q1"
	otherContainer     = "cvc-20260301t000000-00000001-02-c1"
	content            = `"Content":{"projectId":"` + projectID + `","iterationId":"` + iterationID + `"}`
	trainingText       = `{"type":"Training",` + content + `}`
	exportText         = `{"type":"Export",` + content + `}`
)

// at returns the instant of that second since the situation began.
func at(seconds float64) time.Time {
	return time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(seconds * float64(time.Second)))
}

// A timelineBuilder builds the evidence of one project. Times are in seconds; operations happen between two of them
// where storage is polled, else at the second one.
type timelineBuilder struct {
	situation  situation.Situation
	events     []evidence.Event
	visibility report.Visibility
	containers bool
	ended      bool // the last act has ended
}

// newTimeline begins the evidence of a polled run with a CreateProject, from 1 to 2. The account may retain deleted
// blobs.
func newTimeline(deletedBlobs bool) *timelineBuilder {
	s := &timelineBuilder{containers: true}
	s.visibility = report.Visibility{Observer: report.Poller, DeletedBlobs: deletedBlobs}
	return s.create()
}

// newGatewayTimeline begins the evidence of a run with the gateway with a CreateProject, from 1 to 2.
func newGatewayTimeline() *timelineBuilder {
	s := &timelineBuilder{containers: true}
	return s.create()
}

func (s *timelineBuilder) create() *timelineBuilder {
	s.act(situation.Act{Verb: situation.Create, Storage: situation.Integrations{Queue: true, Container: true}})
	s.resource(evidence.Queue, "q").resource(evidence.Blob, "c")
	s.call("CreateProject", 1, 2, `{"id":"`+projectID+`","name":"p","settings":{}}`)
	return s.requestBody(`{"notificationQueueUri":"http://s/q","exportModelContainerUri":"http://s/c"}`)
}

func (s *timelineBuilder) act(a situation.Act) *timelineBuilder {
	s.situation, s.ended = s.situation.With(a), false
	return s
}

// endAct ends the last act, unless it has ended.
func (s *timelineBuilder) endAct() *timelineBuilder {
	if !s.ended {
		s.add(ended(evidence.ActBoundary{}))
	}
	s.ended = true
	return s
}

// add records an event in the last act, or after its end.
func (s *timelineBuilder) add(e evidence.Event) *timelineBuilder {
	nodes := s.situation.Nodes()
	if e.Act == "" && s.ended {
		e.Act = situation.End
	} else if e.Act == "" {
		e.Act = nodes[len(nodes)-1]
	}
	e.Seq = len(s.events) + 1
	if len(s.events) > 0 {
		e.At = max(e.At, s.events[len(s.events)-1].At)
	}
	switch {
	case e.Exchange != nil:
		e.At = max(e.At, e.Exchange.Ended.Sub(at(0)))
	case e.Operation != nil:
		e.At = max(e.At, e.Operation.Ended.Sub(at(0)))
	}
	s.events = append(s.events, e)
	return s
}

func (s *timelineBuilder) resource(service evidence.Service, name string) *timelineBuilder {
	r := &evidence.Resource{Service: service, Name: name, URI: "http://s/" + name}
	return s.add(evidence.Event{Kind: evidence.KindResource, Resource: r})
}

func (s *timelineBuilder) call(name string, began, ended float64, body string) *timelineBuilder {
	return s.add(evidence.Event{Kind: evidence.KindExchange, Exchange: &evidence.Exchange{
		Call:   name,
		Status: 200,
		Body:   body,
		URL:    "http://service/projects?name=p&platform=CoreML",
		Header: map[string]string{"Content-Type": "application/json"},
		Began:  at(began),
		Ended:  at(ended),
	}})
}

// requestBody sets the body of the last request.
func (s *timelineBuilder) requestBody(body string) *timelineBuilder {
	s.events[len(s.events)-1].Exchange.RequestBody = body
	return s
}

func (s *timelineBuilder) operation(began, ended float64, op evidence.Operation) *timelineBuilder {
	if s.visibility.IsPolled() {
		op.Inferred = evidence.FromListing
	}
	op.Status, op.Began, op.Ended = 201, at(began), at(ended)
	return s.add(evidence.Event{Kind: evidence.KindOperation, Operation: &op})
}

func (s *timelineBuilder) putMessage(queue, id string, began, ended float64) *timelineBuilder {
	op := evidence.Operation{Service: evidence.Queue, Name: "PutMessage", Resource: queue, MessageID: id}
	return s.operation(began, ended, op)
}

func (s *timelineBuilder) putBlob(container, name, etag string, length int64, began, ended float64) *timelineBuilder {
	return s.operation(began, ended, evidence.Operation{
		Service:  evidence.Blob,
		Name:     "PutBlob",
		Resource: container,
		Object:   name,
		ETag:     etag,
		Length:   length,
	})
}

func (s *timelineBuilder) deleteBlob(name string, began, ended float64) *timelineBuilder {
	op := evidence.Operation{Service: evidence.Blob, Name: "DeleteBlob", Resource: "c", Object: name}
	return s.operation(began, ended, op)
}

func (s *timelineBuilder) messageAtEnd(queue, id, text string) *timelineBuilder {
	m := &evidence.Message{Queue: queue, ID: id, Text: text}
	return s.add(evidence.Event{Act: situation.End, Kind: evidence.KindMessage, Message: m})
}

func (s *timelineBuilder) blobAtEnd(name, etag string, length int64) *timelineBuilder {
	b := &evidence.StoredBlob{Container: "c", Name: name, ETag: etag, Length: length, SHA256: "x"}
	return s.add(evidence.Event{Act: situation.End, Kind: evidence.KindBlob, Blob: b})
}

// train adds a training: TrainProject from 11 to 12, its final status from 20 to 21.
func (s *timelineBuilder) train() *timelineBuilder {
	s.endAct().act(situation.Act{Verb: situation.Train})
	return s.call("TrainProject", 11, 12, `{"id":"`+iterationID+`","status":"Training"}`).
		call("GetIteration", 15, 16, `{"id":"`+iterationID+`","status":"Training"}`).
		call("GetIteration", 20, 21, `{"id":"`+iterationID+`","status":"Completed"}`)
}

// export adds a training and an export: ExportIteration from 31 to 32, its final status from 40 to 41.
func (s *timelineBuilder) export() *timelineBuilder {
	s.train().endAct().act(situation.Act{Verb: situation.Export, Platform: "CoreML"})
	return s.call("ExportIteration", 31, 32, `{"platform":"CoreML","status":"Exporting"}`).
		call("GetExports", 40, 41, `[{"platform":"CoreML","status":"Done"}]`)
}

// judge returns the kind and the summary of the problem, or "". Every budget is 10 s, but for an absence window of 2
// s.
func (s *timelineBuilder) judge(k check.Check) string {
	budgets := budget.Set{}
	for _, name := range budget.Names() {
		budgets[name] = 10 * time.Second
	}
	budgets[budget.Absence] = 2 * time.Second
	return describeProblem(check.Judge(&check.Case{
		Situation: s.endAct().situation,
		Events:    s.events,
		Started:   at(0),
		Readings: map[string]string{"test-folder": "any-case", "guid-case": "any", "blob-name": "spaced",
			"model-uri-without-container": "sas"},
		Budgets:       budgets,
		Visibility:    s.visibility,
		HasContainers: s.containers,
		OtherProjects: []string{"other"},
	}, k))
}

func describeProblem(p *check.Problem) string {
	if p == nil {
		return ""
	}
	return fmt.Sprintf("%s: %s", p.Kind, p.Summary)
}

// A verdict is the expected result of a check: a part of its problem, or "" for none.
type verdict struct {
	check    check.Check
	timeline *timelineBuilder
	want     string
}

func assertVerdicts(t *testing.T, cases map[string]verdict) {
	t.Helper()
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := c.timeline.judge(c.check)
			if c.want == "" {
				assert.Empty(t, got)
				return
			}
			assert.Contains(t, got, c.want)
		})
	}
}
