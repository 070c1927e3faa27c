package customvision

import (
	"crypto/sha256"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

func imageRoutes() []route {
	return []route{
		{"GetImages", "GET", imagesPath, maxDocument, (*Server).listImages},
		{"GetImageCount", "GET", imagesPath + "/count", maxDocument, (*Server).countImages},
	}
}

// image is one image: of a workspace, or of what an iteration was trained from.
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

func (i *image) tagged(tag uuid.UUID) bool {
	return slices.ContainsFunc(i.tags, func(t tagging) bool { return t.tag == tag })
}

// clone copies all that can change.
func (i *image) clone() *image {
	c := *i
	c.tags, c.regions, c.metadata = slices.Clone(i.tags), slices.Clone(i.regions), maps.Clone(i.metadata)
	return &c
}

// imageDocument has no addresses of the image: the fake keeps no bytes.
type imageDocument struct {
	ID               uuid.UUID    `json:"id"`
	Created          imageTime    `json:"created"`
	Width            int          `json:"width"`
	Height           int          `json:"height"`
	ResizedImageURI  *string      `json:"resizedImageUri"`
	ThumbnailURI     *string      `json:"thumbnailUri"`
	OriginalImageURI *string      `json:"originalImageUri"`
	Tags             []tagOfImage `json:"tags"`
	Regions          []struct{}   `json:"regions"`
}

type tagOfImage struct {
	TagID   uuid.UUID `json:"tagId"`
	TagName string    `json:"tagName"`
	Created imageTime `json:"created"`
}

// imageTime is written as recorded for images: seven decimals and no zone.
type imageTime time.Time

func (t imageTime) MarshalJSON() ([]byte, error) {
	return []byte(time.Time(t).UTC().Format(`"2006-01-02T15:04:05.0000000"`)), nil
}

func (p *project) imageDocument(i *image) *imageDocument {
	document := &imageDocument{ID: i.id, Created: imageTime(i.created), Width: i.width, Height: i.height, Tags: []tagOfImage{}}
	for _, on := range i.tags {
		if t := p.tag(on.tag); t != nil {
			document.Tags = append(document.Tags, tagOfImage{t.id, t.name, imageTime(on.created)})
		}
	}
	return document
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

// addImages takes a batch; tags are those of every image in it.
func (s *Server) addImages(r *request, uploads []upload, tags []uuid.UUID) (any, error) {
	return s.inProject(r, func(p *project) (any, error) {
		for _, id := range tags {
			if p.tag(id) == nil {
				return nil, errImageTags(id)
			}
		}
		summary := batchSummary{IsBatchSuccessful: true, Images: []uploadResult{}}
		for _, u := range uploads {
			u.tags = distinct(tags, u.tags)
			status, added := p.addImage(u, s.now())
			result := uploadResult{SourceURL: u.name, Status: status}
			if added != nil {
				result.Image = p.imageDocument(added)
			}
			summary.Images = append(summary.Images, result)
			summary.IsBatchSuccessful = summary.IsBatchSuccessful && status == "OK"
		}
		return summary, nil
	})
}

// addImage returns an ImageCreateStatus, and the image unless it was refused.
func (p *project) addImage(u upload, now time.Time) (string, *image) {
	if problem := p.judgeUpload(u); problem != "" {
		return problem, nil
	}
	for _, other := range p.images {
		if other.digest == u.digest {
			return "OKDuplicate", other
		}
	}
	added := &image{id: uuid.New(), created: now, width: u.width, height: u.height, data: u.data, digest: u.digest}
	for _, id := range u.tags {
		added.tags = append(added.tags, tagging{id, now})
	}
	p.images = append(p.images, added)
	p.revision++
	return "OK", added
}

func (p *project) judgeUpload(u upload) string {
	if u.problem != "" {
		return u.problem
	}
	for _, id := range u.tags {
		if p.tag(id) == nil {
			return "ErrorInvalidTag"
		}
	}
	if len(u.tags) > 1 && *orEmpty(p.settings.ClassificationType) == "Multiclass" {
		return "ErrorTagLimitExceed"
	}
	return ""
}

func distinct(lists ...[]uuid.UUID) []uuid.UUID {
	ids := []uuid.UUID{}
	for _, id := range slices.Concat(lists...) {
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// listImages honours taggingStatus, tagIds, take (50 by default) and skip.
func (s *Server) listImages(r *request) (any, error) {
	return s.withImages(r, func(p *project, images []*image) (any, error) {
		skip, take := r.number("skip", 0), r.number("take", 50)
		documents := []*imageDocument{}
		for _, i := range images[min(skip, len(images)):] {
			if len(documents) < take {
				documents = append(documents, p.imageDocument(i))
			}
		}
		return documents, nil
	})
}

// countImages answers a bare number.
func (s *Server) countImages(r *request) (any, error) {
	return s.withImages(r, func(_ *project, images []*image) (any, error) { return len(images), nil })
}

func (s *Server) withImages(r *request, f func(*project, []*image) (any, error)) (any, error) {
	tags, err := r.ids("tagIds")
	if err != nil {
		return nil, err
	}
	status := strings.ToLower(r.param("taggingStatus"))
	return s.inProject(r, func(p *project) (any, error) {
		matching := []*image{}
		for _, i := range p.images {
			if i.matches(status, tags) {
				matching = append(matching, i)
			}
		}
		return f(p, matching)
	})
}

func (i *image) matches(status string, tags []uuid.UUID) bool {
	if status == "tagged" && len(i.tags) == 0 || status == "untagged" && len(i.tags) > 0 {
		return false
	}
	return len(tags) == 0 || slices.ContainsFunc(tags, i.tagged)
}

// number reads a count, or the default if there is none that makes sense.
func (r *request) number(name string, otherwise int) int {
	n, err := strconv.Atoi(r.param(name))
	if err != nil || n < 0 {
		return otherwise
	}
	return n
}
