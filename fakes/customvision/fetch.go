package customvision

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/sync/errgroup"
)

// fetchTimeout bounds how long one image is waited for, and fetchesAtATime how
// many of a batch are waited for at a time.
const (
	fetchTimeout   = 30 * time.Second
	fetchesAtATime = 8
)

// fetcher gets the image that a URL names. It gives one byte more than an image
// may have if there is more.
type fetcher func(ctx context.Context, address string) ([]byte, error)

// fetchOver takes what a client gets with a 200.
func fetchOver(client *http.Client) fetcher {
	return func(ctx context.Context, address string) ([]byte, error) {
		ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
		defer cancel()
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
		if err != nil {
			return nil, err
		}
		answer, err := client.Do(request)
		if outer, ok := errors.AsType[*url.Error](err); ok {
			return nil, outer.Err // the other would repeat a SAS
		}
		if err != nil {
			return nil, err
		}
		defer answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			return nil, fmt.Errorf("%s answered %s", request.URL.Host, answer.Status)
		}
		return io.ReadAll(io.LimitReader(answer.Body, maxImageBytes+1))
	}
}

type urlBatch struct {
	Images []urlEntry `json:"images"`
	batchEntry
}

type urlEntry struct {
	URL string `json:"url"`
	imageEntry
}

// createImagesFromURLs fetches nothing before the rest of the call is known to
// be sound, and holds no lock while it does.
func (s *Server) createImagesFromURLs(r *request) (any, error) {
	var body urlBatch
	if err := readJSON(r, &body, false); err != nil {
		return nil, err
	}
	if err := body.check(); err != nil {
		return nil, err
	}
	b, err := body.batch(r)
	if err != nil {
		return nil, err
	}
	for _, entry := range body.Images {
		b.uploads = append(b.uploads, entry.complete(upload{name: entry.URL}))
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

func (b urlBatch) check() error {
	if err := checkBatch(len(b.Images), "No image urls provided"); err != nil {
		return err
	}
	for _, entry := range b.Images {
		if err := checkURL(entry.URL); err != nil {
			return err
		}
	}
	return nil
}

func checkURL(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return errImageURL(text)
	}
	return nil
}

func (s *Server) fetchImages(ctx context.Context, entries []urlEntry) []upload {
	uploads := make([]upload, len(entries))
	var fetches errgroup.Group
	fetches.SetLimit(fetchesAtATime)
	for n, entry := range entries {
		fetches.Go(func() error {
			uploads[n] = entry.complete(s.fetchImage(ctx, entry.URL))
			return nil
		})
	}
	_ = fetches.Wait() // no fetch fails the batch
	return uploads
}

func (s *Server) fetchImage(ctx context.Context, address string) upload {
	data, err := s.fetch(ctx, address)
	if err != nil {
		s.options.Logger.Info("an image cannot be fetched", "error", err)
		return upload{name: address, problem: uploadSource}
	}
	return measure(address, data)
}
