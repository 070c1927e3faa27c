package customvision

import (
	"slices"

	"github.com/google/uuid"

	"github.com/cvconform/cvconform/fakes/customvision/internal/trainedmodel"
)

func suggestionRoutes() []route {
	return []route{
		{"SuggestTagsAndRegions", "POST", projectPath + "/tagsandregions/suggestions", maxDocument, (*Server).suggest},
		{"QuerySuggestedImages", "POST", imagesPath + "/suggested", maxDocument, (*Server).querySuggested},
		{"QuerySuggestedImageCount", "POST", imagesPath + "/suggested/count", maxDocument, (*Server).countSuggested},
		{"GetImageRegionProposals", "POST", imagesPath + "/{image}/regionproposals", maxDocument, (*Server).proposeRegions},
	}
}

// maxSuggestions is for how many images one call suggests (API description).
const maxSuggestions = 64

// suggestion is what a model says of an image that is to be labelled. It is
// made, and written, without the lock.
type suggestion struct {
	image       image
	answers     []trainedmodel.Prediction
	uncertainty float64
}

func (m model) suggest(images []image) []suggestion {
	list := make([]suggestion, len(images))
	for n, i := range images {
		answers := m.Predict(i.digest)
		list[n] = suggestion{i, answers, trainedmodel.Uncertainty(answers)}
	}
	return list
}

// atLeast tells whether one of the tags is as likely as that.
func (s suggestion) atLeast(threshold float64, m model, tags []uuid.UUID) bool {
	return slices.ContainsFunc(s.answers, func(a trainedmodel.Prediction) bool {
		return a.Probability >= threshold && (len(tags) == 0 || slices.Contains(tags, m.tags[a.Tag].id))
	})
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
	album     imageRenderer
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
	text, err := r.need("iterationId")
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
		c = suggestionContext{model: i.model(), album: s.album(r, p, p.dataset), iteration: i.id, domain: i.domain.ID}
		c.images, err = choose(p, i)
		return nil, err
	})
	return c, err
}

// suggest answers for all images that are named, labelled or not.
func (s *Server) suggest(r *request) (any, error) {
	ids, err := r.requiredIDs("imageIds", maxSuggestions)
	if err != nil {
		return nil, err
	}
	c, err := s.loadSuggestionContext(r, func(p *project, _ *iteration) ([]image, error) { return p.named(ids) })
	if err != nil {
		return nil, err
	}
	documents := []suggestedTags{}
	for _, made := range c.suggest(c.images) {
		document := imagePrediction{
			made.image.id,
			c.album.project,
			c.iteration,
			timestamp(s.now()),
			c.documents(made.answers),
		}
		documents = append(documents, suggestedTags{document, number(made.uncertainty)})
	}
	return documents, nil
}

func (p *project) named(ids []uuid.UUID) ([]image, error) {
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

func (p *project) untagged() []image {
	images := []image{}
	for _, i := range p.matching(criteria{tagging: untaggedOnly}) {
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
		if !p.detects() {
			return document, nil
		}
		for _, found := range trainedmodel.Propose(i.digest) {
			document.Proposals = append(document.Proposals, proposalDocument{number(found.Confidence), wireBox(found.Box)})
		}
		return document, nil
	})
}
