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

type handlers struct{ plane Controller }

func (h handlers) health(*http.Request) (any, error) {
	if h.plane.Stopping() {
		return reply{http.StatusServiceUnavailable, map[string]any{"status": "stopping"}}, nil
	}
	return map[string]any{"status": "ok", "now": h.plane.Now(), "projects": h.plane.Projects()}, nil
}

func (h handlers) listFaults(*http.Request) (any, error) { return h.plane.Faults().List(), nil }

func (h handlers) addFault(r *http.Request) (any, error) {
	data, err := body(r)
	if err != nil {
		return nil, err
	}
	f, err := fault.Parse(data)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "%w", err)
	}
	return h.plane.Faults().Add(f)
}

func (h handlers) clearFaults(*http.Request) (any, error) {
	h.plane.Faults().Clear()
	return nil, nil
}

func (h handlers) getFault(r *http.Request) (any, error) {
	if f, ok := h.plane.Faults().Get(r.PathValue("id")); ok {
		return f, nil
	}
	return nil, noFault(r)
}

func (h handlers) removeFault(r *http.Request) (any, error) {
	if h.plane.Faults().Remove(r.PathValue("id")) {
		return nil, nil
	}
	return nil, noFault(r)
}

func noFault(r *http.Request) error {
	return refuse(http.StatusNotFound, "there is no fault %q: GET /faults lists them", r.PathValue("id"))
}

func (h handlers) durations(*http.Request) (any, error) {
	others := h.plane.Durations("")
	return map[string]any{
		"training": others.Training,
		"export":   others.Export,
		"import":   others.Import,
		"projects": h.plane.Own(),
	}, nil
}

// setDurations changes what the body names; the rest stays as it is.
func (h handlers) setDurations(r *http.Request) (any, error) {
	project := r.PathValue("name")
	d := h.plane.Durations(project)
	if err := decode(r, &d); err != nil {
		return nil, err
	}
	if err := h.plane.SetDurations(project, d); err != nil {
		return nil, refuse(http.StatusBadRequest, "%w", err)
	}
	return h.durations(r)
}

func (h handlers) clock(*http.Request) (any, error) {
	return map[string]any{"now": h.plane.Now(), "pending": h.plane.Pending()}, nil
}

func (h handlers) advance(r *http.Request) (any, error) {
	var asked struct {
		By fault.Duration `json:"by"`
	}
	if err := decode(r, &asked); err != nil {
		return nil, err
	}
	if asked.By <= 0 {
		return nil, refuse(http.StatusBadRequest, `by is a duration of more than 0, such as {"by":"10m"}`)
	}
	if err := h.plane.Advance(r.Context(), time.Duration(asked.By)); err != nil {
		return nil, fmt.Errorf("wait for what fell due: %w", err)
	}
	return h.clock(r)
}

func (h handlers) entries(r *http.Request) (any, error) {
	filter, err := readFilter(r.URL.Query())
	if err != nil {
		return nil, err
	}
	return h.plane.Journal().Entries(filter), nil
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
		return filter, refuse(
			http.StatusBadRequest,
			"kind %q is none of %s, %s, %s",
			filter.Kind,
			journal.API,
			journal.Storage,
			journal.Work,
		)
	}
	for name := range query {
		if name != "after" && name != "kind" && name != "operation" && name != "project" {
			return filter, refuse(http.StatusBadRequest, "parameter %q is none of after, kind, operation, project", name)
		}
	}
	if after := query.Get("after"); after != "" {
		var err error
		if filter.After, err = strconv.Atoi(after); err != nil {
			return filter, refuse(http.StatusBadRequest, "after %q is not the number of an entry", after)
		}
	}
	return filter, nil
}

func (h handlers) clearJournal(*http.Request) (any, error) {
	h.plane.Journal().Clear()
	return nil, nil
}

func (h handlers) reset(r *http.Request) (any, error) { return nil, h.plane.Reset(r.Context()) }

func (h handlers) index(*http.Request) (any, error) {
	return text(`The control plane of a fake Custom Vision service.

  GET    /health           200 while it serves, 503 while it stops
  GET    /faults           all faults, with how often they have fired
  POST   /faults           {"at":"api|storage|training|export", "operation", "project", "platform", "skip", "times",
                            "delay", "status", "code", "message", "retryAfter", "reset", "cut"}
  GET    /faults/ID        one fault
  DELETE /faults[/ID]      remove one, or all
  GET    /durations        how long trainings, exports and imports take
  PUT    /durations[/NAME] {"training":"10m", "export":"1m", "import":"1s"}, of one project by id or name
  GET    /clock            the time, and the work that is not due yet
  POST   /clock/advance    {"by":"10m"}
  GET    /journal          ?after=SEQ&kind=api|storage|work&operation=PATTERN&project=ID
  DELETE /journal          forget the entries
  POST   /reset            everything as it was at the start, the seed included
`), nil
}

func (h handlers) notFound(r *http.Request) (any, error) {
	return nil, refuse(http.StatusNotFound, "there is no %s %s: GET / lists what there is", r.Method, r.URL.Path)
}
