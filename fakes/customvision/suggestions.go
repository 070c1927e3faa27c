package customvision

import (
	"slices"

	"github.com/google/uuid"

	"github.com/cvconform/cvconform/fakes/customvision/internal/trainedmodel"
)

func suggestionRoutes() []route {
	return []route{
		{"SuggestTagsAndRegions", "POST", suggestionsPath, maxDocument, (*Server).suggestTagsAndRegions},
		{"QuerySuggestedImages", "POST", imagesPath + "/suggested", maxDocument, (*Server).querySuggested},
		{"QuerySuggestedImageCount", "POST", imagesPath + "/suggested/count", maxDocument, (*Server).countSuggested},
		{"GetImageRegionProposals", "POST", proposalsPath, maxDocument, (*Server).proposeRegions},
	}
}

func (m model) suggestionsFor(images []image) []suggestion {
	suggestions := make([]suggestion, len(images))
	for n, i := range images {
		predictions := m.Predict(i.digest)
		suggestions[n] = suggestion{i, predictions, trainedmodel.Uncertainty(predictions)}
	}
	return suggestions
}

// suggestedTags has the id of the image (recorded).
type suggestedTags struct {
	imagePrediction
	PredictionUncertainty number `json:"predictionUncertainty"`
}

// suggestionContext holds an iteration's model and the selected images, copied while the lock was held.
type suggestionContext struct {
	model
	renderer  imageRenderer
	iteration uuid.UUID
	domain    string
	images    []image
}

// loadSuggestionContext loads the iteration of the query parameter iterationId, and the images of the workspace
// that choose returns.
func (s *Server) loadSuggestionContext(
	r *request,
	choose func(*project, *iteration) ([]image, error),
) (suggestionContext, error) {
	text, err := r.required("iterationId")
	if err != nil {
		return suggestionContext{}, err
	}
	id, err := parseID(text)
	if err != nil {
		return suggestionContext{}, err
	}
	var c suggestionContext
	_, err = s.inProject(r, func(p *project) (any, error) {
		i, err := p.iterationForTest(&id)
		if err != nil {
			return nil, err
		}
		c = suggestionContext{
			model: i.model(), renderer: s.newImageRenderer(r, p, p.dataset), iteration: i.id, domain: i.domain.ID,
		}
		c.images, err = choose(p, i)
		return nil, err
	})
	return c, err
}

// suggestTagsAndRegions returns suggestions for the given images, tagged or not.
func (s *Server) suggestTagsAndRegions(r *request) (any, error) {
	ids, err := r.requiredIDList("imageIds", maxSuggestions)
	if err != nil {
		return nil, err
	}
	c, err := s.loadSuggestionContext(r, func(p *project, _ *iteration) ([]image, error) { return p.imagesByID(ids) })
	if err != nil {
		return nil, err
	}
	documents := []suggestedTags{}
	for _, item := range c.suggestionsFor(c.images) {
		document := imagePrediction{
			item.image.id,
			c.renderer.project,
			c.iteration,
			timestamp(s.now()),
			c.documents(item.predictions),
		}
		documents = append(documents, suggestedTags{document, number(item.uncertainty)})
	}
	return documents, nil
}

func (w *workspace) imagesByID(ids []uuid.UUID) ([]image, error) {
	images := []image{}
	for _, id := range ids {
		i := w.image(id)
		if i == nil {
			return nil, errImageNotFound(id)
		}
		images = append(images, *i)
	}
	return images, nil
}

func (w *workspace) untaggedImages() []image {
	images := []image{}
	for _, i := range w.imagesMatching(criteria{tagging: untaggedOnly}) {
		images = append(images, *i)
	}
	return images
}

type proposalsDocument struct {
	ProjectID uuid.UUID          `json:"projectId"`
	ImageID   uuid.UUID          `json:"imageId"`
	Proposals []proposalDocument `json:"proposals"`
}

type proposalDocument struct {
	Confidence  number      `json:"confidence"`
	BoundingBox boundingBox `json:"boundingBox"`
}

