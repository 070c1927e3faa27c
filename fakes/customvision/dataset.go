package customvision

import (
	"crypto/sha256"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"
)

// dataset holds the tags and images of a project's workspace, or of an iteration's training data.
type dataset struct {
	tags   []*tag
	images []*image
}

// tag returns a tag by its id, or nil.
func (d dataset) tag(id uuid.UUID) *tag {
	n := slices.IndexFunc(d.tags, func(t *tag) bool { return t.id == id })
	if n < 0 {
		return nil
	}
	return d.tags[n]
}

// image returns an image by its id, or nil.
func (d dataset) image(id uuid.UUID) *image {
	n := slices.IndexFunc(d.images, func(i *image) bool { return i.id == id })
	if n < 0 {
		return nil
	}
	return d.images[n]
}

func (d dataset) clone() dataset {
	c := dataset{make([]*tag, len(d.tags)), make([]*image, len(d.images))}
	for n, t := range d.tags {
		copied := *t
		c.tags[n] = &copied
	}
	for n, i := range d.images {
		c.images[n] = i.clone()
	}
	return c
}

type tag struct {
	id                      uuid.UUID
	name, description, kind string
}

const (
	regularTag        = "Regular"
	negativeTag       = "Negative"
	generalProductTag = "GeneralProduct"
)

// tagging assigns a tag to an image.
type tagging struct {
	tag     uuid.UUID
	created time.Time
}

// region is a tagged rectangle of an image.
type region struct {
	id, tag uuid.UUID
	box     boundingBox
	created time.Time
}

// boundingBox is a rectangle of an image. Its members are fractions of the image's width and height, measured from
// the upper left corner (BoundingBox of the API description).
type boundingBox struct {
	Left   float32 `json:"left"`
	Top    float32 `json:"top"`
	Width  float32 `json:"width"`
	Height float32 `json:"height"`
}

func (b boundingBox) inImage() bool {
	return b.Left >= 0 && b.Top >= 0 && b.Width > 0 && b.Height > 0 && b.Left+b.Width <= 1 && b.Top+b.Height <= 1
}

// image is an image of a workspace or of an iteration's training data. Its tags and regions are ordered as
// recorded: the most recently added ones first.
type image struct {
	id            uuid.UUID
	created       time.Time
	width, height int
	data          []byte // as uploaded; immutable and shared by all copies
	digest        [sha256.Size]byte
	tags          []tagging
	regions       []region
	metadata      map[string]string
}

func (i *image) hasTag(tag uuid.UUID) bool {
	return slices.ContainsFunc(i.tags, func(t tagging) bool { return t.tag == tag })
}

// addTag adds a tag unless the image has it.
func (i *image) addTag(tag uuid.UUID, now time.Time) {
	if !i.hasTag(tag) {
		i.tags = slices.Insert(i.tags, 0, tagging{tag, now})
	}
}

// removeTag removes a tag and its regions.
func (i *image) removeTag(tag uuid.UUID) {
	i.tags = slices.DeleteFunc(i.tags, func(item tagging) bool { return item.tag == tag })
	i.regions = slices.DeleteFunc(i.regions, func(item region) bool { return item.tag == tag })
}

func (i *image) tagIDs() []uuid.UUID {
	ids := make([]uuid.UUID, len(i.tags))
	for n, item := range i.tags {
		ids[n] = item.tag
	}
	return ids
}

// clone returns a copy that shares only immutable data.
func (i *image) clone() *image {
	c := *i
	c.tags, c.regions, c.metadata = slices.Clone(i.tags), slices.Clone(i.regions), maps.Clone(i.metadata)
	return &c
}

// mixesNegativeTag reports whether the tags include a negative tag and another one. No image may have both.
func (d dataset) mixesNegativeTag(tags []uuid.UUID) bool {
	negative := func(id uuid.UUID) bool {
		t := d.tag(id)
		return t != nil && t.kind == negativeTag
	}
	return len(tags) > 1 && slices.ContainsFunc(tags, negative)
}

func (i *image) hasRegion(tag uuid.UUID, box boundingBox) bool {
	return slices.ContainsFunc(i.regions, func(item region) bool { return item.tag == tag && item.box == box })
}

// addRegion adds a region, and its tag if the image lacks it (recorded).
func (i *image) addRegion(tag uuid.UUID, box boundingBox, now time.Time) region {
	added := region{uuid.New(), tag, box, now}
	i.addTag(tag, now)
	i.regions = slices.Insert(i.regions, 0, added)
	return added
}

// removeRegions removes the matching regions, and the tags that have no region left (recorded).
func (i *image) removeRegions(match func(region) bool) {
	before := i.regions
	i.regions = slices.DeleteFunc(slices.Clone(before), match)
	for _, removed := range before {
		if match(removed) && !slices.ContainsFunc(i.regions, func(kept region) bool { return kept.tag == removed.tag }) {
			i.removeTag(removed.tag)
		}
	}
}
