package customvision

import (
	"slices"

	"github.com/google/uuid"

	"github.com/cvconform/cvconform/fakes/customvision/internal/trainedmodel"
)

func suggestionRoutes() []route {
	return []route{
		{"SuggestTagsAndRegions", "POST", projectPath + "/tagsandregions/suggestions", maxDocument, (*Server).suggestTagsAndRegions},
		{"QuerySuggestedImages", "POST", imagesPath + "/suggested", maxDocument, (*Server).querySuggested},
		{"QuerySuggestedImageCount", "POST", imagesPath + "/suggested/count", maxDocument, (*Server).countSuggested},
		{"GetImageRegionProposals", "POST", imagesPath + "/{image}/regionproposals", maxDocument, (*Server).proposeRegions},
	}
}

func (m model) suggestionsFor(images []image) []suggestion {
	list := make([]suggestion, len(images))
	for n, i := range images {
		answers := m.Predict(i.digest)
		list[n] = suggestion{i, answers, trainedmodel.Uncertainty(answers)}
	}
	return list
}

// suggestedTags has the id of the image (recorded).
type suggestedTags struct {
	imagePrediction
	PredictionUncertainty number `json:"predictionUncertainty"`
}

// suggestionContext is an iteration that is asked for suggestions, as it was while the
// lock was held.
type suggestionContext struct {
	model
	renderer  imageRenderer
	iteration uuid.UUID
	domain    string
	images    []image
}

// loadSuggestionContext takes the iteration that the query names, and the images that choose
// picks from the workspace.
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
		c = suggestionContext{model: i.model(), renderer: s.newImageRenderer(r, p, p.dataset), iteration: i.id, domain: i.domain.ID}
		c.images, err = choose(p, i)
		return nil, err
	})
	return c, err
}

// suggest answers for all images that are named, labelled or not.
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
	for _, made := range c.suggestionsFor(c.images) {
		document := imagePrediction{
			made.image.id,
			c.renderer.project,
			c.iteration,
			timestamp(s.now()),
			c.documents(made.predictions),
		}
		documents = append(documents, suggestedTags{document, number(made.uncertainty)})
	}
	return documents, nil
}

func (p *project) imagesByID(ids []uuid.UUID) ([]image, error) {
	images := []image{}
	for _, id := range ids {
		i := p.image(id)
		if i == nil {
			return nil, errImageNotFound(id)
		}
		images = append(images, *i)
	}
	return images, nil
}

func (p *project) untaggedImages() []image {
	images := []image{}
	for _, i := range p.imagesMatching(criteria{tagging: untaggedOnly}) {
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

// proposeRegions finds none where no regions can be drawn: in a classification.
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
		q.token.Session, _ = q.page.startSession(p.revision)
		return p.untaggedImages(), p.checkKnownTags(i, q.token.TagIDs)
	})
	if err != nil {
		return nil, err
	}
	matching := slices.DeleteFunc(c.suggestionsFor(c.images), func(made suggestion) bool {
		return !made.hasTagAbove(float64(q.token.Threshold), c.model, q.token.TagIDs)
	})
	found, next := pageAfter(matching, q.cursor, q.page.after, q.page.limit)
	q.token.Continuation = next
	result := suggestionResult{q.token, []storedSuggestion{}}
	for _, made := range found {
		result.Results = append(result.Results, c.document(made))
	}
	return result, nil
}

func (c suggestionContext) document(made suggestion) storedSuggestion {
	i := &made.image
	return storedSuggestion{
		Width: i.width, Height: i.height, Domain: c.domain,
		ResizedImageURI: c.renderer.picture(
			resized,
			i,
		), ThumbnailURI: c.renderer.picture(thumbnail, i), OriginalImageURI: c.renderer.picture(i.original(), i),
		ID: made.image.id, Project: c.renderer.project, Iteration: c.iteration, Created: imageTime(made.image.created),
		Predictions: c.documents(made.predictions), PredictionUncertainty: number(made.uncertainty),
	}
}

// knowTags asks for tags that the project has, or that the model knows.
func (p *project) checkKnownTags(i *iteration, tags []uuid.UUID) error {
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
		for _, made := range suggestions {
			if made.hasTagAbove(asked.Threshold, c.model, []uuid.UUID{id}) {
				counts[id]++
			}
		}
	}
	return counts, nil
}
