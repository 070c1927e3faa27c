package customvision

import (
	"slices"

	"github.com/google/uuid"
)

// dataset is what a project holds at one time: its workspace as it is now, or what
// an iteration was trained from.
type dataset struct {
	tags   []*tag
	images []*image
}

// tag finds a tag; nil where there is none.
func (v dataset) tag(id uuid.UUID) *tag {
	n := slices.IndexFunc(v.tags, func(t *tag) bool { return t.id == id })
	if n < 0 {
		return nil
	}
	return v.tags[n]
}

// image finds an image; nil where there is none.
func (v dataset) image(id uuid.UUID) *image {
	n := slices.IndexFunc(v.images, func(i *image) bool { return i.id == id })
	if n < 0 {
		return nil
	}
	return v.images[n]
}

func (v dataset) clone() dataset {
	c := dataset{make([]*tag, len(v.tags)), make([]*image, len(v.images))}
	for n, t := range v.tags {
		copied := *t
		c.tags[n] = &copied
	}
	for n, i := range v.images {
		c.images[n] = i.clone()
	}
	return c
}

// trainedOn is a copy of what a training takes: with the tags it selects alone,
// and without the images that show only other ones.
func (v dataset) trainedOn(asked training) dataset {
	c := v.clone()
	if asked.tags == nil {
		return c
	}
	c.tags = slices.DeleteFunc(c.tags, func(t *tag) bool { return !asked.selects(t.id) })
	c.images = slices.DeleteFunc(c.images, func(i *image) bool {
		before := i.tagIDs()
		for _, id := range before {
			if !asked.selects(id) {
				i.untag(id)
			}
		}
		return len(before) > 0 && len(i.tags) == 0
	})
	return c
}

// withDataset calls f under the lock with what the parameter iterationId asks for:
// the workspace, where it is absent.
func (s *Server) withDataset(r *request, f func(*project, dataset) (any, error)) (any, error) {
	asked := r.param("iterationId")
	return s.inProject(r, func(p *project) (any, error) {
		if asked == "" {
			return f(p, p.dataset)
		}
		id, err := parseID(asked)
		if err != nil {
			return nil, err
		}
		i := p.iteration(id)
		if i == nil {
			return nil, errIterationNotFound(id)
		}
		return f(p, i.trainingData)
	})
}
