package customvision

import (
	"github.com/google/uuid"

	"github.com/cvconform/cvconform/fakes/customvision/internal/trainedmodel"
)

func performanceRoutes() []route {
	path := iterationPath + "/performance"
	return []route{
		{"GetIterationPerformance", "GET", path, maxDocument, (*Server).getPerformance},
		{"GetImagePerformances", "GET", path + "/images", maxDocument, (*Server).listImagePerformances},
		{"GetImagePerformanceCount", "GET", path + "/images/count", maxDocument, (*Server).countImagePerformances},
	}
}

// Default thresholds of a prediction, and of the overlap of two boxes. They are the fake's own choice.
const (
	defaultThreshold = 0.5
	defaultOverlap   = 0.3
)

type performanceDocument struct {
	PerTagPerformance []tagPerformance `json:"perTagPerformance"`
	figures
}

type tagPerformance struct {
	ID   uuid.UUID `json:"id"`
	Name string    `json:"name"`
	figures
}

type figures struct {
	Precision             number `json:"precision"`
	PrecisionStdDeviation number `json:"precisionStdDeviation"`
	Recall                number `json:"recall"`
	RecallStdDeviation    number `json:"recallStdDeviation"`
	AveragePrecision      number `json:"averagePrecision"`
}

func wireFigures(f trainedmodel.Figures) figures {
	return figures{
		number(f.Precision),
		number(f.PrecisionDeviation),
		number(f.Recall),
		number(f.RecallDeviation),
		number(f.AveragePrecision),
	}
}

// inTrainedIteration calls f with the lock held and the iteration of the request's path, if it is trained.
func (s *Server) inTrainedIteration(r *request, f func(*project, *iteration) (any, error)) (any, error) {
	return s.inIteration(r, func(p *project, i *iteration) (any, error) {
		if i.trainedAt == nil {
			return nil, errNoPerformance(i.id)
		}
		return f(p, i)
	})
}

func (s *Server) getPerformance(r *request) (any, error) {
	threshold, err := r.fraction("threshold", defaultThreshold)
	if err != nil {
		return nil, err
	}
	overlap, err := r.fraction("overlapThreshold", defaultOverlap)
	if err != nil {
		return nil, err
	}
	var m model
	_, err = s.inTrainedIteration(r, func(_ *project, i *iteration) (any, error) {
		m = i.model()
		return nil, nil
	})
	if err != nil {
		return nil, err
	}
	performance := m.Performance(threshold, overlap)
	document := performanceDocument{PerTagPerformance: []tagPerformance{}, figures: wireFigures(performance.Figures)}
	for n, t := range m.tags {
		document.PerTagPerformance = append(
			document.PerTagPerformance,
			tagPerformance{t.id, t.name, wireFigures(performance.Tags[n])},
		)
	}
	return document, nil
}

// imagePerformance is a training image with the model's predictions. Empty members are omitted, as in image
// documents.
type imagePerformance struct {
	Predictions  []predictionDocument `json:"predictions"`
	ID           uuid.UUID            `json:"id"`
	Created      imageTime            `json:"created"`
	Width        int                  `json:"width"`
	Height       int                  `json:"height"`
	ImageURI     string               `json:"imageUri"`
	ThumbnailURI string               `json:"thumbnailUri"`
	Tags         []tagOfImage         `json:"tags,omitempty"`
	Regions      []regionDocument     `json:"regions,omitempty"`
}

// listImagePerformances computes the predictions without the lock.
func (s *Server) listImagePerformances(r *request) (any, error) {
	tags, err := r.idList("tagIds", maxTagFilter)
	if err != nil {
		return nil, err
	}
	part, err := readPage(r)
	if err != nil {
		return nil, err
	}
	var m model
	var images []*image
	var documents []*imageDocument
	_, err = s.inTrainedIteration(r, func(p *project, i *iteration) (any, error) {
		m, images = i.model(), part.slice(i.trainingData.imagesMatching(criteria{tagging: taggedOnly, tags: tags}))
		documents = s.newImageRenderer(r, p, i.trainingData).documents(images)
		return nil, nil
	})
	if err != nil {
		return nil, err
	}
	performances := make([]imagePerformance, len(images))
	for n, d := range documents {
		performances[n] = imagePerformance{
			Predictions: m.documents(m.Predict(images[n].digest)),
			ID:          d.ID, Created: d.Created, Width: d.Width, Height: d.Height,
			ImageURI: d.ResizedImageURI, ThumbnailURI: d.ThumbnailURI, Tags: d.Tags, Regions: d.Regions,
		}
	}
	return performances, nil
}

func (s *Server) countImagePerformances(r *request) (any, error) {
	tags, err := r.idValues("tagIds")
	if err != nil {
		return nil, err
	}
	return s.inTrainedIteration(r, func(_ *project, i *iteration) (any, error) {
		return len(i.trainingData.imagesMatching(criteria{tagging: taggedOnly, tags: tags})), nil
	})
}
