package customvision

import (
	"context"
	"encoding/base64"

	"golang.org/x/sync/errgroup"
)

func uploadRoutes() []route {
	return []route{
		{"CreateImagesFromData", "POST", imagesPath, maxBatch, (*Server).createImagesFromData},
		{"CreateImagesFromFiles", "POST", imagesPath + "/files", maxBatch, (*Server).createImagesFromFiles},
		{"CreateImagesFromUrls", "POST", imagesPath + "/urls", maxDocument, (*Server).createImagesFromURLs},
	}
}

func (s *Server) createImagesFromFiles(r *request) (any, error) {
	body, err := readBatch[fileBatch](r)
	if err != nil {
		return nil, err
	}
	if err := checkBatchSize(len(body.Images), "No valid image files"); err != nil {
		return nil, err
	}
	b, err := body.newBatch(r)
	if err != nil {
		return nil, err
	}
	for _, entry := range body.Images {
		data, err := base64.StdEncoding.DecodeString(entry.Contents)
		if err != nil {
			return nil, errNoImages("The contents of an image are not Base64.")
		}
		b.uploads = append(b.uploads, entry.applyTo(measure(entry.Name, data)))
	}
	return s.addImages(r, b)
}

// createImagesFromData accepts a form with files, or one image as the body.
func (s *Server) createImagesFromData(r *request) (any, error) {
	tags, err := r.idList("tagIds", maxBatchTags)
	if err != nil {
		return nil, err
	}
	uploads, err := readUploads(r)
	if err != nil {
		return nil, err
	}
	if err := checkBatchSize(len(uploads), "No valid image files"); err != nil {
		return nil, err
	}
	return s.addImages(r, batch{uploads: uploads, tags: tags})
}

// createImagesFromURLs fetches the images after the rest of the request is validated, without holding the lock.
func (s *Server) createImagesFromURLs(r *request) (any, error) {
	body, err := readBatch[urlBatch](r)
	if err != nil {
		return nil, err
	}
	if err := body.check(); err != nil {
		return nil, err
	}
	b, err := body.newBatch(r)
	if err != nil {
		return nil, err
	}
	for _, entry := range body.Images {
		b.uploads = append(b.uploads, entry.applyTo(upload{name: entry.URL}))
	}
	ctx := r.Context()
	if _, err := s.inProject(r, func(p *project) (any, error) {
		ctx = s.outboundContext(ctx, p.id, p.name)
		return nil, p.validateBatch(b)
	}); err != nil {
		return nil, err
	}
	b.uploads = s.fetchImages(ctx, body.Images)
	return s.addImages(r, b)
}

type fileBatch struct {
	Images []fileEntry `json:"images"`
	batchEntry
}

type fileEntry struct {
	Name     string `json:"name"`
	Contents string `json:"contents"`
	imageEntry
}

type urlBatch struct {
	Images []urlEntry `json:"images"`
	batchEntry
}

type urlEntry struct {
	URL string `json:"url"`
	imageEntry
}

func (b urlBatch) check() error {
	if err := checkBatchSize(len(b.Images), "No image urls provided"); err != nil {
		return err
	}
	for _, entry := range b.Images {
		if err := checkURL(entry.URL); err != nil {
			return err
		}
	}
	return nil
}

func (s *Server) fetchImages(ctx context.Context, entries []urlEntry) []upload {
	uploads := make([]upload, len(entries))
	var fetches errgroup.Group
	fetches.SetLimit(fetchesAtATime)
	for n, entry := range entries {
		fetches.Go(func() error {
			uploads[n] = entry.applyTo(s.fetchImage(ctx, entry.URL))
			return nil
		})
	}
	_ = fetches.Wait() // a failed fetch is a status of its image
	return uploads
}
