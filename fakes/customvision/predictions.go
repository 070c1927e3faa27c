package customvision

import (
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"
)

func predictionRoutes() []route {
	return []route{
		{"QueryPredictions", "POST", projectPath + "/predictions/query", maxDocument, (*Server).queryPredictions},
		{"DeletePrediction", "DELETE", projectPath + "/predictions", maxDocument, (*Server).deletePredictions},
		{"CreateImagesFromPredictions", "POST", predictedPath, maxDocument, (*Server).createImagesFromPredictions},
	}
}

// storedPrediction is a prediction with links to its image (StoredImagePrediction).
type storedPrediction struct {
	ResizedImageURI  string `json:"resizedImageUri"`
	ThumbnailURI     string `json:"thumbnailUri"`
	OriginalImageURI string `json:"originalImageUri"`
	Domain           string `json:"domain"`
	imagePrediction
}

// storedPrediction returns a document with links to the image, at the address that the caller used. The resized image
// is the original (recorded).
func (s *Server) storedPrediction(origin string, p *project, pred *prediction) storedPrediction {
	original := s.links.link(origin, predictionPath(p.id, pred.id, "o"), s.now())
	thumbnail := s.links.link(origin, predictionPath(p.id, pred.id, "t"), s.now())
	return storedPrediction{original, thumbnail, original, pred.domain, p.predictionDocument(pred)}
}

// predictionPath returns the path of a prediction's image in the service's own storage, as recorded for v3.1: "o"
// is the image, "t" its thumbnail.
func predictionPath(project, prediction uuid.UUID, kind string) string {
	return "/e-" + hexID(project) + "/" + kind + "-" + hexID(prediction)
}

// predictionImage returns the image of a stored prediction. The thumbnail is the image itself.
func (s *Server) predictionImage(project uuid.UUID, blob string) (storedFile, error) {
	kind, name, _ := strings.Cut(blob, "-")
	id, err := uuid.Parse(name)
	if err != nil || kind != "o" && kind != "t" {
		return storedFile{}, errBlobNotFound()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.projects.byID[project]; p != nil {
		if pred := p.prediction(id); pred != nil {
			return storedFile{file{http.DetectContentType(pred.image.data), pred.image.data}, pred.created}, nil
		}
	}
	return storedFile{}, errBlobNotFound()
}

func (p *project) prediction(id uuid.UUID) *prediction {
	n := slices.IndexFunc(p.predictions, func(pred *prediction) bool { return pred.id == id })
	if n < 0 {
		return nil
	}
	return p.predictions[n]
}

type predictionResult struct {
	Token   predictionToken    `json:"token"`
	Results []storedPrediction `json:"results"`
}

func (s *Server) queryPredictions(r *request) (any, error) {
	q, err := readPredictionQuery(r)
	if err != nil {
		return nil, err
	}
	return s.inProject(r, func(p *project) (any, error) {
		q.token.Session, q.until = q.page.startSession(p.predictionCount)
		matching := slices.DeleteFunc(slices.Clone(p.predictions), func(pred *prediction) bool { return !q.matches(pred) })
		found, next := pageAfter(matching, q.cursor, q.page.after, q.page.limit)
		result := predictionResult{q.responseToken(next), []storedPrediction{}}
		for _, pred := range found {
			result.Results = append(result.Results, s.storedPrediction(r.origin(), p, pred))
		}
		return result, nil
	})
}

// deletePredictions ignores unknown predictions, because the API description has no error code for them.
func (s *Server) deletePredictions(r *request) (any, error) {
	ids, err := r.idValues("ids")
	switch {
	case err != nil:
		return nil, err
	case len(ids) == 0:
		return nil, errNoPredictionIDs()
	case len(ids) > maxPredictionIDs:
		return nil, errPredictionIDs(len(ids))
	}
	return s.inProject(r, func(p *project) (any, error) {
		p.predictions = slices.DeleteFunc(p.predictions, func(pred *prediction) bool { return slices.Contains(ids, pred.id) })
		return nil, nil
	})
}

type idBatch struct {
	Images []idEntry `json:"images"`
	batchEntry
}

// idEntry is one prediction of an ImageIdCreateBatch.
type idEntry struct {
	ID guid `json:"id"`
	imageEntry
}

// createImagesFromPredictions adds the images of predictions to the workspace. The predictions are kept.
func (s *Server) createImagesFromPredictions(r *request) (any, error) {
	var body idBatch
	if err := readJSON(r, &body, false); err != nil {
		return nil, err
	}
	if err := checkBatchSize(len(body.Images), "No predictions provided"); err != nil {
		return nil, err
	}
	b, err := body.newBatch(r)
	if err != nil {
		return nil, err
	}
	if _, err := s.inProject(r, func(p *project) (any, error) {
		for _, entry := range body.Images {
			b.uploads = append(b.uploads, entry.applyTo(p.predictedImage(entry.ID.UUID)))
		}
		return nil, nil
	}); err != nil {
		return nil, err
	}
	return s.addImages(r, b)
}

// predictedImage returns the image of a prediction as an upload whose name is the prediction's id (recorded).
func (p *project) predictedImage(id uuid.UUID) upload {
	u := upload{problem: uploadSource}
	if pred := p.prediction(id); pred != nil {
		u = pred.image
	}
	u.name = id.String()
	return u
}
