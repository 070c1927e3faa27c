package customvision

import (
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"
)

// boxEntry is a box in a request body. All members are required.
type boxEntry struct {
	Left   *fraction `json:"left"`
	Top    *fraction `json:"top"`
	Width  *fraction `json:"width"`
	Height *fraction `json:"height"`
}

// box reports false if a member is missing or the box exceeds the image.
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

// statusCode returns 207 if at least one region was not created.
func (s regionSummary) statusCode() int {
	if len(s.Duplicated)+len(s.Exceeded) > 0 {
		return http.StatusMultiStatus
	}
	return http.StatusOK
}

func (s *Server) createImageRegions(r *request) (any, error) {
	var batch struct {
		Regions []regionEntry `json:"regions"`
	}
	if err := readJSON(r, &batch, false); err != nil {
		return nil, err
	}
	if err := checkCount("regions", len(batch.Regions), maxRegionBatch); err != nil {
		return nil, err
	}
	return s.inProject(r, func(p *project) (any, error) {
		if !p.isDetection() {
			return nil, errNoDetection()
		}
		edit, summary := p.newImageEdit(), regionSummary{[]regionResult{}, []regionEntry{}, []regionEntry{}}
		renderer := s.newImageRenderer(r, p, p.dataset)
		renderer.omitTagNames = true
		for _, entry := range batch.Regions {
			if err := edit.addRegion(entry, &summary, renderer, s.now()); err != nil {
				return nil, err
			}
		}
		edit.commit()
		return summary, nil
	})
}

func (d imageEdit) addRegion(e regionEntry, summary *regionSummary, renderer imageRenderer, now time.Time) error {
	box, ok := e.box()
	if !ok {
		return errRegionOutside(e.ImageID.UUID)
	}
	i, err := d.imageForTag(e.ImageID.UUID, e.TagID.UUID)
	switch {
	case err != nil:
		return err
	case i.hasRegion(e.TagID.UUID, box):
		summary.Duplicated = append(summary.Duplicated, e)
	case len(i.regions) >= maxRegionsOnImage:
		summary.Exceeded = append(summary.Exceeded, e)
	default:
		document := renderer.region(i.addRegion(e.TagID.UUID, box, now))
		summary.Created = append(summary.Created, regionResult{i.id, document})
	}
	return nil
}

func (s *Server) deleteImageRegions(r *request) (any, error) {
	ids, err := r.requiredIDList("regionIds", maxRegionBatch)
	if err != nil {
		return nil, err
	}
	return s.inProject(r, func(p *project) (any, error) {
		isDeleted := func(item region) bool { return slices.Contains(ids, item.id) }
		owners := []*image{}
		for _, id := range ids {
			owner := p.imageWithRegion(id)
			if owner == nil {
				return nil, errRegionNotFound(id)
			}
			owners = append(owners, owner)
		}
		for _, owner := range owners {
			owner.removeRegions(isDeleted)
		}
		p.revision++
		return nil, nil
	})
}

func (w *workspace) imageWithRegion(id uuid.UUID) *image {
	for _, i := range w.images {
		if slices.ContainsFunc(i.regions, func(item region) bool { return item.id == id }) {
			return i
		}
	}
	return nil
}
