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

// fetchTimeout bounds how long one image is waited for, and fetchesAtATime how
// many of a batch are waited for at a time.
const (
	fetchTimeout   = 30 * time.Second
	fetchesAtATime = 8
)

// fetch gets the image that a URL names. If the image is larger than the limit,
// the result is one byte longer than the limit.
func (s *Server) fetch(ctx context.Context, address string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, err
	}
	response, err := s.images.Do(request)
	if outer, ok := errors.AsType[*url.Error](err); ok {
		return nil, outer.Err // a url.Error repeats the URL, which may contain a SAS
	}
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answered %s", request.URL.Host, response.Status)
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
		s.options.Logger.Info("an image cannot be fetched", "error", err)
		return upload{name: address, problem: uploadSource}
	}
	return measure(address, data)
}
