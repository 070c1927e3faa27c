package customvision

import (
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/cvconform/cvconform/fakes/customvision/internal/trainedmodel"
)

// suggestionToken is SuggestedTagAndRegionQueryToken, as it is answered.
type suggestionToken struct {
	TagIDs       []uuid.UUID `json:"tagIds"`
	Threshold    number      `json:"threshold"`
	Session      string      `json:"session"`
	Continuation *string     `json:"continuation"`
	MaxCount     int         `json:"maxCount"`
	SortBy       string      `json:"sortBy"`
}

// tagFilter is what both queries of suggestions have in their bodies.
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

// suggestionsRequest is SuggestedTagAndRegionQueryToken, as a caller sends it.
type suggestionsRequest struct {
	tagFilter
	Session      string `json:"session"`
	Continuation string `json:"continuation"`
	MaxCount     int    `json:"maxCount"`
	SortBy       string `json:"sortBy"`
}

// suggestionQuery is what a token asks for.
type suggestionQuery struct {
	token suggestionToken
	page  pageCursor
}

func readSuggestionQuery(r *request) (q suggestionQuery, err error) {
	var asked suggestionsRequest
	if err := readJSON(r, &asked, false); err != nil {
		return q, err
	}
	q.token = suggestionToken{MaxCount: asked.MaxCount, SortBy: "UncertaintyAscending"}
	if q.page, err = readPageCursor("0", asked.Session, asked.Continuation, asked.MaxCount); err != nil {
		return q, err
	}
	if asked.SortBy != "" {
		known, ok := canonical(asked.SortBy, "UncertaintyAscending", "UncertaintyDescending")
		if !ok {
			return q, errQuery("sortBy", asked.SortBy)
		}
		q.token.SortBy = known
	}
	q.token.TagIDs, q.token.Threshold = asked.TagIDs, number(asked.Threshold)
	return q, asked.check()
}

func (q suggestionQuery) cursor(s suggestion) cursor {
	key := s.uncertainty
	if q.token.SortBy == "UncertaintyDescending" {
		key = -key
	}
	return cursor{key, s.image.id}
}

// suggestion is what a model says of an image that is to be labelled. It is
// made, and written, without the lock.
type suggestion struct {
	image       image
	predictions []trainedmodel.Prediction
	uncertainty float64
}

// atLeast tells whether one of the tags is as likely as that.
func (s suggestion) hasTagAbove(threshold float64, m model, tags []uuid.UUID) bool {
	return slices.ContainsFunc(s.predictions, func(a trainedmodel.Prediction) bool {
		return a.Probability >= threshold && (len(tags) == 0 || slices.Contains(tags, m.tags[a.Tag].id))
	})
}
