package customvision

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	stdimage "image"

	"github.com/google/uuid"
)

// Values of ImageCreateStatus that the fake returns. ErrorInvalidRegion is not in the API description but is public
// (github.com/MicrosoftDocs/azure-docs/issues/96584).
const (
	uploadOK           = "OK"
	uploadDuplicate    = "OKDuplicate"
	uploadSource       = "ErrorSource"
	uploadFormat       = "ErrorImageFormat"
	uploadSize         = "ErrorImageSize"
	uploadTagLimit     = "ErrorTagLimitExceed"
	uploadRegionLimit  = "ErrorRegionLimitExceed"
	uploadUnknownTag   = "ErrorUnknown" // github.com/Azure-Samples/cognitive-services-python-sdk-samples/issues/56
	uploadMixedTags    = "ErrorNegativeAndRegularTagOnSameImage"
	uploadWrongRegions = "ErrorInvalidRegion"
)

// upload is one image of a request. It is measured before the server's lock is taken.
type upload struct {
	name          string
	tags          []uuid.UUID // includes those of its regions
	regions       []newRegion
	data          []byte
	digest        [sha256.Size]byte
	width, height int
	problem       string // an ImageCreateStatus; "" means a valid image
}

// newRegion is a region to add to an image.
type newRegion struct {
	tag uuid.UUID
	box boundingBox
}

// measure returns an upload of data. Its problem is set if the service does not accept the image.
func measure(name string, data []byte) upload {
	u := upload{name: name}
	if len(data) > maxImageBytes {
		u.problem = uploadSize
		return u
	}
	w, h, ok := dimensions(data)
	switch {
	case !ok || w < 1 || h < 1:
		u.problem = uploadFormat
	case max(w, h) > maxImageSide, max(w, h) > maxAspectRatio*min(w, h):
		u.problem = uploadSize
	default:
		u.data, u.digest, u.width, u.height = data, sha256.Sum256(data), w, h
	}
	return u
}

// dimensions reads the header of a JPEG, PNG, GIF or BMP. It knows more kinds of BMP than can be decoded.
func dimensions(data []byte) (width, height int, ok bool) {
	if bytes.HasPrefix(data, []byte("BM")) && len(data) >= 26 {
		w, h := binary.LittleEndian.Uint32(data[18:]), int32(binary.LittleEndian.Uint32(data[22:]))
		return int(w), int(max(h, -h)), true
	}
	config, _, err := stdimage.DecodeConfig(bytes.NewReader(data))
	return config.Width, config.Height, err == nil
}
