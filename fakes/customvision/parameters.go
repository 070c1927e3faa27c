package customvision

import (
	"math"
	"slices"
	"strconv"
	"strings"
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

// need reads a parameter that a call cannot do without.
func (r *request) need(name string) (string, error) {
	text := r.param(name)
	if text == "" {
		return "", errRequired(name)
	}
	return text, nil
}

// maxTake is the most that one call lists (API description).
const maxTake = 256

// page is the part of a list that a call asks for.
type page struct {
	oldest     bool
	take, skip int
}

// page reads orderBy (Newest by default), take (50 by default) and skip.
func (r *request) page() (page, error) {
	var p page
	if order := r.param("orderBy"); order != "" {
		known, ok := canonical(order, "Newest", "Oldest")
		if !ok {
			return p, errParameter("orderBy", "Newest or Oldest")
		}
		p.oldest = known == "Oldest"
	}
	var err error
	if p.take, err = r.count("take", 50, maxTake); err != nil {
		return p, err
	}
	p.skip, err = r.count("skip", 0, math.MaxInt32)
	return p, err
}

// of cuts the page out of images, the oldest of which are first.
func (p page) of(images []*image) []*image {
	ordered := slices.Clone(images)
	if !p.oldest {
		slices.Reverse(ordered)
	}
	ordered = ordered[min(p.skip, len(ordered)):]
	return ordered[:min(p.take, len(ordered))]
}
