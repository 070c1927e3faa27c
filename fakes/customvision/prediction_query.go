package customvision

import (
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
)

// predictionToken is a PredictionQueryToken in a response.
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

// predictionTag selects predictions whose probability of a tag is in a range.
type predictionTag struct {
	ID           uuid.UUID `json:"id"`
	MinThreshold number    `json:"minThreshold"`
	MaxThreshold number    `json:"maxThreshold"`
}

func (t predictionTag) matches(documents []predictionDocument) bool {
	return slices.ContainsFunc(documents, func(d predictionDocument) bool {
		return d.TagID == t.ID && t.MinThreshold <= d.Probability && d.Probability <= t.MaxThreshold
	})
}

// predictionsRequest is a PredictionQueryToken in a request.
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

// predictionQuery is a parsed PredictionQueryToken.
type predictionQuery struct {
	token      predictionToken
	page       pageCursor
	until      int // ordinal of the last prediction of the session
	start, end *time.Time
}

func readPredictionQuery(r *request) (*predictionQuery, error) {
	var body predictionsRequest
	if err := readJSON(r, &body, false); err != nil {
		return nil, err
	}
	q := &predictionQuery{
		token: predictionToken{MaxCount: body.MaxCount, OrderBy: "Newest", Application: body.Application},
	}
	if body.IterationID != nil {
		q.token.IterationID = &body.IterationID.UUID
	}
	var err error
	if q.page, err = readPageCursor("1", body.Session, body.Continuation, body.MaxCount); err != nil {
		return nil, err
	}
	for _, read := range []func(predictionsRequest) error{q.readOrder, q.readTags, q.readTimes} {
		if err := read(body); err != nil {
			return nil, err
		}
	}
	return q, nil
}

func (q *predictionQuery) readOrder(body predictionsRequest) error {
	if body.OrderBy == "" {
		return nil
	}
	orderBy, ok := canonical(body.OrderBy, "Newest", "Oldest", "Suggested")
	if !ok {
		return errQuery("orderBy", body.OrderBy)
	}
	q.token.OrderBy = orderBy
	return nil
}

func (q *predictionQuery) readTags(body predictionsRequest) error {
	if len(body.Tags) > maxPredictionTags {
		return errQueryTags(len(body.Tags))
	}
	if body.Tags != nil {
		q.token.Tags = []predictionTag{}
	}
	for _, t := range body.Tags {
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

func (q *predictionQuery) readTimes(body predictionsRequest) error {
	for _, t := range []struct {
		name   string
		text   *string
		parsed **time.Time
		echo   **timestamp
	}{
		{"startTime", body.StartTime, &q.start, &q.token.StartTime},
		{"endTime", body.EndTime, &q.end, &q.token.EndTime},
	} {
		if t.text == nil {
			continue
		}
		value, ok := parseTime(*t.text)
		if !ok {
			return errQuery(t.name, *t.text)
		}
		*t.parsed, *t.echo = &value, (*timestamp)(&value)
	}
	if q.start != nil && q.end != nil && q.end.Before(*q.start) {
		return errQuery("endTime", *body.EndTime)
	}
	return nil
}

// parseTime parses ISO 8601. A time without a zone is in UTC.
func parseTime(text string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil && t.Year() > 0 {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// matches reports whether a prediction is selected. Predictions of quick tests have no application.
func (q *predictionQuery) matches(pred *prediction) bool {
	return pred.ordinal <= q.until &&
		(q.token.IterationID == nil || *q.token.IterationID == pred.iteration) &&
		(q.start == nil || !pred.created.Before(*q.start)) &&
		(q.end == nil || !pred.created.After(*q.end)) &&
		*orEmpty(q.token.Application) == "" &&
		!slices.ContainsFunc(q.token.Tags, func(t predictionTag) bool { return !t.matches(pred.documents) })
}

// cursor sorts by age or by uncertainty.
func (q *predictionQuery) cursor(pred *prediction) cursor {
	key := -float64(pred.ordinal)
	switch q.token.OrderBy {
	case "Oldest":
		key = float64(pred.ordinal)
	case "Suggested":
		key = -pred.uncertainty
	}
	return cursor{key, pred.id}
}

func (q *predictionQuery) responseToken(next *string) predictionToken {
	q.token.Continuation = next
	return q.token
}
