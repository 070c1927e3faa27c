package customvision

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	stdimage "image"

	"github.com/google/uuid"
)

// The values of ImageCreateStatus that the fake has. The last is not in the
// description, but was seen (github.com/MicrosoftDocs/azure-docs/issues/96584).
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

// upload is one image of a batch, measured before any lock is taken.
type upload struct {
	name          string
	tags          []uuid.UUID // those of its regions too
	regions       []newRegion
	data          []byte
	digest        [sha256.Size]byte
	width, height int
	problem       string // an ImageCreateStatus; "" means that it is an image
}

// newRegion is a region that an image is to get.
type newRegion struct {
	tag uuid.UUID
	box boundingBox
}

// measure tells whether data is an image that the service takes.
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

// dimensions reads the header of a JPEG, PNG, GIF or BMP, of more kinds of BMP
// than can be scaled.
func dimensions(data []byte) (width, height int, ok bool) {
	if bytes.HasPrefix(data, []byte("BM")) && len(data) >= 26 {
		w, h := binary.LittleEndian.Uint32(data[18:]), int32(binary.LittleEndian.Uint32(data[22:]))
		return int(w), int(max(h, -h)), true
	}
	config, _, err := stdimage.DecodeConfig(bytes.NewReader(data))
	return config.Width, config.Height, err == nil
}
