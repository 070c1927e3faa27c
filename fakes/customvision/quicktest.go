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

func (p *project) predictionDocument(pred *prediction) imagePrediction {
	return imagePrediction{pred.id, p.id, pred.iteration, timestamp(pred.created), pred.documents}
}

func (s *Server) quickTestImage(r *request) (any, error) { return s.testImage(r, readQuickTest) }

func (s *Server) quickTestImageURL(r *request) (any, error) { return s.testImageURL(r, readQuickTest) }

// testImage accepts a form with a file, or one image as the body. Further files of a form are ignored.
func (s *Server) testImage(r *request, read func(*request) (imageTest, error)) (any, error) {
	uploads, err := readUploads(r)
	if err != nil {
		return nil, err
	}
	if len(uploads) == 0 {
		return nil, errTestImageMissing()
	}
	test, err := read(r)
	if err != nil {
		return nil, err
	}
	return s.test(r, uploads[0], test)
}

// testImageURL fetches the image after the rest of the request is validated, without holding the lock.
func (s *Server) testImageURL(r *request, read func(*request) (imageTest, error)) (any, error) {
	var body struct {
		URL string `json:"url"`
	}
	if err := readJSON(r, &body, false); err != nil {
		return nil, err
	}
	if err := checkURL(body.URL); err != nil {
		return nil, err
	}
	test, err := read(r)
	if err != nil {
		return nil, err
	}
	ctx := r.Context()
	if _, err := s.inProject(r, func(p *project) (any, error) {
		ctx = s.outboundContext(ctx, p.id, p.name)
		_, err := test.find(p)
		return nil, err
	}); err != nil {
		return nil, err
	}
	data, err := s.fetch(ctx, body.URL)
	if err != nil {
		return nil, errImageNotFetched(err)
	}
	return s.test(r, measure(body.URL, data), test)
}

// imageTest holds the parameters of a quick test or a prediction.
type imageTest struct {
	find  func(*project) (*iteration, error)
	store bool
}

func readQuickTest(r *request) (imageTest, error) {
	store, err := r.choice("store", "true", "false")
	if err != nil {
		return imageTest{}, err
	}
	id, err := r.optionalID("iterationId")
	find := func(p *project) (*iteration, error) { return p.iterationForTest(id) }
	return imageTest{find, store == "true"}, err
}

func (s *Server) test(r *request, image upload, test imageTest) (any, error) {
	if image.problem != "" {
		return nil, errTestImage(image.problem)
	}
	return s.inProject(r, func(p *project) (any, error) {
		i, err := test.find(p)
		if err != nil {
			return nil, err
		}
		pred := i.predict(image, s.now())
		if test.store {
			p.predictionCount++
			pred.ordinal = p.predictionCount
			p.predictions = append(p.predictions, pred)
		}
		return p.predictionDocument(pred), nil
	})
}

// iterationForTest returns the requested iteration, or the one that was trained last if requested is nil.
func (p *project) iterationForTest(requested *uuid.UUID) (*iteration, error) {
	if requested == nil {
		for n := len(p.iterations) - 1; n >= 0; n-- {
			if p.iterations[n].trainedAt != nil {
				return p.iterations[n], nil
			}
		}
		return nil, errNoDefaultIteration()
	}
	i := p.iteration(*requested)
	switch {
	case i == nil:
		return nil, errIterationNotFound(*requested)
	case i.trainedAt == nil:
		return nil, errNotTrained(i.id)
	}
	return i, nil
}

func (i *iteration) predict(image upload, now time.Time) *prediction {
	m := i.model()
	predictions := m.Predict(image.digest)
	return &prediction{id: uuid.New(), iteration: i.id, created: now, domain: i.domain.ID, image: image,
		documents: m.documents(predictions), uncertainty: trainedmodel.Uncertainty(predictions)}
}
