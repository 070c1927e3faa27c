package customvision

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// timestamp is written as recorded: ISO 8601, UTC, milliseconds with trailing
// zeros cut.
type timestamp time.Time

func (t timestamp) MarshalJSON() ([]byte, error) {
	return []byte(time.Time(t).UTC().Format(`"2006-01-02T15:04:05.999Z"`)), nil
}

// encode gives the compact form that the service uses, URIs unescaped.
func encode(value any) ([]byte, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(buffer.Bytes(), []byte("\n")), nil
}

// statusCoder is a value that is not answered with 200.
type statusCoder interface{ statusCode() int }

// asyncResponse is an answer after which work begins, so that no message about the
// work can overtake it.
type asyncResponse struct {
	value any
	then  func()
}

// statusOnly is an answer of nothing but its status.
type statusOnly int

// file is an answer that is not JSON.
type file struct {
	contentType string
	data        []byte
}

// write is the one place that answers: value, or the error if there is one.
func (s *Server) write(w http.ResponseWriter, value any, err error) {
	if work, ok := value.(asyncResponse); ok {
		defer work.then()
		value = work.value
	}
	status := http.StatusOK
	if err != nil {
		problem := s.problem(err)
		value, status = problem.body(), problem.status
	}
	if coder, ok := value.(statusCoder); ok {
		status = coder.statusCode()
	}
	s.send(w, status, value)
}

func (s *Server) send(w http.ResponseWriter, status int, value any) {
	setCommonHeaders(w.Header())
	if value == nil {
		value = statusOnly(http.StatusNoContent)
	}
	if alone, ok := value.(statusOnly); ok {
		w.WriteHeader(int(alone))
		return
	}
	content, err := render(value)
	if err != nil {
		s.options.Logger.Error("cannot write an answer", "error", err)
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", content.contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(content.data)))
	w.WriteHeader(status)
	if _, err := w.Write(content.data); err != nil {
		s.options.Logger.Debug("the caller went away", "error", err)
	}
	_ = http.NewResponseController(w).Flush()
}

func render(value any) (file, error) {
	if content, ok := value.(file); ok {
		return content, nil
	}
	data, err := encode(value)
	return file{"application/json; charset=utf-8", data}, err
}

// setCommonHeaders sets what every recorded answer carries.
func setCommonHeaders(h http.Header) {
	id := uuid.NewString()
	h.Set("Request-Id", id)
	h.Set("Apim-Request-Id", id)
	h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains; preload")
	h.Set("X-Content-Type-Options", "nosniff")
}

// request is a call as a handler sees it.
type request struct {
	*http.Request
	preview bool // v3.4-preview, not v3.3
}

// origin is the address under which the caller reached the server.
func (r *request) origin() string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// id reads a GUID of the path.
func (r *request) id(name string) (uuid.UUID, error) {
	return parseID(r.PathValue(name))
}

func parseID(text string) (uuid.UUID, error) {
	id, err := uuid.Parse(text)
	if err != nil {
		return uuid.UUID{}, errInvalidID(text)
	}
	return id, nil
}

// param reads a query parameter, whose name is compared without regard to case.
func (r *request) param(name string) string {
	if values := r.params(name); len(values) > 0 {
		return values[0]
	}
	return ""
}

// params reads one spelling of a name, always the same if there are several.
func (r *request) params(name string) []string {
	query := r.URL.Query()
	for _, key := range slices.Sorted(maps.Keys(query)) {
		if strings.EqualFold(key, name) {
			return query[key]
		}
	}
	return nil
}

// list reads a parameter of several values, repeated or separated by commas.
func (r *request) list(name string) []string {
	items := []string{}
	for _, value := range r.params(name) {
		for item := range strings.SplitSeq(value, ",") {
			if item = strings.TrimSpace(item); item != "" {
				items = append(items, item)
			}
		}
	}
	return items
}

// ids reads a parameter of several GUIDs.
func (r *request) ids(name string) ([]uuid.UUID, error) {
	return parseIDs(r.list(name))
}

func parseIDs(texts []string) ([]uuid.UUID, error) {
	ids := make([]uuid.UUID, 0, len(texts))
	for _, text := range texts {
		id, err := parseID(text)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}