// proposeRegions returns no proposals in a classification project, whose images have no regions.
func (s *Server) proposeRegions(r *request) (any, error) {
	return s.inProject(r, func(p *project) (any, error) {
		id, err := r.id("image")
		if err != nil {
			return nil, err
		}
		i := p.image(id)
		if i == nil {
			return nil, errImageNotFound(id)
		}
		document := proposalsDocument{p.id, i.id, []proposalDocument{}}
		if !p.isDetection() {
			return document, nil
		}
		for _, found := range trainedmodel.Propose(i.digest) {
			document.Proposals = append(document.Proposals, proposalDocument{number(found.Confidence), wireBox(found.Box)})
		}
		return document, nil
	})
}

// storedSuggestion is a StoredSuggestedTagAndRegion. Its time has the format of an image's (recorded).
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

// querySuggested returns the untagged images with a suggestion of one of the tags.
func (s *Server) querySuggested(r *request) (any, error) {
	q, err := readSuggestionQuery(r)
	if err != nil {
		return nil, err
	}
	c, err := s.loadSuggestionContext(r, func(p *project, i *iteration) ([]image, error) {
		q.token.Session, _ = q.page.startSession(p.revision)
		return p.untaggedImages(), p.checkKnownTags(i, q.token.TagIDs)
	})
	if err != nil {
		return nil, err
	}
	matching := slices.DeleteFunc(c.suggestionsFor(c.images), func(item suggestion) bool {
		return !item.hasTagAbove(float64(q.token.Threshold), c.model, q.token.TagIDs)
	})
	found, next := pageAfter(matching, q.cursor, q.page.after, q.page.limit)
	q.token.Continuation = next
	result := suggestionResult{q.token, []storedSuggestion{}}
	for _, item := range found {
		result.Results = append(result.Results, c.document(item))
	}
	return result, nil
}

func (c suggestionContext) document(item suggestion) storedSuggestion {
	i := &item.image
	return storedSuggestion{
		Width:                 i.width,
		Height:                i.height,
		ResizedImageURI:       c.renderer.picture(resized, i),
		ThumbnailURI:          c.renderer.picture(thumbnail, i),
		OriginalImageURI:      c.renderer.picture(i.original(), i),
		Domain:                c.domain,
		ID:                    i.id,
		Project:               c.renderer.project,
		Iteration:             c.iteration,
		Created:               imageTime(i.created),
		Predictions:           c.documents(item.predictions),
		PredictionUncertainty: number(item.uncertainty),
	}
}

// checkKnownTags returns an error unless the project or the model has each of the tags.
func (p *project) checkKnownTags(i *iteration, tags []uuid.UUID) error {
	for _, id := range tags {
		if p.tag(id) == nil && i.trainingData.tag(id) == nil {
			return errTagNotFound(id)
		}
	}
	return nil
}

// countSuggested counts the untagged images with a suggestion of each tag. Without tags in the query, it uses those
// of the model.
func (s *Server) countSuggested(r *request) (any, error) {
	var body tagFilter
	if err := readJSON(r, &body, false); err != nil {
		return nil, err
	}
	if err := body.check(); err != nil {
		return nil, err
	}
	tags := distinct(body.TagIDs)
	c, err := s.loadSuggestionContext(
		r,
		func(p *project, i *iteration) ([]image, error) { return p.untaggedImages(), p.checkKnownTags(i, tags) },
	)
	if err != nil {
		return nil, err
	}
	if len(tags) == 0 {
		for _, t := range c.tags {
			tags = append(tags, t.id)
		}
	}
	suggestions, counts := c.suggestionsFor(c.images), map[uuid.UUID]int{}
	for _, id := range tags {
		counts[id] = 0
		for _, item := range suggestions {
			if item.hasTagAbove(body.Threshold, c.model, []uuid.UUID{id}) {
				counts[id]++
			}
		}
	}
	return counts, nil
}
