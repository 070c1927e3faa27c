package customvision

import (
	"time"

	"github.com/google/uuid"
)

// tagEntry assigns one tag to one image (ImageTagCreateEntry).
type tagEntry struct {
	ImageID guid `json:"imageId"`
	TagID   guid `json:"tagId"`
}

type tagSummary struct {
	Created    []tagEntry `json:"created"`
	Duplicated []tagEntry `json:"duplicated"`
	Exceeded   []tagEntry `json:"exceeded"`
}

// maxTags returns the maximum number of tags on an image. In a detection project they are the tags of its regions.
func (w *workspace) maxTags() int {
	switch *orEmpty(w.settings.ClassificationType) {
	case "Multiclass":
		return 1
	case "":
		return maxRegionsOnImage
	}
	return maxTagsPerImage
}

func (s *Server) createImageTags(r *request) (any, error) {
	var batch struct {
		Tags []tagEntry `json:"tags"`
	}
	if err := readJSON(r, &batch, false); err != nil {
		return nil, err
	}
	if err := checkCount("tags", len(batch.Tags), maxTagBatch); err != nil {
		return nil, err
	}
	return s.inProject(r, func(p *project) (any, error) {
		edit, summary := p.newImageEdit(), tagSummary{[]tagEntry{}, []tagEntry{}, []tagEntry{}}
		for _, entry := range batch.Tags {
			if err := edit.addTag(entry, &summary, s.now()); err != nil {
				return nil, err
			}
		}
		edit.commit()
		return summary, nil
	})
}

func checkCount(member string, n, limit int) error {
	if n == 0 {
		return errRequired(member)
	}
	if n > limit {
		return errTooMany(member, limit, n)
	}
	return nil
}

func (d imageEdit) addTag(e tagEntry, summary *tagSummary, now time.Time) error {
	i, err := d.imageForTag(e.ImageID.UUID, e.TagID.UUID)
	switch {
	case err != nil:
		return err
	case i.hasTag(e.TagID.UUID):
		summary.Duplicated = append(summary.Duplicated, e)
	case len(i.tags) >= d.workspace.maxTags():
		summary.Exceeded = append(summary.Exceeded, e)
	default:
		i.addTag(e.TagID.UUID, now)
		summary.Created = append(summary.Created, e)
	}
	return nil
}

// imageForTag returns an image that may get the tag.
func (d imageEdit) imageForTag(imageID, tagID uuid.UUID) (*image, error) {
	if d.workspace.tag(tagID) == nil {
		return nil, errUnknownImageTag(tagID)
	}
	i, err := d.image(imageID)
	if err == nil && d.workspace.mixesNegativeTag(distinct(i.tagIDs(), []uuid.UUID{tagID})) {
		err = errMixedTags()
	}
	return i, err
}

// deleteImageTags also removes the regions of the tags. A tag that an image does not have is ignored.
func (s *Server) deleteImageTags(r *request) (any, error) {
	images, err := r.requiredIDList("imageIds", maxImagesToUntag)
	if err != nil {
		return nil, err
	}
	tags, err := r.requiredIDList("tagIds", maxTagsToRemove)
	if err != nil {
		return nil, err
	}
	return s.inProject(r, func(p *project) (any, error) { return nil, p.removeTags(images, tags) })
}

func (w *workspace) removeTags(images, tags []uuid.UUID) error {
	edit := w.newImageEdit()
	for _, tag := range tags {
		if w.tag(tag) == nil {
			return errUnknownImageTag(tag)
		}
		for _, id := range images {
			i, err := edit.image(id)
			if err != nil {
				return err
			}
			i.removeTag(tag)
		}
	}
	edit.commit()
	return nil
}

// imageEdit changes several images of a workspace atomically.
type imageEdit struct {
	workspace *workspace
	images    map[*image]*image // changed copies by their originals
}

func (w *workspace) newImageEdit() imageEdit { return imageEdit{w, map[*image]*image{}} }

// image returns a copy of an image that may be changed.
func (d imageEdit) image(id uuid.UUID) (*image, error) {
	original := d.workspace.image(id)
	if original == nil {
		return nil, errImageNotFound(id)
	}
	if d.images[original] == nil {
		d.images[original] = original.clone()
	}
	return d.images[original], nil
}

func (d imageEdit) commit() {
	for original, changed := range d.images {
		*original = *changed
	}
	d.workspace.revision++
}
