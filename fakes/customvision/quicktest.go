package customvision

import (
	"time"

	"github.com/google/uuid"

	"github.com/cvconform/cvconform/fakes/customvision/internal/trainedmodel"
)

func quickTestRoutes() []route {
	return []route{
		{"QuickTestImage", "POST", projectPath + "/quicktest/image", maxTestImage, (*Server).quickTestImage},
		{"QuickTestImageUrl", "POST", projectPath + "/quicktest/url", maxDocument, (*Server).quickTestImageURL},
	}
}

type imagePrediction struct {
	ID          uuid.UUID            `json:"id"`
	Project     uuid.UUID            `json:"project"`
	Iteration   uuid.UUID            `json:"iteration"`
	Created     timestamp            `json:"created"`
	Predictions []predictionDocument `json:"predictions"`
}

func (p *project) predictionDocument(made *prediction) imagePrediction {
	return imagePrediction{made.id, p.id, made.iteration, timestamp(made.created), made.documents}
}

// quickTestImage takes a form with a file, the first of which counts, or one
// image as the body.
func (s *Server) quickTestImage(r *request) (any, error) {
	uploads, err := readUploads(r)
	if err != nil {
		return nil, err
	}
	if len(uploads) == 0 {
		return nil, errTestImageMissing()
	}
	test, err := readQuickTest(r)
	if err != nil {
		return nil, err
	}
	return s.quickTest(r, uploads[0], test)
}

// quickTestImageURL fetches nothing before the rest of the call is known to be
// sound, and holds no lock while it does.
func (s *Server) quickTestImageURL(r *request) (any, error) {
	var named struct {
		URL string `json:"url"`
	}
	if err := readJSON(r, &named, false); err != nil {
		return nil, err
	}
	if err := checkURL(named.URL); err != nil {
		return nil, err
	}
	test, err := readQuickTest(r)
	if err != nil {
		return nil, err
	}
	ctx := r.Context()
	if _, err := s.inProject(r, func(p *project) (any, error) {
		ctx = s.outboundContext(ctx, p.id, p.name)
		_, err := p.iterationForTest(test.iteration)
		return nil, err
	}); err != nil {
		return nil, err
	}
	data, err := s.fetch(ctx, named.URL)
	if err != nil {
		return nil, errImageNotFetched(err)
	}
	return s.quickTest(r, measure(named.URL, data), test)
}

// quickTest is what a call asks for beside the image.
type quickTest struct {
	iteration *uuid.UUID // nil means that which was trained last
	store     bool
}

func readQuickTest(r *request) (q quickTest, err error) {
	store, err := r.choice("store", "true", "false")
	if err != nil {
		return q, err
	}
	q.store = store == "true"
	q.iteration, err = r.optionalID("iterationId")
	return q, err
}

func (s *Server) quickTest(r *request, image upload, test quickTest) (any, error) {
	if image.problem != "" {
		return nil, errTestImage(image.problem)
	}
	return s.inProject(r, func(p *project) (any, error) {
		i, err := p.iterationForTest(test.iteration)
		if err != nil {
			return nil, err
		}
		made := i.predict(image, s.now())
		if test.store {
			p.predictionCount++
			made.ordinal = p.predictionCount
			p.predictions = append(p.predictions, made)
		}
		return p.predictionDocument(made), nil
	})
}

// iterationForTest is the iteration asked for, or that which was trained last.
func (p *project) iterationForTest(asked *uuid.UUID) (*iteration, error) {
	if asked == nil {
		for n := len(p.iterations) - 1; n >= 0; n-- {
			if p.iterations[n].trainedAt != nil {
				return p.iterations[n], nil
			}
		}
		return nil, errNoDefaultIteration()
	}
	i := p.iteration(*asked)
	switch {
	case i == nil:
		return nil, errIterationNotFound(*asked)
	case i.trainedAt == nil:
		return nil, errNotTrained(i.id)
	}
	return i, nil
}

func (i *iteration) predict(image upload, now time.Time) *prediction {
	m := i.model()
	answers := m.Predict(image.digest)
	return &prediction{id: uuid.New(), iteration: i.id, created: now, domain: i.domain.ID, image: image,
		documents: m.documents(answers), uncertainty: trainedmodel.Uncertainty(answers)}
}
