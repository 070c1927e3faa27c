package customvision

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// maxRegionBatch is how many regions a call may make or delete (API description).
const maxRegionBatch = 64

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

// boxEntry is a box in a body, whose members are all required.
type boxEntry struct {
	Left   *fraction `json:"left"`
	Top    *fraction `json:"top"`
	Width  *fraction `json:"width"`
	Height *fraction `json:"height"`
}

// fraction is written as recorded: with seven digits where they are enough, else
// with nine.
type fraction float32

func (f fraction) MarshalJSON() ([]byte, error) {
	text := strconv.FormatFloat(float64(f), 'g', 7, 32)
	if short, err := strconv.ParseFloat(text, 32); err != nil || fraction(short) != f {
		text = strconv.FormatFloat(float64(f), 'g', 9, 32)
	}
	if !strings.ContainsAny(text, ".e") {
		text += ".0"
	}
	return []byte(text), nil
}

// box is not ok when a member is missing, or when it leaves the image.
func (e boxEntry) box() (b boundingBox, ok bool) {
	if e.Left == nil || e.Top == nil || e.Width == nil || e.Height == nil {
		return b, false
	}
	b = boundingBox{float32(*e.Left), float32(*e.Top), float32(*e.Width), float32(*e.Height)}
	return b, b.inImage()
}

// regionEntry is one region for one image (ImageRegionCreateEntry).
type regionEntry struct {
	ImageID guid `json:"imageId"`
	TagID   guid `json:"tagId"`
	boxEntry
}

type regionResult struct {
	ImageID uuid.UUID `json:"imageId"`
	regionDocument
}

type regionSummary struct {
	Created    []regionResult `json:"created"`
	Duplicated []regionEntry  `json:"duplicated"`
	Exceeded   []regionEntry  `json:"exceeded"`
}

// statusCode is 207 as soon as one region was not made.
func (s regionSummary) statusCode() int {
	if len(s.Duplicated)+len(s.Exceeded) > 0 {
		return http.StatusMultiStatus
	}
	return http.StatusOK
}

// addRegion gives an image a region, and its tag (recorded).
func (i *image) addRegion(tag uuid.UUID, box boundingBox, now time.Time) region {
	made := region{uuid.New(), tag, box, now}
	i.tag(tag, now)
	i.regions = slices.Insert(i.regions, 0, made)
	return made
}

func (i *image) marked(tag uuid.UUID, box boundingBox) bool {
	return slices.ContainsFunc(i.regions, func(on region) bool { return on.tag == tag && on.box == box })
}

// removeRegion deletes regions, and takes off the tags that have none left (recorded).
func (i *image) removeRegion(doomed func(region) bool) {
	before := i.regions
	i.regions = slices.DeleteFunc(slices.Clone(before), doomed)
	for _, on := range before {
		if doomed(on) && !slices.ContainsFunc(i.regions, func(left region) bool { return left.tag == on.tag }) {
			i.untag(on.tag)
		}
	}
}

func (s *Server) createImageRegions(r *request) (any, error) {
	var batch struct {
		Regions []regionEntry `json:"regions"`
	}
	if err := readJSON(r, &batch, false); err != nil {
		return nil, err
	}
	if err := checkEntries("regions", len(batch.Regions), maxRegionBatch); err != nil {
		return nil, err
	}
	return s.inProject(r, func(p *project) (any, error) {
		if !p.detects() {
			return nil, errNoDetection()
		}
		work, summary := p.newImageEdit(), regionSummary{[]regionResult{}, []regionEntry{}, []regionEntry{}}
		names := s.album(r, p, p.dataset)
		names.anonymous = true
		for _, entry := range batch.Regions {
			if err := work.addRegion(entry, &summary, names, s.now()); err != nil {
				return nil, err
			}
		}
		work.commit()
		return summary, nil
	})
}

func (p *project) detects() bool { return p.settings.domain().Type == objectDetection }

func (d imageEdit) addRegion(e regionEntry, summary *regionSummary, names imageRenderer, now time.Time) error {
	box, ok := e.box()
	if !ok {
		return errRegionOutside(e.ImageID.UUID)
	}
	i, err := d.toTag(e.ImageID.UUID, e.TagID.UUID)
	switch {
	case err != nil:
		return err
	case i.marked(e.TagID.UUID, box):
		summary.Duplicated = append(summary.Duplicated, e)
	case len(i.regions) >= maxRegionsOnImage:
		summary.Exceeded = append(summary.Exceeded, e)
	default:
		made := names.region(i.addRegion(e.TagID.UUID, box, now))
		summary.Created = append(summary.Created, regionResult{i.id, made})
	}
	return nil
}

func (s *Server) deleteImageRegions(r *request) (any, error) {
	ids, err := r.requiredIDs("regionIds", maxRegionBatch)
	if err != nil {
		return nil, err
	}
	return s.inProject(r, func(p *project) (any, error) {
		doomed := func(on region) bool { return slices.Contains(ids, on.id) }
		owners := []*image{}
		for _, id := range ids {
			owner := p.imageWithRegion(id)
			if owner == nil {
				return nil, errRegionNotFound(id)
			}
			owners = append(owners, owner)
		}
		for _, owner := range owners {
			owner.removeRegion(doomed)
		}
		p.revision++
		return nil, nil
	})
}

func (p *project) imageWithRegion(id uuid.UUID) *image {
	for _, i := range p.images {
		if slices.ContainsFunc(i.regions, func(on region) bool { return on.id == id }) {
			return i
		}
	}
	return nil
}
