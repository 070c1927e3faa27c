package customvision

import (
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"
)

// batch is what a call uploads. The tags and the metadata are those of every
// image in it.
type batch struct {
	uploads  []upload
	tags     []uuid.UUID
	metadata map[string]string
}

// batchSummary answers an upload (ImageCreateSummary of the API description).
type batchSummary struct {
	IsBatchSuccessful bool           `json:"isBatchSuccessful"`
	Images            []uploadResult `json:"images"`
}

type uploadResult struct {
	SourceURL string         `json:"sourceUrl"`
	Status    string         `json:"status"`
	Image     *imageDocument `json:"image"`
}

// statusCode is 207 as soon as one image was not taken as new.
func (b batchSummary) statusCode() int {
	if b.IsBatchSuccessful {
		return http.StatusOK
	}
	return http.StatusMultiStatus
}

func (s *Server) addImages(r *request, b batch) (any, error) {
	return s.inProject(r, func(p *project) (any, error) {
		if err := p.validateBatch(b); err != nil {
			return nil, err
		}
		summary := batchSummary{IsBatchSuccessful: true, Images: []uploadResult{}}
		names := s.newImageRenderer(r, p, p.dataset)
		names.anonymous = true
		for _, u := range b.uploads {
			u.tags = distinct(b.tags, u.tags)
			result := uploadResult{SourceURL: u.name}
			status, added := p.addImage(u, b.metadata, s.now())
			if result.Status = status; added != nil {
				result.Image = names.document(added)
			}
			summary.Images = append(summary.Images, result)
			summary.IsBatchSuccessful = summary.IsBatchSuccessful && status == uploadOK
		}
		return summary, nil
	})
}

// validateBatch refuses what is wrong with a batch as a whole.
func (p *project) validateBatch(b batch) error {
	all := slices.Clone(b.tags)
	for _, u := range b.uploads {
		all = append(all, u.tags...)
		if len(u.regions) > 0 && !p.isDetection() {
			return errNoDetection()
		}
	}
	if n := len(distinct(all)); n > maxBatchTags {
		return errTooMany("tags", maxBatchTags, n)
	}
	for _, id := range b.tags {
		if p.tag(id) == nil {
			return errUnknownImageTag(id)
		}
	}
	if p.mixesNegativeTag(b.tags) {
		return errMixedTags()
	}
	return nil
}

// addImage returns an ImageCreateStatus, and the image unless it was refused.
func (p *project) addImage(u upload, metadata map[string]string, now time.Time) (string, *image) {
	if problem := p.validateUpload(u); problem != "" {
		return problem, nil
	}
	n := slices.IndexFunc(p.images, func(other *image) bool { return other.digest == u.digest })
	if n >= 0 {
		return p.addDuplicate(p.images[n], u.regions, now)
	}
	added := &image{
		id:       uuid.New(),
		created:  now,
		width:    u.width,
		height:   u.height,
		data:     u.data,
		digest:   u.digest,
		metadata: metadata,
	}
	for _, id := range slices.Backward(u.tags) {
		added.addTag(id, now)
	}
	added.addRegions(u.regions, now)
	p.images = append(p.images, added)
	p.revision++
	return uploadOK, added
}

// addDuplicate gives an image that is there already the regions that are new to it,
// as the service's team says (issue 56 above), and nothing else.
func (p *project) addDuplicate(i *image, marks []newRegion, now time.Time) (string, *image) {
	marks = slices.DeleteFunc(slices.Clone(marks), func(m newRegion) bool { return i.hasRegion(m.tag, m.box) })
	tags := i.tagIDs()
	for _, m := range marks {
		tags = append(tags, m.tag)
	}
	switch {
	case len(marks)+len(i.regions) > maxRegionsOnImage:
		return uploadRegionLimit, nil
	case p.mixesNegativeTag(distinct(tags)):
		return uploadMixedTags, nil
	case len(marks) > 0:
		i.addRegions(marks, now)
		p.revision++
	}
	return uploadDuplicate, i
}

// addRegions gives an image regions, the first of them first.
func (i *image) addRegions(marks []newRegion, now time.Time) {
	for _, m := range slices.Backward(marks) {
		i.addRegion(m.tag, m.box, now)
	}
}

func (p *project) validateUpload(u upload) string {
	unknown := func(id uuid.UUID) bool { return p.tag(id) == nil }
	switch {
	case u.problem != "":
		return u.problem
	case slices.ContainsFunc(u.tags, unknown):
		return uploadUnknownTag
	case len(u.tags) > p.maxTags():
		return uploadTagLimit
	case len(u.regions) > maxRegionsOnImage:
		return uploadRegionLimit
	case p.mixesNegativeTag(u.tags):
		return uploadMixedTags
	}
	return ""
}
