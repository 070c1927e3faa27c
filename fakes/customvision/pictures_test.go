package customvision_test

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cvconform/cvconform/fakes/customvision"
)

// encodePicture returns a picture of a size that is half red and half transparent.
func encodePicture(t *testing.T, encode func(io.Writer, image.Image) error, width, height int) []byte {
	t.Helper()
	img := image.NewNRGBA(image.Rect(0, 0, width, height))
	draw.Draw(
		img,
		image.Rect(0, 0, width/2, height),
		image.NewUniform(color.NRGBA{R: 255, A: 255}),
		image.Point{},
		draw.Src,
	)
	var buffer bytes.Buffer
	require.NoError(t, encode(&buffer, img))
	return buffer.Bytes()
}

func encodeJPEG(w io.Writer, i image.Image) error { return jpeg.Encode(w, i, nil) }
func encodeGIF(w io.Writer, i image.Image) error  { return gif.Encode(w, i, nil) }

// encodeBMP does not use a library, because importing one would make the server decode BMP as well.
func encodeBMP(w io.Writer, i image.Image) error {
	size := i.Bounds().Size()
	stride := (3*size.X + 3) &^ 3
	data := append(bitmapHeader(int32(size.X), int32(size.Y)), make([]byte, 24+stride*size.Y)...)
	for at, value := range map[int]uint32{2: uint32(len(data)), 10: 54, 14: 40, 26: 1 | 24<<16} {
		binary.LittleEndian.PutUint32(data[at:], value)
	}
	_, err := w.Write(data)
	return err
}

// bitmapHeader returns the header of a BMP without pixels.
func bitmapHeader(width, height int32) []byte {
	data := make([]byte, 30)
	copy(data, "BM")
	binary.LittleEndian.PutUint32(data[18:], uint32(width))
	binary.LittleEndian.PutUint32(data[22:], uint32(height))
	return data
}

func TestPictures(t *testing.T) {
	for name, c := range map[string]struct {
		encode        func(io.Writer, image.Image) error
		width, height int
		contentType   string
		resized       [2]int // zero means the upload itself
		thumbnail     [2]int
	}{
		"JPEG":           {encodeJPEG, 512, 256, "image/jpeg", [2]int{}, [2]int{256, 128}},
		"PNG":            {png.Encode, 300, 900, "image/png", [2]int{}, [2]int{85, 256}},
		"GIF":            {encodeGIF, 40, 30, "image/gif", [2]int{}, [2]int{40, 30}},
		"BMP":            {encodeBMP, 30, 40, "image/bmp", [2]int{}, [2]int{30, 40}},
		"as recorded":    {png.Encode, 1600, 90, "image/png", [2]int{}, [2]int{256, 14}},
		"larger":         {png.Encode, 1601, 90, "image/png", [2]int{1600, 89}, [2]int{256, 14}},
		"larger, narrow": {png.Encode, 80, 2000, "image/png", [2]int{64, 1600}, [2]int{10, 256}},
		"one pixel":      {png.Encode, 1, 1, "image/png", [2]int{}, [2]int{1, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			a, data := newImageProject(t, ""), encodePicture(t, c.encode, c.width, c.height)
			document := a.image(a.addImage(data))
			assert.Equal(t, []any{float64(c.width), float64(c.height)}, []any{document["width"], document["height"]})
			original := a.get(document["originalImageUri"].(string))
			assert.Equal(t, http.StatusOK, original.status)
			assert.Equal(t, data, original.body)
			assert.Equal(t, c.contentType, original.header.Get("Content-Type"))
			if c.resized == [2]int{} {
				assert.Equal(t, document["originalImageUri"], document["resizedImageUri"])
			} else {
				assert.Equal(t, c.resized, jpegSize(a, document["resizedImageUri"]))
			}
			assert.Equal(t, c.thumbnail, jpegSize(a, document["thumbnailUri"]))
			assert.Equal(
				t,
				a.get(document["thumbnailUri"].(string)).body,
				a.get(document["thumbnailUri"].(string)).body,
				"reproducible",
			)
		})
	}
}

func jpegSize(a *imageProject, uri any) [2]int {
	a.Helper()
	got := a.get(uri.(string))
	require.Equal(a, http.StatusOK, got.status)
	assert.Equal(a, "image/jpeg", got.header.Get("Content-Type"))
	config, err := jpeg.DecodeConfig(bytes.NewReader(got.body))
	require.NoError(a, err)
	return [2]int{config.Width, config.Height}
}

// A thumbnail is white where the picture is transparent.
func TestThumbnailContent(t *testing.T) {
	a := newImageProject(t, "")
	document := a.image(a.addImage(encodePicture(t, png.Encode, 600, 300)))
	got, err := jpeg.Decode(bytes.NewReader(a.get(document["thumbnailUri"].(string)).body))
	require.NoError(t, err)
	r, g, _, _ := got.At(40, 64).RGBA()
	assert.Greater(t, r>>8, uint32(240))
	assert.Less(t, g>>8, uint32(15))
	r, g, _, _ = got.At(200, 64).RGBA()
	assert.Greater(t, min(r, g)>>8, uint32(240))
}

// An image with a valid header can be uploaded even if its data cannot be decoded.
func TestUndecodableImageIsReturnedUnchanged(t *testing.T) {
	a := newImageProject(t, "")
	for _, data := range [][]byte{bitmapHeader(10240, 410), bitmapHeader(410, -10240), picture(1)[:40]} {
		document := a.image(a.addImage(data))
		for _, member := range []string{"originalImageUri", "resizedImageUri", "thumbnailUri"} {
			got := a.get(document[member].(string))
			assert.Equal(t, http.StatusOK, got.status)
			assert.Equal(t, data, got.body, member)
		}
	}
}

func TestLinksToPictures(t *testing.T) {
	inBubble(t, customvision.Options{}, func(s *service) {
		a := &imageProject{s, "/projects/" + s.create("p", "", "").id()}
		id := a.addPicture(1)
		document := a.image(id)
		s.key = ""
		for _, member := range []string{"originalImageUri", "resizedImageUri", "thumbnailUri"} {
			link := document[member].(string)
			assert.Equal(s, http.StatusOK, s.get(link).status, "the key is not required")
			s.requireBlobError(s.get(strings.Replace(link, "sig=", "sig=A", 1)), 403, "AuthenticationFailed")
		}
		thumbnail := document["thumbnailUri"].(string)
		s.requireBlobError(s.get(strings.Replace(thumbnail, "/t-", "/i-", 1)), 403, "AuthenticationFailed")
		s.key = s.server.TrainingKey()
		assert.Equal(s, http.StatusNoContent, s.call("DELETE", a.path+"/images?imageIds="+id, nil).status)
		s.requireBlobError(s.get(thumbnail), 404, "BlobNotFound")
		other := a.image(a.addPicture(2))["thumbnailUri"].(string)
		assert.Equal(s, http.StatusNoContent, s.call("DELETE", a.path, nil).status)
		s.requireBlobError(s.get(other), 404, "BlobNotFound")
	})
}
