package target

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// probeInterval is the pause between two questions whether a service is ready.
const probeInterval = 50 * time.Millisecond

// Await returns when the service is ready: GET …/Training/domains with the key
// answers anything below 500. The error says what it answered instead, or how
// it ended, with the last lines of its output.
func (s *Service) Await(ctx context.Context, client *http.Client, version string, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	tick := time.NewTicker(probeInterval)
	defer tick.Stop()
	var why error
	for {
		err := s.probe(ctx, client, version)
		if err == nil {
			return nil
		}
		if ctx.Err() == nil {
			why = err
		} else if why == nil {
			why = errors.New("GET domains got no answer")
		}
		select {
		case <-tick.C:
		case <-s.Done:
			return fmt.Errorf("the service ended before it answered%s", s.output())
		case <-ctx.Done():
			if !errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return ctx.Err()
			}
			return fmt.Errorf("%s was not ready within %s (budget ready): %w%s", s.Endpoint, limit, why, s.output())
		}
	}
}

func (s *Service) probe(ctx context.Context, client *http.Client, version string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.Endpoint+"/customvision/"+version+"/Training/domains", nil)
	if err != nil {
		return err
	}
	req.Header.Set("Training-Key", s.TrainingKey)
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 1<<20))
	if res.StatusCode >= 500 {
		return fmt.Errorf("GET domains answered %s", res.Status)
	}
	return nil
}

// output is the tail of what the service printed, for an error message.
func (s *Service) output() string {
	text := strings.TrimSpace(s.Log())
	if text == "" {
		return ""
	}
	return "; its last output:\n" + text
}
