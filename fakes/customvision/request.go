package customvision

import (
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

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
func (r *request) values(name string) []string {
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
func (r *request) idValues(name string) ([]uuid.UUID, error) {
	return parseIDs(r.values(name))
}

// number reads a parameter that counts, 0 to most.
func (r *request) integer(name string, otherwise, most int) (int, error) {
	text := r.param(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > most {
		return 0, errParameter(name, text, "a number from 0 to "+strconv.Itoa(most))
	}
	return n, nil
}

// flag reads a parameter that is true or false, which is what absence means.
func (r *request) boolean(name string) (bool, error) {
	text := r.param(name)
	known, ok := canonical(text, "", "false", "true")
	if !ok {
		return false, errParameter(name, text, "true or false")
	}
	return known == "true", nil
}

// choice reads a parameter that is one of the names, the first where absent.
func (r *request) choice(name string, names ...string) (string, error) {
	text := r.param(name)
	if text == "" {
		return names[0], nil
	}
	known, ok := canonical(text, names...)
	if !ok {
		return "", errParameter(name, text, "one of "+strings.Join(names, ", "))
	}
	return known, nil
}

// idsUpTo reads a parameter of at most so many GUIDs, each of them once.
func (r *request) idList(name string, most int) ([]uuid.UUID, error) {
	ids, err := r.idValues(name)
	if err != nil {
		return nil, err
	}
	if len(ids) > most {
		return nil, errTooMany(name, most, len(ids))
	}
	return distinct(ids), nil
}

// requiredIDs is idsUpTo for a parameter that has to be there.
func (r *request) requiredIDList(name string, most int) ([]uuid.UUID, error) {
	ids, err := r.idList(name, most)
	if err == nil && len(ids) == 0 {
		err = errRequired(name)
	}
	return ids, err
}

// share reads a parameter that is a number from 0 to 1.
func (r *request) fraction(name string, otherwise float64) (float64, error) {
	text := r.param(name)
	if text == "" {
		return otherwise, nil
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(x) || x < 0 || x > 1 {
		return 0, errParameter(name, text, "a number from 0 to 1")
	}
	return x, nil
}

// optionalID reads a parameter that is a GUID; nil means that it is absent.
func (r *request) optionalID(name string) (*uuid.UUID, error) {
	text := r.param(name)
	if text == "" {
		return nil, nil
	}
	id, err := parseID(text)
	return &id, err
}

// need reads a parameter that a call cannot do without.
func (r *request) required(name string) (string, error) {
	text := r.param(name)
	if text == "" {
		return "", errRequired(name)
	}
	return text, nil
}

func distinct(lists ...[]uuid.UUID) []uuid.UUID {
	ids, seen := []uuid.UUID{}, map[uuid.UUID]bool{}
	for _, list := range lists {
		for _, id := range list {
			if !seen[id] {
				ids, seen[id] = append(ids, id), true
			}
		}
	}
	return ids
}

// canonical spells a name as one of names does, compared without regard to case.
func canonical(text string, names ...string) (string, bool) {
	i := slices.IndexFunc(names, func(name string) bool { return strings.EqualFold(name, text) })
	if i < 0 {
		return "", false
	}
	return names[i], true
}

func nonEmpty(text string, otherwise *string) *string {
	if text == "" {
		return otherwise
	}
	return &text
}

func orEmpty(text *string) *string {
	if text == nil {
		return new(string)
	}
	return text
}

func assign[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// Paths below /customvision/{version}/training.
const (
	projectPath   = "/projects/{project}"
	tagPath       = projectPath + "/tags/{tag}"
	imagesPath    = projectPath + "/images"
	iterationPath = projectPath + "/iterations/{iteration}"
)
