package customvision

import (
	"time"

	"github.com/google/uuid"
)

// Limits of calls that tag images (API description), and of tags on an image
// (learn.microsoft.com, "Limits and quotas").
const (
	maxTagBatch       = 128
	maxImagesToUntag  = 64
	maxTagsToTakeOff  = 20
	maxTagsPerImage   = 100
	maxRegionsOnImage = 300
)

// tagEntry is one tag for one image (ImageTagCreateEntry).
type tagEntry struct {
	ImageID guid `json:"imageId"`
	TagID   guid `json:"tagId"`
}

type tagSummary struct {
	Created    []tagEntry `json:"created"`
	Duplicated []tagEntry `json:"duplicated"`
	Exceeded   []tagEntry `json:"exceeded"`
}

// tagsPerImage is how many tags an image may have. In a detection project they
// are those of its regions.
func (p *project) tagsPerImage() int {
	switch *orEmpty(p.settings.ClassificationType) {
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
	if err := checkEntries("tags", len(batch.Tags), maxTagBatch); err != nil {
		return nil, err
	}
	return s.inProject(r, func(p *project) (any, error) {
		work, summary := p.newImageEdit(), tagSummary{[]tagEntry{}, []tagEntry{}, []tagEntry{}}
		for _, entry := range batch.Tags {
			if err := work.addTag(entry, &summary, s.now()); err != nil {
				return nil, err
			}
		}
		work.commit()
		return summary, nil
	})
}

func checkEntries(member string, n, most int) error {
	if n == 0 {
		return errRequired(member)
	}
	if n > most {
		return errTooMany(member, most, n)
	}
	return nil
}

func (d imageEdit) addTag(e tagEntry, summary *tagSummary, now time.Time) error {
	i, err := d.toTag(e.ImageID.UUID, e.TagID.UUID)
	switch {
	case err != nil:
		return err
	case i.tagged(e.TagID.UUID):
		summary.Duplicated = append(summary.Duplicated, e)
	case len(i.tags) >= d.project.tagsPerImage():
		summary.Exceeded = append(summary.Exceeded, e)
	default:
		i.tag(e.TagID.UUID, now)
		summary.Created = append(summary.Created, e)
	}
	return nil
}

// toTag gives an image that may get the tag.
func (d imageEdit) toTag(imageID, tagID uuid.UUID) (*image, error) {
	if d.project.tag(tagID) == nil {
		return nil, errImageTags(tagID)
	}
	i, err := d.image(imageID)
	if err == nil && d.project.mixed(distinct(i.tagIDs(), []uuid.UUID{tagID})) {
		err = errMixedTags()
	}
	return i, err
}

func (i *image) tagIDs() []uuid.UUID {
	ids := make([]uuid.UUID, len(i.tags))
	for n, on := range i.tags {
		ids[n] = on.tag
	}
	return ids
}

// deleteImageTags takes the regions of the tags off the images too. A tag that
// is not on an image is no error.
func (s *Server) deleteImageTags(r *request) (any, error) {
	images, err := r.requiredIDs("imageIds", maxImagesToUntag)
	if err != nil {
		return nil, err
	}
	tags, err := r.requiredIDs("tagIds", maxTagsToTakeOff)
	if err != nil {
		return nil, err
	}
	return s.inProject(r, func(p *project) (any, error) { return nil, p.untag(images, tags) })
}

func (p *project) untag(images, tags []uuid.UUID) error {
	work := p.newImageEdit()
	for _, tag := range tags {
		if p.tag(tag) == nil {
			return errImageTags(tag)
		}
		for _, id := range images {
			i, err := work.image(id)
			if err != nil {
				return err
			}
			i.untag(tag)
		}
	}
	work.commit()
	return nil
}
