package control

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/cvconform/cvconform/fakes/customvision/fault"
	"github.com/cvconform/cvconform/fakes/customvision/journal"
)

// handlers has a method for each operation. A handler returns the value of the response, or an error.
type handlers struct{ fake Controller }

func (h handlers) health(*http.Request) (any, error) {
	if h.fake.Stopping() {
		return withStatus{http.StatusServiceUnavailable, map[string]any{"status": "stopping"}}, nil
	}
	return map[string]any{"status": "ok", "now": h.fake.Now(), "projects": h.fake.Projects()}, nil
}

func (h handlers) listFaults(*http.Request) (any, error) { return h.fake.Faults().List(), nil }

func (h handlers) addFault(r *http.Request) (any, error) {
	data, err := readBody(r)
	if err != nil {
		return nil, err
	}
	f, err := fault.Parse(data)
	if err != nil {
		return nil, httpErrorf(http.StatusBadRequest, "%w", err)
	}
	return h.fake.Faults().Add(f)
}

func (h handlers) clearFaults(*http.Request) (any, error) {
	h.fake.Faults().Clear()
	return nil, nil
}

func (h handlers) getFault(r *http.Request) (any, error) {
	if f, ok := h.fake.Faults().Get(r.PathValue("id")); ok {
		return f, nil
	}
	return nil, faultNotFound(r)
}

func (h handlers) removeFault(r *http.Request) (any, error) {
	if h.fake.Faults().Remove(r.PathValue("id")) {
		return nil, nil
	}
	return nil, faultNotFound(r)
}

func faultNotFound(r *http.Request) error {
	return httpErrorf(http.StatusNotFound, "there is no fault %q (GET /faults lists the faults)", r.PathValue("id"))
}

func (h handlers) durations(*http.Request) (any, error) {
	defaults := h.fake.Durations("")
	return map[string]any{
		"training": defaults.Training,
		"export":   defaults.Export,
		"import":   defaults.Import,
		"projects": h.fake.Own(),
	}, nil
}

// setDurations changes the durations in the body and no others.
func (h handlers) setDurations(r *http.Request) (any, error) {
	project := r.PathValue("name")
	d := h.fake.Durations(project)
	if err := decode(r, &d); err != nil {
		return nil, err
	}
	if err := h.fake.SetDurations(project, d); err != nil {
		return nil, httpErrorf(http.StatusBadRequest, "%w", err)
	}
	return h.durations(r)
}

func (h handlers) clock(*http.Request) (any, error) {
	return map[string]any{"now": h.fake.Now(), "pending": h.fake.Pending()}, nil
}

func (h handlers) advance(r *http.Request) (any, error) {
	var advance struct {
		By fault.Duration `json:"by"`
	}
	if err := decode(r, &advance); err != nil {
		return nil, err
	}
	if advance.By <= 0 {
		return nil, httpErrorf(http.StatusBadRequest, `by must be a positive duration, for example {"by":"10m"}`)
	}
	if err := h.fake.Advance(r.Context(), time.Duration(advance.By)); err != nil {
		return nil, fmt.Errorf("wait for the work that became due: %w", err)
	}
	return h.clock(r)
}

func (h handlers) entries(r *http.Request) (any, error) {
	filter, err := readFilter(r.URL.Query())
	if err != nil {
		return nil, err
	}
	return h.fake.Journal().Entries(filter), nil
}

func readFilter(query url.Values) (journal.Filter, error) {
	filter := journal.Filter{
		Operation: query.Get("operation"),
		Project:   query.Get("project"),
		Kind:      journal.Kind(query.Get("kind")),
	}
	switch filter.Kind {
	case "", journal.API, journal.Storage, journal.Work:
	default:
		return filter, httpErrorf(http.StatusBadRequest, "unknown kind %q (use %s, %s or %s)",
			filter.Kind, journal.API, journal.Storage, journal.Work)
	}
	for name := range query {
		if name != "after" && name != "kind" && name != "operation" && name != "project" {
			return filter, httpErrorf(http.StatusBadRequest,
				"unknown parameter %q (use after, kind, operation or project)", name)
		}
	}
	if after := query.Get("after"); after != "" {
		var err error
		if filter.After, err = strconv.Atoi(after); err != nil {
			return filter, httpErrorf(http.StatusBadRequest, "invalid after %q: it must be the number of an entry", after)
		}
	}
	return filter, nil
}

func (h handlers) clearJournal(*http.Request) (any, error) {
	h.fake.Journal().Clear()
	return nil, nil
}

// reset responds like health.
func (h handlers) reset(r *http.Request) (any, error) {
	if err := h.fake.Reset(r.Context()); err != nil {
		return nil, err
	}
	return h.health(r)
}

func (h handlers) index(*http.Request) (any, error) {
	return text(`The control plane of a fake Custom Vision service.

  GET    /health           200 while it serves, 503 while it stops
  GET    /faults           list the faults, with the number of times that each was triggered
  POST   /faults           add a fault:
                           {"at":"api|storage|training|export|import", "operation", "project", "platform", "skip",
                            "times", "delay", "status", "code", "message", "retryAfter", "reset", "cut"}
  GET    /faults/ID        return one fault
  DELETE /faults[/ID]      remove one fault, or all
  GET    /durations        return the durations of trainings, exports and imports
  PUT    /durations[/NAME] set them, for one project by id or name:
                           {"training":"10m", "export":"1m", "import":"1s"}
  GET    /clock            return the time and the work in progress
  POST   /clock/advance    advance the clock: {"by":"10m"}
  GET    /journal          list the entries: ?after=SEQ&kind=api|storage|work&operation=PATTERN&project=ID
  DELETE /journal          remove the entries
  GET    /messages         list the messages sent to queues, decoded: ?after=SEQ&project=ID
  POST   /reset            reset the fake to its initial state, including the seed
`), nil
}

func (h handlers) notFound(r *http.Request) (any, error) {
	return nil, httpErrorf(http.StatusNotFound,
		"there is no operation %s %s (GET / lists the operations)", r.Method, r.URL.Path)
}
