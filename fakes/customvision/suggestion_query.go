package customvision

import (
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/cvconform/cvconform/fakes/customvision/internal/trainedmodel"
)

// suggestionToken is a SuggestedTagAndRegionQueryToken in a response.
type suggestionToken struct {
	TagIDs       []uuid.UUID `json:"tagIds"`
	Threshold    number      `json:"threshold"`
	Session      string      `json:"session"`
	Continuation *string     `json:"continuation"`
	MaxCount     int         `json:"maxCount"`
	SortBy       string      `json:"sortBy"`
}

// tagFilter holds the members that both queries of suggestions have in their bodies.
type tagFilter struct {
	TagIDs    guids   `json:"tagIds"`
	Threshold float64 `json:"threshold"`
}

func (f tagFilter) check() error {
	if f.Threshold < 0 || f.Threshold > 1 {
		return errQuery("threshold", fmt.Sprint(f.Threshold))
	}
	return nil
}

// suggestionsRequest is a SuggestedTagAndRegionQueryToken in a request.
type suggestionsRequest struct {
	tagFilter
	Session      string `json:"session"`
	Continuation string `json:"continuation"`
	MaxCount     int    `json:"maxCount"`
	SortBy       string `json:"sortBy"`
}

// suggestionQuery is a parsed SuggestedTagAndRegionQueryToken.
type suggestionQuery struct {
	token suggestionToken
	page  pageCursor
}

func readSuggestionQuery(r *request) (q suggestionQuery, err error) {
	var body suggestionsRequest
	if err := readJSON(r, &body, false); err != nil {
		return q, err
	}
	q.token = suggestionToken{MaxCount: body.MaxCount, SortBy: "UncertaintyAscending"}
	if q.page, err = readPageCursor("0", body.Session, body.Continuation, body.MaxCount); err != nil {
		return q, err
	}
	if body.SortBy != "" {
		sortBy, ok := canonical(body.SortBy, "UncertaintyAscending", "UncertaintyDescending")
		if !ok {
			return q, errQuery("sortBy", body.SortBy)
		}
		q.token.SortBy = sortBy
	}
	q.token.TagIDs, q.token.Threshold = body.TagIDs, number(body.Threshold)
	return q, body.check()
}

func (q suggestionQuery) cursor(s suggestion) cursor {
	key := s.uncertainty
	if q.token.SortBy == "UncertaintyDescending" {
		key = -key
	}
	return cursor{key, s.image.id}
}

// suggestion holds a model's predictions for an untagged image. It is created and encoded without the lock.
type suggestion struct {
	image       image
	predictions []trainedmodel.Prediction
	uncertainty float64
}

// hasTagAbove reports whether the probability of one of the tags, or of any tag if there are none, is at least
// threshold.
func (s suggestion) hasTagAbove(threshold float64, m model, tags []uuid.UUID) bool {
	return slices.ContainsFunc(s.predictions, func(p trainedmodel.Prediction) bool {
		return p.Probability >= threshold && (len(tags) == 0 || slices.Contains(tags, m.tags[p.Tag].id))
	})
}
