package customvision

import (
	"cmp"
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

// tagDocument has null for an empty description (recorded).
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

func (d dataset) tagDocument(t *tag) tagDocument { return t.document(d.countTagged(t.id)) }

func (d dataset) countTagged(id uuid.UUID) int {
	count := 0
	for _, image := range d.images {
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

// tagChange is the body of an update. nil means that a member is not set.
type tagChange struct {
	Name        *string `json:"name"`
	Description *string `json:"description"`
	Type        *string `json:"type"`
}

// validateTag returns the tag that results from a change if it is allowed.
func (w *workspace) validateTag(t tag, changes tagChange) (tag, error) {
	if changes.Name != nil {
		t.name = strings.TrimSpace(*changes.Name)
	}
	if t.name == "" {
		return t, errTagName()
	}
	if changes.Type != nil {
		kind, ok := canonical(*changes.Type, regularTag, negativeTag, generalProductTag)
		if !ok {
			return t, errTagType(*changes.Type)
		}
		t.kind = kind
	}
	assign(&t.description, changes.Description)
	return t, w.checkTag(t)
}

// checkTag checks a tag against the other tags and against the images that have it.
func (w *workspace) checkTag(t tag) error {
	for _, other := range w.tags {
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
	if t.kind == negativeTag && slices.ContainsFunc(w.images, shared) {
		return errMixedTags()
	}
	return nil
}

// listTags lists the tags in the recorded order: the service stores them by their ids. It counts the images of all
// tags in one pass.
func (s *Server) listTags(r *request) (any, error) {
	return s.withDataset(r, func(_ *project, d dataset) (any, error) {
		counts := map[uuid.UUID]int{}
		for _, i := range d.images {
			for _, item := range i.tags {
				counts[item.tag]++
			}
		}
		documents := make([]tagDocument, 0, len(d.tags))
		for _, t := range d.tags {
			documents = append(documents, t.document(counts[t.id]))
		}
		slices.SortFunc(documents, func(a, b tagDocument) int { return compareIDs(a.ID, b.ID) })
		return documents, nil
	})
}

// compareIDs compares ids in the order of the type uniqueidentifier of SQL Server: the last group counts first.
func compareIDs(a, b uuid.UUID) int {
	for _, n := range [...]int{10, 11, 12, 13, 14, 15, 8, 9, 7, 6, 5, 4, 3, 2, 1, 0} {
		if order := cmp.Compare(a[n], b[n]); order != 0 {
			return order
		}
	}
	return 0
}

func (s *Server) getTag(r *request) (any, error) {
	return s.withDataset(r, func(_ *project, d dataset) (any, error) {
		t, err := d.tagFromPath(r)
		if err != nil {
			return nil, err
		}
		return d.tagDocument(t), nil
	})
}

// tagFromPath returns the tag of the request's path.
func (d dataset) tagFromPath(r *request) (*tag, error) {
	id, err := r.id("tag")
	if err != nil {
		return nil, err
	}
	if t := d.tag(id); t != nil {
		return t, nil
	}
	return nil, errTagNotFound(id)
}

// updateTag changes the given members. The recorded request has no type.
func (s *Server) updateTag(r *request) (any, error) {
	var changes tagChange
	if err := readJSON(r, &changes, false); err != nil {
		return nil, err
	}
	return s.inProject(r, func(p *project) (any, error) {
		t, err := p.tagFromPath(r)
		if err != nil {
			return nil, err
		}
		changed, err := p.validateTag(*t, changes)
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

// deleteTag also removes the tag from the images.
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
