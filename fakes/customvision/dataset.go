package customvision

import (
	"crypto/sha256"
	"maps"
	"slices"
	"time"

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

type tag struct {
	id                      uuid.UUID
	name, description, kind string
}

const (
	regularTag        = "Regular"
	negativeTag       = "Negative"
	generalProductTag = "GeneralProduct"
)

// tagging is a tag on an image.
type tagging struct {
	tag     uuid.UUID
	created time.Time
}

// region is a part of an image that shows what its tag names.
type region struct {
	id, tag uuid.UUID
	box     boundingBox
	created time.Time
}

// boundingBox is a part of an image in fractions of its width and height, from
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

// image is one image: of a workspace, or of what an iteration was trained from.
// Its tags and regions stand as recorded: what was added later comes first.
type image struct {
	id            uuid.UUID
	created       time.Time
	width, height int
	data          []byte // as uploaded; shared by all copies, never written to
	digest        [sha256.Size]byte
	tags          []tagging
	regions       []region
	metadata      map[string]string
}

func (i *image) hasTag(tag uuid.UUID) bool {
	return slices.ContainsFunc(i.tags, func(t tagging) bool { return t.tag == tag })
}

// tag puts a tag on the image, if it is not there yet.
func (i *image) addTag(tag uuid.UUID, now time.Time) {
	if !i.hasTag(tag) {
		i.tags = slices.Insert(i.tags, 0, tagging{tag, now})
	}
}

// untag takes a tag off the image, and what it marks.
func (i *image) removeTag(tag uuid.UUID) {
	i.tags = slices.DeleteFunc(i.tags, func(on tagging) bool { return on.tag == tag })
	i.regions = slices.DeleteFunc(i.regions, func(on region) bool { return on.tag == tag })
}

func (i *image) tagIDs() []uuid.UUID {
	ids := make([]uuid.UUID, len(i.tags))
	for n, on := range i.tags {
		ids[n] = on.tag
	}
	return ids
}

// clone copies all that can change.
func (i *image) clone() *image {
	c := *i
	c.tags, c.regions, c.metadata = slices.Clone(i.tags), slices.Clone(i.regions), maps.Clone(i.metadata)
	return &c
}

// mixed tells whether an image with these tags would be negative and not.
func (v dataset) mixesNegativeTag(tags []uuid.UUID) bool {
	negative := func(id uuid.UUID) bool {
		t := v.tag(id)
		return t != nil && t.kind == negativeTag
	}
	return len(tags) > 1 && slices.ContainsFunc(tags, negative)
}

func (i *image) hasRegion(tag uuid.UUID, box boundingBox) bool {
	return slices.ContainsFunc(i.regions, func(on region) bool { return on.tag == tag && on.box == box })
}

// addRegion gives an image a region, and its tag (recorded).
func (i *image) addRegion(tag uuid.UUID, box boundingBox, now time.Time) region {
	made := region{uuid.New(), tag, box, now}
	i.addTag(tag, now)
	i.regions = slices.Insert(i.regions, 0, made)
	return made
}

// removeRegion deletes regions, and takes off the tags that have none left (recorded).
func (i *image) removeRegions(doomed func(region) bool) {
	before := i.regions
	i.regions = slices.DeleteFunc(slices.Clone(before), doomed)
	for _, on := range before {
		if doomed(on) && !slices.ContainsFunc(i.regions, func(left region) bool { return left.tag == on.tag }) {
			i.removeTag(on.tag)
		}
	}
}
