package customvision

import (
	"math"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// number reads a parameter that counts, 0 to most.
func (r *request) number(name string, otherwise, most int) (int, error) {
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
func (r *request) flag(name string) (bool, error) {
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
func (r *request) idsUpTo(name string, most int) ([]uuid.UUID, error) {
	ids, err := r.ids(name)
	if err != nil {
		return nil, err
	}
	if len(ids) > most {
		return nil, errTooMany(name, most, len(ids))
	}
	return distinct(ids), nil
}

// requiredIDs is idsUpTo for a parameter that has to be there.
func (r *request) requiredIDs(name string, most int) ([]uuid.UUID, error) {
	ids, err := r.idsUpTo(name, most)
	if err == nil && len(ids) == 0 {
		err = errRequired(name)
	}
	return ids, err
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

// share reads a parameter that is a number from 0 to 1.
func (r *request) share(name string, otherwise float64) (float64, error) {
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
func (r *request) need(name string) (string, error) {
	text := r.param(name)
	if text == "" {
		return "", errRequired(name)
	}
	return text, nil
}
