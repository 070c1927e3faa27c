package customvision

import (
	"crypto/sha256"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"
)

func imageRoutes() []route {
	return []route{
		{"GetImages", "GET", imagesPath, maxDocument, (*Server).listImages},
		{"GetImageCount", "GET", imagesPath + "/count", maxDocument, (*Server).countImages},
		{"GetTaggedImages", "GET", imagesPath + "/tagged", maxDocument, (*Server).listTaggedImages},
		{"GetTaggedImageCount", "GET", imagesPath + "/tagged/count", maxDocument, (*Server).countTaggedImages},
		{"GetUntaggedImages", "GET", imagesPath + "/untagged", maxDocument, (*Server).listUntaggedImages},
		{"GetUntaggedImageCount", "GET", imagesPath + "/untagged/count", maxDocument, (*Server).countUntaggedImages},
		{"GetImagesByIds", "GET", imagesPath + "/id", maxDocument, (*Server).getImages},
		{"DeleteImages", "DELETE", imagesPath, maxDocument, (*Server).deleteImages},
		{"CreateImageTags", "POST", imagesPath + "/tags", maxDocument, (*Server).createImageTags},
		{"DeleteImageTags", "DELETE", imagesPath + "/tags", maxDocument, (*Server).deleteImageTags},
		{"CreateImageRegions", "POST", imagesPath + "/regions", maxDocument, (*Server).createImageRegions},
		{"DeleteImageRegions", "DELETE", imagesPath + "/regions", maxDocument, (*Server).deleteImageRegions},
		{"UpdateImageMetadata", "POST", imagesPath + "/metadata", maxDocument, (*Server).updateImageMetadata},
	}
}

// maxImageIDs is how many images a call may name (API description).
const maxImageIDs = 256

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

// tagging is a tag on an image.
type tagging struct {
	tag     uuid.UUID
	created time.Time
}

func (i *image) tagged(tag uuid.UUID) bool {
	return slices.ContainsFunc(i.tags, func(t tagging) bool { return t.tag == tag })
}

// tag puts a tag on the image, if it is not there yet.
func (i *image) tag(tag uuid.UUID, now time.Time) {
	if !i.tagged(tag) {
		i.tags = slices.Insert(i.tags, 0, tagging{tag, now})
	}
}

// untag takes a tag off the image, and what it marks.
func (i *image) untag(tag uuid.UUID) {
	i.tags = slices.DeleteFunc(i.tags, func(on tagging) bool { return on.tag == tag })
	i.regions = slices.DeleteFunc(i.regions, func(on region) bool { return on.tag == tag })
}

// clone copies all that can change.
func (i *image) clone() *image {
	c := *i
	c.tags, c.regions, c.metadata = slices.Clone(i.tags), slices.Clone(i.regions), maps.Clone(i.metadata)
	return &c
}

// imageEdit is a change of several images of a workspace that takes effect as a
// whole, or not at all.
type imageEdit struct {
	project *project
	images  map[*image]*image // copies, by what they are copies of
}

func (p *project) newImageEdit() imageEdit { return imageEdit{p, map[*image]*image{}} }

// image gives the copy that may be changed.
func (d imageEdit) image(id uuid.UUID) (*image, error) {
	original := d.project.image(id)
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
	d.project.revision++
}

// deleteImages deletes the images that are named, or all: from the workspace,
// or from all iterations too. With either flag the description has 202.
func (s *Server) deleteImages(r *request) (any, error) {
	doomed, err := readDeletion(r)
	if err != nil {
		return nil, err
	}
	return s.inProject(r, func(p *project) (any, error) {
		for _, id := range doomed.ids {
			if p.image(id) == nil && !(doomed.everywhere && p.snapshot(id) != nil) {
				return nil, errImageNotFound(id)
			}
		}
		p.deleteImages(doomed)
		if doomed.all || doomed.everywhere {
			return statusOnly(http.StatusAccepted), nil
		}
		return nil, nil
	})
}

// deletion says which images are to be deleted.
type deletion struct {
	ids             []uuid.UUID
	all, everywhere bool
}

func readDeletion(r *request) (d deletion, err error) {
	if d.ids, err = r.idsUpTo("imageIds", maxImageIDs); err != nil {
		return d, err
	}
	if d.all, err = r.flag("allImages"); err != nil {
		return d, err
	}
	if d.everywhere, err = r.flag("allIterations"); err != nil {
		return d, err
	}
	if d.all && len(d.ids) > 0 {
		return d, errInvalid("imageIds and allImages cannot be given together.")
	}
	if !d.all && len(d.ids) == 0 {
		return d, errRequired("imageIds or allImages")
	}
	return d, nil
}

func (p *project) deleteImages(d deletion) {
	doomed := func(i *image) bool { return d.all || slices.Contains(d.ids, i.id) }
	p.images = slices.DeleteFunc(p.images, doomed)
	p.revision++
	for _, i := range p.iterations {
		if d.everywhere {
			i.trainingData.images = slices.DeleteFunc(i.trainingData.images, doomed)
		}
	}
}

// snapshot finds an image in what the iterations were trained from.
func (p *project) snapshot(id uuid.UUID) *image {
	for _, i := range p.iterations {
		if found := i.trainingData.image(id); found != nil {
			return found
		}
	}
	return nil
}
