package customvision

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// fetchTimeout limits the time to fetch one image. fetchesAtATime limits the number of concurrent fetches of a
// batch.
const (
	fetchTimeout   = 30 * time.Second
	fetchesAtATime = 8
)

// fetch returns the image at a URL. If the image exceeds maxImageBytes, fetch returns one byte more than that.
func (s *Server) fetch(ctx context.Context, address string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, err
	}
	response, err := s.images.Do(request)
	if outer, ok := errors.AsType[*url.Error](err); ok {
		return nil, outer.Err // a url.Error contains the URL, which may contain a SAS
	}
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s responded with %s", request.URL.Host, response.Status)
	}
	return io.ReadAll(io.LimitReader(response.Body, maxImageBytes+1))
}

func checkURL(text string) error {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return errImageURL(text)
	}
	return nil
}

func (s *Server) fetchImage(ctx context.Context, address string) upload {
	data, err := s.fetch(ctx, address)
	if err != nil {
		s.options.Logger.Info("cannot fetch an image", "error", err)
		return upload{name: address, problem: uploadSource}
	}
	return measure(address, data)
}
