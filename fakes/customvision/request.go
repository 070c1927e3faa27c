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

// Paths below /customvision/{version}/training.
const (
	projectPath     = "/projects/{project}"
	tagPath         = projectPath + "/tags/{tag}"
	imagesPath      = projectPath + "/images"
	iterationPath   = projectPath + "/iterations/{iteration}"
	predictedPath   = imagesPath + "/predictions"
	suggestionsPath = projectPath + "/tagsandregions/suggestions"
	proposalsPath   = imagesPath + "/{image}/regionproposals"
)

// request is a request to the Training API.
type request struct {
	*http.Request
	preview bool // v3.4-preview; otherwise v3.3
}

// origin returns the scheme and host by which the caller reached the server.
func (r *request) origin() string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// id parses a GUID in the path.
func (r *request) id(name string) (uuid.UUID, error) {
	return parseID(r.PathValue(name))
}

// param returns a query parameter. Its name is compared without regard to case.
func (r *request) param(name string) string {
	if values := r.params(name); len(values) > 0 {
		return values[0]
	}
	return ""
}

// params returns the values of a query parameter. If its name occurs in several spellings, the first one in
// alphabetical order counts.
func (r *request) params(name string) []string {
	query := r.URL.Query()
	for _, key := range slices.Sorted(maps.Keys(query)) {
		if strings.EqualFold(key, name) {
			return query[key]
		}
	}
	return nil
}

// values returns the values of a parameter that is repeated or contains commas.
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

// idValues parses a parameter with several GUIDs.
func (r *request) idValues(name string) ([]uuid.UUID, error) {
	return parseIDs(r.values(name))
}

// integer parses a parameter from 0 to limit.
func (r *request) integer(name string, fallback, limit int) (int, error) {
	text := r.param(name)
	if text == "" {
		return fallback, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > limit {
		return 0, errParameter(name, text, "a number from 0 to "+strconv.Itoa(limit))
	}
	return n, nil
}

// boolean parses a parameter that is true or false. The default is false.
func (r *request) boolean(name string) (bool, error) {
	text := r.param(name)
	value, ok := canonical(text, "", "false", "true")
	if !ok {
		return false, errParameter(name, text, "true or false")
	}
	return value == "true", nil
}

// choice parses a parameter that is one of names. The default is the first one.
func (r *request) choice(name string, names ...string) (string, error) {
	text := r.param(name)
	if text == "" {
		return names[0], nil
	}
	value, ok := canonical(text, names...)
	if !ok {
		return "", errParameter(name, text, "one of "+strings.Join(names, ", "))
	}
	return value, nil
}

// idList parses a parameter of at most limit GUIDs and removes duplicates.
func (r *request) idList(name string, limit int) ([]uuid.UUID, error) {
	ids, err := r.idValues(name)
	if err != nil {
		return nil, err
	}
	if len(ids) > limit {
		return nil, errTooMany(name, limit, len(ids))
	}
	return distinct(ids), nil
}

// requiredIDList is like idList but returns an error if the parameter is missing.
func (r *request) requiredIDList(name string, limit int) ([]uuid.UUID, error) {
	ids, err := r.idList(name, limit)
	if err == nil && len(ids) == 0 {
		err = errRequired(name)
	}
	return ids, err
}

// fraction parses a parameter from 0 to 1.
func (r *request) fraction(name string, fallback float64) (float64, error) {
	text := r.param(name)
	if text == "" {
		return fallback, nil
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(x) || x < 0 || x > 1 {
		return 0, errParameter(name, text, "a number from 0 to 1")
	}
	return x, nil
}

// optionalID parses a parameter that is a GUID. It returns nil if the parameter is missing.
func (r *request) optionalID(name string) (*uuid.UUID, error) {
	text := r.param(name)
	if text == "" {
		return nil, nil
	}
	id, err := parseID(text)
	return &id, err
}

// required returns a parameter, or an error if it is missing.
func (r *request) required(name string) (string, error) {
	text := r.param(name)
	if text == "" {
		return "", errRequired(name)
	}
	return text, nil
}

// distinct concatenates lists without duplicates.
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

// canonical returns the name that equals text without regard to case.
func canonical(text string, names ...string) (string, bool) {
	i := slices.IndexFunc(names, func(name string) bool { return strings.EqualFold(name, text) })
	if i < 0 {
		return "", false
	}
	return names[i], true
}

// nonEmpty returns a pointer to text, or fallback if text is "".
func nonEmpty(text string, fallback *string) *string {
	if text == "" {
		return fallback
	}
	return &text
}

// orEmpty returns text, or a pointer to "" if text is nil.
func orEmpty(text *string) *string {
	if text == nil {
		return new(string)
	}
	return text
}

// assign copies the value of from unless from is nil.
func assign[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}
