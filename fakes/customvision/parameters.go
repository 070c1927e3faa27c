package customvision

import (
	"math"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// flag reads a boolean; absence means otherwise.
func (r *request) flag(name string, otherwise bool) (bool, error) {
	switch strings.ToLower(r.param(name)) {
	case "":
		return otherwise, nil
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, errParameter(name, "true or false")
}

// count reads a whole number from 0 to limit; absence means otherwise.
func (r *request) count(name string, otherwise, limit int) (int, error) {
	text := r.param(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > limit {
		return 0, errParameter(name, "a whole number from 0 to "+strconv.Itoa(limit))
	}
	return n, nil
}

// share reads a number from 0 to 1; absence means otherwise.
func (r *request) share(name string, otherwise float64) (float64, error) {
	text := r.param(name)
	if text == "" {
		return otherwise, nil
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(x) || x < 0 || x > 1 {
		return 0, errParameter(name, "a number from 0 to 1")
	}
	return x, nil
}

// optionalID reads a GUID; nil means that there is none.
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
