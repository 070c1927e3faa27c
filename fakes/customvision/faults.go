package customvision

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"github.com/cvconform/cvconform/fakes/customvision/fault"
	"github.com/cvconform/cvconform/fakes/customvision/journal"
	"github.com/cvconform/cvconform/fakes/customvision/outbound"
)

// operationDownload is the operation name of a download from the service's own storage. It is not an operation of
// the API description.
const operationDownload = "DownloadBlob"

// applyFault applies a fault to a request before it is handled. It returns the writer for the response, and whether
// the request must still be handled.
func (s *Server) applyFault(w http.ResponseWriter, r *request) (http.ResponseWriter, bool) {
	if !s.faults.HasActive(fault.API) {
		return w, true
	}
	x := exchangeOf(r.Context())
	call := fault.Call{
		At:          fault.API,
		Operation:   x.entry.Operation,
		ProjectID:   x.entry.Project,
		ProjectName: s.projectName(x.entry.Project),
	}
	if call.ProjectID == "" {
		call.ProjectName = r.param("name") // of the project to create
	}
	f, ok := s.faults.Take(call)
	if !ok {
		return w, true
	}
	x.entry.Fault = f.ID
	if err := s.clock.sleep(r.Context(), f.HoldTime()); err != nil {
		fault.Break(w) // the caller disconnected
	}
	switch {
	case f.Status != 0:
		f.SetRetryAfter(w.Header())
		s.write(w, r.Request, nil, errFault(f.Effect, x.entry.Operation, r.preview, w.Header().Get("Retry-After")))
		return w, false
	case f.Reset:
		fault.Break(w)
	case f.Cut != nil:
		return fault.TruncateBody(w, *f.Cut), true
	}
	return w, true
}

// outboundContext returns a context for requests that the server sends on behalf of a project. Faults act on these
// requests, and the journal records them.
func (s *Server) outboundContext(ctx context.Context, project uuid.UUID, name string) context.Context {
	return outbound.WithHook(ctx, func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
		startedAt := s.now()
		e := journal.Entry{At: startedAt, Kind: journal.Storage, Operation: storageOperation(r), Project: project.String(),
			Method: r.Method, URL: r.URL.String()}
		r, err := recordBody(r, &e)
		if err != nil {
			return nil, err
		}
		response, err := s.sendOutbound(r, next, name, &e)
		if err != nil {
			e.Note = err.Error()
		} else {
			e.Status = response.StatusCode
		}
		e.TookMs = milliseconds(s.clock.Now().Sub(startedAt))
		s.journal.Add(e)
		return response, err
	})
}

// maxMessage exceeds the size of a request with the largest queue message, in bytes.
const maxMessage = 128 << 10

// recordBody records the body of a request in the journal entry if it is text, that is, a queue message.
func recordBody(r *http.Request, e *journal.Entry) (*http.Request, error) {
	if r.Body == nil || r.ContentLength < 1 || r.ContentLength > maxMessage || !isText(r.Header.Get("Content-Type")) {
		return r, nil
	}
	data, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	_ = r.Body.Close()
	var sent boundedBuffer
	_, _ = sent.Write(data)
	e.Request = sent.text()
	copied := r.Clone(r.Context())
	copied.Body = io.NopCloser(bytes.NewReader(data))
	return copied, nil
}

func (s *Server) sendOutbound(
	r *http.Request,
	next http.RoundTripper,
	name string,
	e *journal.Entry,
) (*http.Response, error) {
	f, ok := s.faults.Take(fault.Call{At: fault.Storage, Operation: e.Operation, ProjectID: e.Project, ProjectName: name})
	if !ok {
		return next.RoundTrip(r)
	}
	e.Fault = f.ID
	if err := s.clock.sleep(r.Context(), f.HoldTime()); err != nil {
		return nil, err
	}
	return f.RoundTrip(r, next)
}

// storageOperation returns the name of a request in the reference of Azure Storage.
func storageOperation(r *http.Request) string {
	switch {
	case r.Method == http.MethodPut:
		return "PutBlob"
	case r.Method == http.MethodDelete:
		return "DeleteBlob"
	case r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/messages"):
		return "PutMessage"
	}
	return "GetImage"
}

// takeFailure returns the reason why work has to fail, and the id of the fault that caused it. The reason is "" if
// the work succeeds.
func (s *Server) takeFailure(c fault.Call, prefixes []string) (reason, faultID string) {
	if f, ok := s.faults.Take(c); ok {
		if f.Message != "" {
			return f.Message, f.ID
		}
		return "An injected fault made it fail.", f.ID
	}
	if hasAnyPrefix(c.ProjectName, prefixes) {
		return "The name of the project has a prefix that makes it fail.", ""
	}
	return "", ""
}

// logWork records the result of work in the journal and the log.
func (s *Server) logWork(kind string, project uuid.UUID, reason, faultID string) {
	note := "completed"
	if reason != "" {
		note = "failed: " + reason
	}
	s.journal.Add(journal.Entry{
		At: s.now(), Kind: journal.Work, Operation: kind, Project: project.String(), Fault: faultID, Note: note,
	})
	s.options.Logger.Info("work", "kind", kind, "project", project, "outcome", note)
}

func hasAnyPrefix(name string, prefixes []string) bool {
	for _, prefix := range prefixes {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
