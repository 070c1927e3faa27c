package customvision

import (
	"slices"
	"strings"

	"github.com/google/uuid"
)

func tagRoutes() []route {
	return []route{
		{"CreateTag", "POST", projectPath + "/tags", maxDocument, (*Server).createTag},
		{"GetTags", "GET", projectPath + "/tags", maxDocument, (*Server).listTags},
		{"GetTag", "GET", tagPath, maxDocument, (*Server).getTag},
		{"DeleteTag", "DELETE", tagPath, maxDocument, (*Server).deleteTag},
	}
}

const (
	regularTag  = "Regular"
	negativeTag = "Negative"
)

type tag struct {
	id                      uuid.UUID
	name, description, kind string
}

type tagDocument struct {
	ID          uuid.UUID `json:"id"`
	Name        string    `json:"name"`
	Description string    `json:"description"`
	Type        string    `json:"type"`
	ImageCount  int       `json:"imageCount"`
}

func (p *project) tagDocument(t *tag) tagDocument {
	return tagDocument{t.id, t.name, t.description, t.kind, p.countTagged(t.id)}
}

func (p *project) tag(id uuid.UUID) *tag {
	i := slices.IndexFunc(p.tags, func(t *tag) bool { return t.id == id })
	if i < 0 {
		return nil
	}
	return p.tags[i]
}

func (p *project) countTagged(id uuid.UUID) int {
	count := 0
	for _, image := range p.images {
		if image.tagged(id) {
			count++
		}
	}
	return count
}

func (s *Server) createTag(r *request) (any, error) {
	t, err := readTag(r)
	if err != nil {
		return nil, err
	}
	return s.inProject(r, func(p *project) (any, error) {
		for _, other := range p.tags {
			if other.name == t.name {
				return nil, errTagNameTaken(t.name)
			}
			if t.kind == negativeTag && other.kind == negativeTag {
				return nil, errSecondNegativeTag()
			}
		}
		p.tags = append(p.tags, t)
		p.revision++
		return p.tagDocument(t), nil
	})
}

func readTag(r *request) (*tag, error) {
	t := &tag{id: uuid.New(), name: strings.TrimSpace(r.param("name")), description: r.param("description"), kind: regularTag}
	if t.name == "" {
		return nil, errTagName()
	}
	if kind := r.param("type"); kind != "" {
		known, ok := canonical(kind, regularTag, negativeTag, "GeneralProduct")
		if !ok {
			return nil, errTagType(kind)
		}
		t.kind = known
	}
	return t, nil
}

func (s *Server) listTags(r *request) (any, error) {
	return s.inProject(r, func(p *project) (any, error) {
		documents := make([]tagDocument, 0, len(p.tags))
		for _, t := range p.tags {
			documents = append(documents, p.tagDocument(t))
		}
		return documents, nil
	})
}

// inTag calls f under the lock with the tag that the path names.
func (s *Server) inTag(r *request, f func(*project, *tag) (any, error)) (any, error) {
	return s.inProject(r, func(p *project) (any, error) {
		id, err := r.id("tag")
		if err != nil {
			return nil, err
		}
		t := p.tag(id)
		if t == nil {
			return nil, errTagNotFound(id)
		}
		return f(p, t)
	})
}

func (s *Server) getTag(r *request) (any, error) {
	return s.inTag(r, func(p *project, t *tag) (any, error) { return p.tagDocument(t), nil })
}

// deleteTag takes the tag off the images too; they stay.
func (s *Server) deleteTag(r *request) (any, error) {
	return s.inTag(r, func(p *project, t *tag) (any, error) {
		p.tags = slices.DeleteFunc(p.tags, func(other *tag) bool { return other == t })
		for _, image := range p.images {
			image.tags = slices.DeleteFunc(image.tags, func(on tagging) bool { return on.tag == t.id })
			image.regions = slices.DeleteFunc(image.regions, func(on region) bool { return on.tag == t.id })
		}
		p.revision++
		return nil, nil
	})
}
