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
		{"UpdateTag", "PATCH", tagPath, maxDocument, (*Server).updateTag},
		{"DeleteTag", "DELETE", tagPath, maxDocument, (*Server).deleteTag},
	}
}

// tagDocument has null for a description that is empty (recorded).
type tagDocument struct {
	ID          uuid.UUID `json:"id"`
	Name        string    `json:"name"`
	Description *string   `json:"description"`
	Type        string    `json:"type"`
	ImageCount  int       `json:"imageCount"`
}

func (t *tag) document(images int) tagDocument {
	return tagDocument{t.id, t.name, nonEmpty(t.description, nil), t.kind, images}
}

func (v dataset) tagDocument(t *tag) tagDocument { return t.document(v.countTagged(t.id)) }

func (v dataset) countTagged(id uuid.UUID) int {
	count := 0
	for _, image := range v.images {
		if image.hasTag(id) {
			count++
		}
	}
	return count
}

func (s *Server) createTag(r *request) (any, error) {
	name, description, kind := r.param("name"), r.param("description"), r.param("type")
	return s.inProject(r, func(p *project) (any, error) {
		t, err := p.validateTag(tag{id: uuid.New(), kind: regularTag}, tagChange{&name, &description, nonEmpty(kind, nil)})
		if err != nil {
			return nil, err
		}
		p.tags = append(p.tags, &t)
		p.revision++
		return p.tagDocument(&t), nil
	})
}

// tagChange is what a call names of a tag; nil means not named.
type tagChange struct {
	Name        *string `json:"name"`
	Description *string `json:"description"`
	Type        *string `json:"type"`
}

// validateTag returns the tag after a change, if it is allowed.
func (p *project) validateTag(t tag, named tagChange) (tag, error) {
	if named.Name != nil {
		t.name = strings.TrimSpace(*named.Name)
	}
	if t.name == "" {
		return t, errTagName()
	}
	if named.Type != nil {
		kind, ok := canonical(*named.Type, regularTag, negativeTag, generalProductTag)
		if !ok {
			return t, errTagType(*named.Type)
		}
		t.kind = kind
	}
	assign(&t.description, named.Description)
	return t, p.checkTag(t)
}

// checkTag holds a tag against the others, and against the images it is on.
func (p *project) checkTag(t tag) error {
	for _, other := range p.tags {
		switch {
		case other.id == t.id:
		case other.name == t.name:
			return errTagNameTaken(t.name)
		case other.kind != t.kind:
		case t.kind == negativeTag:
			return errSecondNegativeTag()
		case t.kind == generalProductTag:
			return errSecondGeneralProductTag()
		}
	}
	shared := func(i *image) bool { return len(i.tags) > 1 && i.hasTag(t.id) }
	if t.kind == negativeTag && slices.ContainsFunc(p.images, shared) {
		return errMixedTags()
	}
	return nil
}

// listTags counts in one pass over the images, however many tags there are.
func (s *Server) listTags(r *request) (any, error) {
	return s.withDataset(r, func(_ *project, v dataset) (any, error) {
		counts := map[uuid.UUID]int{}
		for _, i := range v.images {
			for _, on := range i.tags {
				counts[on.tag]++
			}
		}
		documents := make([]tagDocument, 0, len(v.tags))
		for _, t := range v.tags {
			documents = append(documents, t.document(counts[t.id]))
		}
		return documents, nil
	})
}

func (s *Server) getTag(r *request) (any, error) {
	return s.withDataset(r, func(_ *project, v dataset) (any, error) {
		t, err := v.tagFromPath(r)
		if err != nil {
			return nil, err
		}
		return v.tagDocument(t), nil
	})
}

// namedTag finds the tag that the path names.
func (v dataset) tagFromPath(r *request) (*tag, error) {
	id, err := r.id("tag")
	if err != nil {
		return nil, err
	}
	if t := v.tag(id); t != nil {
		return t, nil
	}
	return nil, errTagNotFound(id)
}

// updateTag takes what is named; the recorded call has no type.
func (s *Server) updateTag(r *request) (any, error) {
	var named tagChange
	if err := readJSON(r, &named, false); err != nil {
		return nil, err
	}
	return s.inProject(r, func(p *project) (any, error) {
		t, err := p.tagFromPath(r)
		if err != nil {
			return nil, err
		}
		changed, err := p.validateTag(*t, named)
		if err != nil {
			return nil, err
		}
		if changed.name != t.name || changed.kind != t.kind {
			p.revision++
		}
		*t = changed
		return p.tagDocument(t), nil
	})
}

// deleteTag takes the tag off the images too; they stay.
func (s *Server) deleteTag(r *request) (any, error) {
	return s.inProject(r, func(p *project) (any, error) {
		t, err := p.tagFromPath(r)
		if err != nil {
			return nil, err
		}
		p.tags = slices.DeleteFunc(p.tags, func(other *tag) bool { return other == t })
		for _, image := range p.images {
			image.removeTag(t.id)
		}
		p.revision++
		return nil, nil
	})
}
