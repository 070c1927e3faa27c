package customvision

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
)

// predictionToken is PredictionQueryToken, as it is answered.
type predictionToken struct {
	Session      string          `json:"session"`
	Continuation *string         `json:"continuation"`
	MaxCount     int             `json:"maxCount"`
	OrderBy      string          `json:"orderBy"`
	Tags         []predictionTag `json:"tags"`
	IterationID  *uuid.UUID      `json:"iterationId"`
	StartTime    *timestamp      `json:"startTime"`
	EndTime      *timestamp      `json:"endTime"`
	Application  *string         `json:"application"`
}

// predictionTag asks for predictions that give a tag a probability between two.
type predictionTag struct {
	ID           uuid.UUID `json:"id"`
	MinThreshold number    `json:"minThreshold"`
	MaxThreshold number    `json:"maxThreshold"`
}

func (t predictionTag) matches(answers []predictionDocument) bool {
	return slices.ContainsFunc(answers, func(a predictionDocument) bool {
		return a.TagID == t.ID && t.MinThreshold <= a.Probability && a.Probability <= t.MaxThreshold
	})
}

// predictionsRequest is PredictionQueryToken, as a caller sends it.
type predictionsRequest struct {
	Session      string `json:"session"`
	Continuation string `json:"continuation"`
	MaxCount     int    `json:"maxCount"`
	OrderBy      string `json:"orderBy"`
	Tags         []struct {
		ID           guid     `json:"id"`
		MinThreshold float64  `json:"minThreshold"`
		MaxThreshold *float64 `json:"maxThreshold"`
	} `json:"tags"`
	IterationID *guid   `json:"iterationId"`
	StartTime   *string `json:"startTime"`
	EndTime     *string `json:"endTime"`
	Application *string `json:"application"`
}

// predictionQuery is what a token asks for.
type predictionQuery struct {
	token      predictionToken
	page       pageCursor
	until      int // the last prediction of the session
	start, end *time.Time
}

func readPredictionQuery(r *request) (*predictionQuery, error) {
	var asked predictionsRequest
	if err := readJSON(r, &asked, false); err != nil {
		return nil, err
	}
	q := &predictionQuery{
		token: predictionToken{MaxCount: asked.MaxCount, OrderBy: "Newest", Application: asked.Application},
	}
	if asked.IterationID != nil {
		q.token.IterationID = &asked.IterationID.UUID
	}
	var err error
	if q.page, err = readPageCursor("1", asked.Session, asked.Continuation, asked.MaxCount); err != nil {
		return nil, err
	}
	for _, read := range []func(predictionsRequest) error{q.readOrder, q.readTags, q.readTimes} {
		if err := read(asked); err != nil {
			return nil, err
		}
	}
	return q, nil
}

func (q *predictionQuery) readOrder(asked predictionsRequest) error {
	if asked.OrderBy == "" {
		return nil
	}
	known, ok := canonical(asked.OrderBy, "Newest", "Oldest", "Suggested")
	if !ok {
		return errQuery("orderBy", asked.OrderBy)
	}
	q.token.OrderBy = known
	return nil
}

func (q *predictionQuery) readTags(asked predictionsRequest) error {
	if len(asked.Tags) > maxPredictionTags {
		return errQueryTags(len(asked.Tags))
	}
	if asked.Tags != nil {
		q.token.Tags = []predictionTag{}
	}
	for _, t := range asked.Tags {
		highest := 1.0
		if t.MaxThreshold != nil {
			highest = *t.MaxThreshold
		}
		if t.MinThreshold < 0 || highest > 1 || t.MinThreshold > highest {
			return errQuery("tags", fmt.Sprintf("%g to %g", t.MinThreshold, highest))
		}
		q.token.Tags = append(q.token.Tags, predictionTag{t.ID.UUID, number(t.MinThreshold), number(highest)})
	}
	return nil
}

func (q *predictionQuery) readTimes(asked predictionsRequest) error {
	for _, t := range []struct {
		name  string
		text  *string
		to    **time.Time
		shown **timestamp
	}{
		{"startTime", asked.StartTime, &q.start, &q.token.StartTime},
		{"endTime", asked.EndTime, &q.end, &q.token.EndTime},
	} {
		if t.text == nil {
			continue
		}
		parsed, ok := parseTime(*t.text)
		if !ok {
			return errQuery(t.name, *t.text)
		}
		*t.to, *t.shown = &parsed, (*timestamp)(&parsed)
	}
	if q.start != nil && q.end != nil && q.end.Before(*q.start) {
		return errQuery("endTime", *asked.EndTime)
	}
	return nil
}

// parseTime reads ISO 8601; a time without a zone is in UTC.
func parseTime(text string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil && t.Year() > 0 {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// matches tells whether a prediction is asked for. Those of quick tests have no
// application.
func (q *predictionQuery) matches(made *prediction) bool {
	return made.ordinal <= q.until &&
		(q.token.IterationID == nil || *q.token.IterationID == made.iteration) &&
		(q.start == nil || !made.created.Before(*q.start)) &&
		(q.end == nil || !made.created.After(*q.end)) &&
		*orEmpty(q.token.Application) == "" &&
		!slices.ContainsFunc(q.token.Tags, func(t predictionTag) bool { return !t.matches(made.documents) })
}

// cursor puts the newest first, the oldest, or the most uncertain.
func (q *predictionQuery) cursor(made *prediction) cursor {
	key := -float64(made.ordinal)
	switch q.token.OrderBy {
	case "Oldest":
		key = float64(made.ordinal)
	case "Suggested":
		key = -made.uncertainty
	}
	return cursor{key, made.id}
}

func (q *predictionQuery) responseToken(next *string) predictionToken {
	q.token.Continuation = next
	return q.token
}
