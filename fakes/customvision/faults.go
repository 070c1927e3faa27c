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

// operationDownload names the download of a blob of the service's own storage:
// no operation of the API description.
const operationDownload = "DownloadBlob"

// applyFault lets a fault act on a call before it is handled. It returns where
// to answer, and whether the call is still to be handled.
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
		call.ProjectName = r.param("name") // of a project that is to be made
	}
	f, ok := s.faults.Take(call)
	if !ok {
		return w, true
	}
	x.entry.Fault = f.ID
	if err := s.clock.sleep(r.Context(), f.HoldTime()); err != nil {
		fault.Break(w) // the caller has gone away
	}
	switch {
	case f.Status != 0:
		f.SetRetryAfter(w.Header())
		s.write(w, nil, errFault(f.Effect, x.entry.Operation, r.preview, w.Header().Get("Retry-After")))
		return w, false
	case f.Reset:
		fault.Break(w)
	case f.Cut != nil:
		return fault.TruncateBody(w, *f.Cut), true
	}
	return w, true
}

// outboundContext is the context of what the server asks of others for a project:
// faults act on it, and the journal has it.
func (s *Server) outboundContext(ctx context.Context, project uuid.UUID, name string) context.Context {
	return outbound.WithHook(ctx, func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
		began := s.now()
		e := journal.Entry{At: began, Kind: journal.Storage, Operation: storageOperation(r), Project: project.String(),
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
		e.TookMs = milliseconds(s.clock.Now().Sub(began))
		s.journal.Add(e)
		return response, err
	})
}

// maxMessage is more than the largest message as a request, in bytes.
const maxMessage = 128 << 10

// quoted puts what a request sends into the journal, if it is text: a message.
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

// storageOperation names a request as the references of Azure Storage do.
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

// failure takes a fault that makes work fail, and says how; "" means that it
// succeeds.
func (s *Server) takeFailure(c fault.Call, prefixes []string) (why, id string) {
	if f, ok := s.faults.Take(c); ok {
		if f.Message != "" {
			return f.Message, f.ID
		}
		return "A fault makes it fail.", f.ID
	}
	if hasAnyPrefix(c.ProjectName, prefixes) {
		return "The project's name asks for it to fail.", ""
	}
	return "", ""
}

// logWork puts into the journal and the log how work has ended.
func (s *Server) logWork(what string, project uuid.UUID, why, id string) {
	note := "completed"
	if why != "" {
		note = "failed: " + why
	}
	s.journal.Add(
		journal.Entry{At: s.now(), Kind: journal.Work, Operation: what, Project: project.String(), Fault: id, Note: note},
	)
	s.options.Logger.Info("work", "what", what, "project", project, "outcome", note)
}

func hasAnyPrefix(name string, prefixes []string) bool {
	for _, prefix := range prefixes {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
