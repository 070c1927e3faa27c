package customvision_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/cvconform/cvconform/fakes/customvision"
)

// servePictures serves images and counts the requests.
func servePictures(t *testing.T) (origin string, requests *atomic.Int64) {
	requests = new(atomic.Int64)
	mux := http.NewServeMux()
	mux.HandleFunc("/{name}", func(w http.ResponseWriter, r *http.Request) {
		switch r.PathValue("name") {
		case "moved.png":
			http.Redirect(w, r, "/1.png", http.StatusFound)
		case "page.html":
			_, _ = w.Write([]byte("<html>"))
		case "large.png":
			_, _ = w.Write(append(picture(3), make([]byte, 7<<20)...))
		case "1.png":
			_, _ = w.Write(picture(1))
		case "2.png":
			_, _ = w.Write(picture(2))
		default:
			http.NotFound(w, r)
		}
	})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL, requests
}

func TestImagesFromURLs(t *testing.T) {
	for _, version := range []string{"v3.3", "v3.4-preview"} {
		a := newImageProject(t, "&domainId="+detectionID)
		a.version = version
		origin, _ := servePictures(t)
		cat := a.tag("cat")
		region := object{"tagId": cat, "left": 0, "top": 0, "width": 1, "height": 1}
		urls := []string{"/1.png", "/2.png", "/1.png", "/moved.png", "/page.html", "/large.png", "/missing.png"}
		entries := []object{}
		for _, url := range urls {
			entries = append(entries, object{"url": origin + url, "regions": []object{region}})
		}
		entries = append(
			entries,
			object{"url": "http://169.254.169.254/a.png?sig=secret"},
			object{"url": "http://127.0.0.1:1/a.png"},
		)
		got := a.upload(207, "/urls", object{"images": entries, "tagIds": []string{cat}, "metadata": object{"k": "v"}})
		statuses := []string{}
		for n, image := range got.Images {
			statuses = append(statuses, image.Status)
			assert.Equal(t, entries[n]["url"], image.SourceURL)
			assert.Equal(t, strings.HasPrefix(image.Status, "OK"), image.Image != nil)
		}
		assert.Equal(
			t,
			[]string{
				"OK",
				"OK",
				"OKDuplicate",
				"ErrorSource",
				"ErrorImageFormat",
				"ErrorImageSize",
				"ErrorSource",
				"ErrorSource",
				"ErrorSource",
			},
			statuses,
		)
		first := got.Images[0].Image.id()
		assert.Equal(t, []string{"cat 0 0 1 1"}, a.regions(first))
		assert.Equal(t, map[string]any{"k": "v"}, a.image(first)["metadata"])
		assert.Equal(t, picture(1), a.get(a.image(first)["originalImageUri"].(string)).body)
		assert.Equal(t, "2", a.count())
	}
}

func TestRefusedBatchFetchesNothing(t *testing.T) {
	a := newImageProject(t, "")
	origin, requests := servePictures(t)
	images := []object{{"url": origin + "/1.png"}}
	a.requireError(a.call("POST", "/projects/"+unknownID+"/images/urls", object{"images": images}), 404, "NotFoundProject")
	a.requireError(
		a.call("POST", a.path+"/images/urls", object{"images": images, "tagIds": []string{unknownID}}),
		400,
		"BadRequestImageTags",
	)
	a.requireError(
		a.call("POST", a.path+"/images/urls", object{"images": append(images, object{"url": "ftp://x"})}),
		400,
		"BadRequestImageUrl",
	)
	a.requireError(
		a.call("POST", a.path+"/images/urls", object{"images": images, "metadata": object{"": "v"}}),
		400,
		"BadRequestImageMetadataKey",
	)
	assert.Zero(t, requests.Load())
	assert.Equal(t, "0", a.count())
}

// TestFetchFaultsAndJournal checks that storage faults act on fetches of images and that the journal records them.
func TestFetchFaultsAndJournal(t *testing.T) {
	s := newService(t, customvision.Options{})
	a := &imageProject{s, "/projects/" + s.create("p", "", "").id()}
	origin, requests := servePictures(t)
	id := s.addFault(`{"at":"storage","operation":"GetImage","project":"p","status":503}`)
	got := a.upload(207, "/urls", object{"images": []object{{"url": origin + "/1.png"}}})
	assert.Equal(t, "ErrorSource", got.Images[0].Status)
	assert.Equal(t, 1.0, s.firedCount(id))
	assert.Zero(t, requests.Load())
	assert.Equal(t, "OK", a.upload(200, "/urls", object{"images": []object{{"url": origin + "/1.png"}}}).Images[0].Status)
	assert.Len(t, requireOK[[]object](s, s.control("GET", "/journal?kind=storage&operation=GetImage", "")), 2)
}
