package customvision

import (
	"net/http"
	"slices"

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

// deleteImages deletes the given images, or all images, from the workspace and optionally from all iterations. The
// API description has status 202 for both options.
func (s *Server) deleteImages(r *request) (any, error) {
	d, err := readDeletion(r)
	if err != nil {
		return nil, err
	}
	return s.inProject(r, func(p *project) (any, error) {
		for _, id := range d.ids {
			if p.image(id) == nil && !(d.everywhere && p.trainingImage(id) != nil) {
				return nil, errImageNotFound(id)
			}
		}
		p.deleteImages(d)
		if d.all || d.everywhere {
			return statusOnly(http.StatusAccepted), nil
		}
		return nil, nil
	})
}

// deletion selects the images to delete.
type deletion struct {
	ids             []uuid.UUID
	all, everywhere bool
}

func readDeletion(r *request) (d deletion, err error) {
	if d.ids, err = r.idList("imageIds", maxImageIDs); err != nil {
		return d, err
	}
	if d.all, err = r.boolean("allImages"); err != nil {
		return d, err
	}
	if d.everywhere, err = r.boolean("allIterations"); err != nil {
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
	isDeleted := func(i *image) bool { return d.all || slices.Contains(d.ids, i.id) }
	p.images = slices.DeleteFunc(p.images, isDeleted)
	p.revision++
	for _, i := range p.iterations {
		if d.everywhere {
			i.trainingData.images = slices.DeleteFunc(i.trainingData.images, isDeleted)
		}
	}
}
