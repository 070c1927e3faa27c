package customvision

import (
	"fmt"
	"slices"

	"github.com/google/uuid"
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
	answer suggestionToken
	place  pageCursor
}

func readSuggestionQuery(r *request) (q suggestionQuery, err error) {
	var asked suggestionsRequest
	if err := readJSON(r, &asked, false); err != nil {
		return q, err
	}
	q.answer = suggestionToken{MaxCount: asked.MaxCount, SortBy: "UncertaintyAscending"}
	if q.place, err = readPageCursor("0", asked.Session, asked.Continuation, asked.MaxCount); err != nil {
		return q, err
	}
	if asked.SortBy != "" {
		known, ok := canonical(asked.SortBy, "UncertaintyAscending", "UncertaintyDescending")
		if !ok {
			return q, errQuery("sortBy", asked.SortBy)
		}
		q.answer.SortBy = known
	}
	q.answer.TagIDs, q.answer.Threshold = asked.TagIDs, number(asked.Threshold)
	return q, asked.check()
}

func (q suggestionQuery) cursor(s suggestion) cursor {
	key := s.uncertainty
	if q.answer.SortBy == "UncertaintyDescending" {
		key = -key
	}
	return cursor{key, s.image.id}
}

// storedSuggestion is StoredSuggestedTagAndRegion. Its time has the form of an
// image's (recorded).
type storedSuggestion struct {
	Width                 int                  `json:"width"`
	Height                int                  `json:"height"`
	ResizedImageURI       string               `json:"resizedImageUri"`
	ThumbnailURI          string               `json:"thumbnailUri"`
	OriginalImageURI      string               `json:"originalImageUri"`
	Domain                string               `json:"domain"`
	ID                    uuid.UUID            `json:"id"`
	Project               uuid.UUID            `json:"project"`
	Iteration             uuid.UUID            `json:"iteration"`
	Created               imageTime            `json:"created"`
	Predictions           []predictionDocument `json:"predictions"`
	PredictionUncertainty number               `json:"predictionUncertainty"`
}

type suggestionResult struct {
	Token   suggestionToken    `json:"token"`
	Results []storedSuggestion `json:"results"`
}

// querySuggested lists the untagged images that may show one of the tags.
func (s *Server) querySuggested(r *request) (any, error) {
	q, err := readSuggestionQuery(r)
	if err != nil {
		return nil, err
	}
	c, err := s.loadSuggestionContext(r, func(p *project, i *iteration) ([]image, error) {
		q.answer.Session, _ = q.place.begin(p.revision)
		return p.untagged(), p.knowTags(i, q.answer.TagIDs)
	})
	if err != nil {
		return nil, err
	}
	matching := slices.DeleteFunc(c.suggest(c.images), func(made suggestion) bool {
		return !made.atLeast(float64(q.answer.Threshold), c.model, q.answer.TagIDs)
	})
	found, next := pageAfter(matching, q.cursor, q.place.after, q.place.limit)
	q.answer.Continuation = next
	result := suggestionResult{q.answer, []storedSuggestion{}}
	for _, made := range found {
		result.Results = append(result.Results, c.stored(made))
	}
	return result, nil
}

func (c suggestionContext) stored(made suggestion) storedSuggestion {
	i := &made.image
	return storedSuggestion{
		Width: i.width, Height: i.height, Domain: c.domain,
		ResizedImageURI: c.album.picture(
			resized,
			i,
		), ThumbnailURI: c.album.picture(thumbnail, i), OriginalImageURI: c.album.picture(i.original(), i),
		ID: made.image.id, Project: c.album.project, Iteration: c.iteration, Created: imageTime(made.image.created),
		Predictions: c.documents(made.answers), PredictionUncertainty: number(made.uncertainty),
	}
}

// knowTags asks for tags that the project has, or that the model knows.
func (p *project) knowTags(i *iteration, tags []uuid.UUID) error {
	for _, id := range tags {
		if p.tag(id) == nil && i.trainingData.tag(id) == nil {
			return errTagNotFound(id)
		}
	}
	return nil
}

// countSuggested counts, for each of the tags or for all that the model knows,
// the untagged images that may show it.
func (s *Server) countSuggested(r *request) (any, error) {
	var asked tagFilter
	if err := readJSON(r, &asked, false); err != nil {
		return nil, err
	}
	if err := asked.check(); err != nil {
		return nil, err
	}
	tags := distinct(asked.TagIDs)
	c, err := s.loadSuggestionContext(
		r,
		func(p *project, i *iteration) ([]image, error) { return p.untagged(), p.knowTags(i, tags) },
	)
	if err != nil {
		return nil, err
	}
	if len(tags) == 0 {
		for _, t := range c.tags {
			tags = append(tags, t.id)
		}
	}
	suggestions, counts := c.suggest(c.images), map[uuid.UUID]int{}
	for _, id := range tags {
		counts[id] = 0
		for _, made := range suggestions {
			if made.atLeast(asked.Threshold, c.model, []uuid.UUID{id}) {
				counts[id]++
			}
		}
	}
	return counts, nil
}
