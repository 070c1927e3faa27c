package perform

import (
	"errors"
	"io"
	"net/http"
	"path"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
)

// uploads is a service that creates tags, refuses a batch of images without a response, and has that status for an
// upload in another form.
type uploads struct{ status int }

// RoundTrip implements [http.RoundTripper].
func (u uploads) RoundTrip(r *http.Request) (*http.Response, error) {
	status, body := 200, `{"id":"t"}`
	switch path.Base(r.URL.Path) {
	case "files":
		return nil, errors.New("connection reset by peer")
	case "images":
		status, body = u.status, "no"
	}
	return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

// An upload in another form does not hide why the first one failed.
func TestUploadInAnotherForm(t *testing.T) {
	for status, want := range map[int]string{
		200: "",
		415: "neither CreateImagesFromFiles nor CreateImagesFromData accepted the images: CreateImagesFromFiles got no " +
			"response: connection reset by peer; CreateImagesFromData returned 415: no",
	} {
		synctest.Test(t, func(t *testing.T) {
			p := withBusyService(t, busyService{})
			p.Client.HTTP = &http.Client{Transport: uploads{status}}
			err := p.upload(t.Context(), &project{id: "p"})
			if want == "" {
				assert.NoError(t, err)
			} else {
				assert.EqualError(t, err, want)
			}
		})
	}
}
