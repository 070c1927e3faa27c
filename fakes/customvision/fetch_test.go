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

// pictures serves images, and counts the requests for them.
func pictures(t *testing.T) (origin string, asked *atomic.Int64) {
	asked = new(atomic.Int64)
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
		asked.Add(1)
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL, asked
}

func TestImagesFromURLs(t *testing.T) {
	for _, version := range []string{"v3.3", "v3.4-preview"} {
		a := newAlbum(t, "&domainId="+detectionID)
		a.version = version
		origin, _ := pictures(t)
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
		assert.Equal(t, []string{"cat 0 0 1 1"}, a.regionsOf(first))
		assert.Equal(t, map[string]any{"k": "v"}, a.image(first)["metadata"])
		assert.Equal(t, picture(1), a.get(a.image(first)["originalImageUri"].(string)).body)
		assert.Equal(t, "2", a.count())
	}
}

// A call that is refused asks nobody for anything.
func TestNothingIsFetchedForARefusedBatch(t *testing.T) {
	a := newAlbum(t, "")
	origin, asked := pictures(t)
	images := []object{{"url": origin + "/1.png"}}
	a.refused(a.call("POST", "/projects/"+unknownID+"/images/urls", object{"images": images}), 404, "NotFoundProject")
	a.refused(
		a.call("POST", a.path+"/images/urls", object{"images": images, "tagIds": []string{unknownID}}),
		400,
		"BadRequestImageTags",
	)
	a.refused(
		a.call("POST", a.path+"/images/urls", object{"images": append(images, object{"url": "ftp://x"})}),
		400,
		"BadRequestImageUrl",
	)
	a.refused(
		a.call("POST", a.path+"/images/urls", object{"images": images, "metadata": object{"": "v"}}),
		400,
		"BadRequestImageMetadataKey",
	)
	assert.Zero(t, asked.Load())
	assert.Equal(t, "0", a.count())
}

// Faults of a project's storage act on its fetches, and the journal has them.
func TestFetchesAreSeen(t *testing.T) {
	s := newService(t, customvision.Options{})
	a := &album{s, "/projects/" + s.create("p", "", "").id()}
	origin, asked := pictures(t)
	id := s.fault(`{"at":"storage","operation":"GetImage","project":"p","status":503}`)
	got := a.upload(207, "/urls", object{"images": []object{{"url": origin + "/1.png"}}})
	assert.Equal(t, "ErrorSource", got.Images[0].Status)
	assert.Equal(t, 1.0, s.fired(id))
	assert.Zero(t, asked.Load())
	assert.Equal(t, "OK", a.upload(200, "/urls", object{"images": []object{{"url": origin + "/1.png"}}}).Images[0].Status)
	assert.Len(t, must[[]object](s, s.control("GET", "/journal?kind=storage&operation=GetImage", "")), 2)
}
