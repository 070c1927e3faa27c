package customvision

import (
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"
)

// batch holds the images of one upload request. Its tags and metadata apply to every image.
type batch struct {
	uploads  []upload
	tags     []uuid.UUID
	metadata map[string]string
}

// batchSummary is the response to an upload (ImageCreateSummary of the API description).
type batchSummary struct {
	IsBatchSuccessful bool           `json:"isBatchSuccessful"`
	Images            []uploadResult `json:"images"`
}

type uploadResult struct {
	SourceURL string         `json:"sourceUrl"`
	Status    string         `json:"status"`
	Image     *imageDocument `json:"image"`
}

// statusCode returns 207 if at least one image was not added as new.
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
		renderer := s.newImageRenderer(r, p, p.dataset)
		renderer.omitTagNames = true
		for _, u := range b.uploads {
			u.tags = distinct(b.tags, u.tags)
			result := uploadResult{SourceURL: u.name}
			status, added := p.addImage(u, b.metadata, s.now())
			if result.Status = status; added != nil {
				result.Image = renderer.document(added)
			}
			summary.Images = append(summary.Images, result)
			summary.IsBatchSuccessful = summary.IsBatchSuccessful && status == uploadOK
		}
		return summary, nil
	})
}

// validateBatch checks the parts of a batch that make the whole request invalid.
func (w *workspace) validateBatch(b batch) error {
	tags := slices.Clone(b.tags)
	for _, u := range b.uploads {
		tags = append(tags, u.tags...)
		if len(u.regions) > 0 && !w.isDetection() {
			return errNoDetection()
		}
	}
	if n := len(distinct(tags)); n > maxBatchTags {
		return errTooMany("tags", maxBatchTags, n)
	}
	for _, id := range b.tags {
		if w.tag(id) == nil {
			return errUnknownImageTag(id)
		}
	}
	if w.mixesNegativeTag(b.tags) {
		return errMixedTags()
	}
	return nil
}

// addImage adds an upload to the project. It returns an ImageCreateStatus, and the image unless it was refused.
func (w *workspace) addImage(u upload, metadata map[string]string, now time.Time) (string, *image) {
	if problem := w.validateUpload(u); problem != "" {
		return problem, nil
	}
	n := slices.IndexFunc(w.images, func(other *image) bool { return other.digest == u.digest })
	if n >= 0 {
		return w.addDuplicate(w.images[n], u.regions, now)
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
	w.images = append(w.images, added)
	w.revision++
	return uploadOK, added
}

// addDuplicate adds only the new regions of an upload whose image already exists, as the service's team describes
// (github.com/Azure-Samples/cognitive-services-python-sdk-samples/issues/56).
func (w *workspace) addDuplicate(i *image, regions []newRegion, now time.Time) (string, *image) {
	regions = slices.DeleteFunc(slices.Clone(regions), func(m newRegion) bool { return i.hasRegion(m.tag, m.box) })
	tags := i.tagIDs()
	for _, m := range regions {
		tags = append(tags, m.tag)
	}
	switch {
	case len(regions)+len(i.regions) > maxRegionsOnImage:
		return uploadRegionLimit, nil
	case w.mixesNegativeTag(distinct(tags)):
		return uploadMixedTags, nil
	case len(regions) > 0:
		i.addRegions(regions, now)
		w.revision++
	}
	return uploadDuplicate, i
}

// addRegions adds regions to an image in their order: the first one is listed first.
func (i *image) addRegions(regions []newRegion, now time.Time) {
	for _, m := range slices.Backward(regions) {
		i.addRegion(m.tag, m.box, now)
	}
}

// validateUpload returns an ImageCreateStatus, or "" if the upload can be added.
func (w *workspace) validateUpload(u upload) string {
	unknown := func(id uuid.UUID) bool { return w.tag(id) == nil }
	switch {
	case u.problem != "":
		return u.problem
	case slices.ContainsFunc(u.tags, unknown):
		return uploadUnknownTag
	case len(u.tags) > w.maxTags():
		return uploadTagLimit
	case len(u.regions) > maxRegionsOnImage:
		return uploadRegionLimit
	case w.mixesNegativeTag(u.tags):
		return uploadMixedTags
	}
	return ""
}
