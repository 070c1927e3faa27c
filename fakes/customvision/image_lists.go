package customvision

import (
	"math"
	"slices"

	"github.com/google/uuid"

	"github.com/cvconform/cvconform/fakes/customvision/filter"
)

// Values of taggingStatus.
const (
	anyTagging   = "All"
	taggedOnly   = "Tagged"
	untaggedOnly = "Untagged"
)

// criteria selects images. An unknown tag matches no image.
type criteria struct {
	tagging  string
	tags     []uuid.UUID // an image must have one of them; nil matches every image
	metadata filter.Expression
}

func (c criteria) match(i *image) bool {
	switch {
	case c.tagging == taggedOnly && len(i.tags) == 0, c.tagging == untaggedOnly && len(i.tags) > 0:
		return false
	case len(c.tags) > 0 && !slices.ContainsFunc(c.tags, i.hasTag):
		return false
	}
	return c.metadata.Matches(i.metadata)
}

// readCriteria reads the parameters that GetImages and GetImageCount have in common. Only GetImages limits the
// number of tags.
func readCriteria(r *request, maxTags int) (c criteria, err error) {
	if c.tagging, err = r.choice("taggingStatus", anyTagging, taggedOnly, untaggedOnly); err != nil {
		return c, err
	}
	if c.tags, err = r.idList("tagIds", maxTags); err != nil {
		return c, err
	}
	text := r.param("$filter")
	if text == "" {
		return c, nil
	}
	if c.metadata, err = filter.Parse(text); err != nil {
		return c, errFilter(err)
	}
	return c, nil
}

// page is a section of a list.
type page struct {
	oldestFirst bool
	skip, take  int
}

func readPage(r *request) (p page, err error) {
	order, err := r.choice("orderBy", "Newest", "Oldest")
	if err != nil {
		return p, err
	}
	p.oldestFirst = order == "Oldest"
	if p.take, err = r.integer("take", defaultTake, maxTake); err != nil {
		return p, err
	}
	p.skip, err = r.integer("skip", 0, math.MaxInt32)
	return p, err
}

// slice returns the page of images, which are in order of creation. It may reorder images.
func (p page) slice(images []*image) []*image {
	if !p.oldestFirst {
		slices.Reverse(images)
	}
	rest := images[min(p.skip, len(images)):]
	return rest[:min(p.take, len(rest))]
}

func (d dataset) imagesMatching(c criteria) []*image {
	images := []*image{}
	for _, i := range d.images {
		if c.match(i) {
			images = append(images, i)
		}
	}
	return images
}

func (s *Server) listImages(r *request) (any, error) {
	c, err := readCriteria(r, maxTagFilter)
	if err != nil {
		return nil, err
	}
	return s.listMatching(r, c)
}

func (s *Server) listTaggedImages(r *request) (any, error) {
	tags, err := r.idList("tagIds", maxTagFilter)
	if err != nil {
		return nil, err
	}
	return s.listMatching(r, criteria{tagging: taggedOnly, tags: tags})
}

func (s *Server) listUntaggedImages(r *request) (any, error) {
	return s.listMatching(r, criteria{tagging: untaggedOnly})
}

func (s *Server) listMatching(r *request, c criteria) (any, error) {
	part, err := readPage(r)
	if err != nil {
		return nil, err
	}
	return s.withDataset(r, func(p *project, d dataset) (any, error) {
		return s.newImageRenderer(r, p, d).documents(part.slice(d.imagesMatching(c))), nil
	})
}

func (s *Server) countImages(r *request) (any, error) {
	c, err := readCriteria(r, math.MaxInt)
	if err != nil {
		return nil, err
	}
	return s.countMatching(r, c)
}

func (s *Server) countTaggedImages(r *request) (any, error) {
	tags, err := r.idValues("tagIds")
	if err != nil {
		return nil, err
	}
	return s.countMatching(r, criteria{tagging: taggedOnly, tags: tags})
}

func (s *Server) countUntaggedImages(r *request) (any, error) {
	return s.countMatching(r, criteria{tagging: untaggedOnly})
}

// countMatching responds with a plain number.
func (s *Server) countMatching(r *request, c criteria) (any, error) {
	return s.withDataset(r, func(_ *project, d dataset) (any, error) { return len(d.imagesMatching(c)), nil })
}

// getImages returns the images that exist, in the order of the given ids.
func (s *Server) getImages(r *request) (any, error) {
	ids, err := r.idList("imageIds", maxImageIDs)
	if err != nil {
		return nil, err
	}
	return s.withDataset(r, func(p *project, d dataset) (any, error) {
		found := []*image{}
		for _, id := range ids {
			if i := d.image(id); i != nil {
				found = append(found, i)
			}
		}
		return s.newImageRenderer(r, p, d).documents(found), nil
	})
}
