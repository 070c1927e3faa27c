package customvision

import (
	"io"
	"mime/multipart"
	"strings"
)

// batchEntry is what all images of a body have in common.
type batchEntry struct {
	TagIDs   guids         `json:"tagIds"`
	Metadata metadataEntry `json:"metadata"`
}

// imageEntry is what a body says of one image, whatever form it has.
type imageEntry struct {
	TagIDs  guids               `json:"tagIds"`
	Regions []uploadRegionEntry `json:"regions"`
}

// markEntry is one region of an image in a body (Region).
type uploadRegionEntry struct {
	TagID guid `json:"tagId"`
	boxEntry
}

// batch reads what holds of every image.
func (e batchEntry) newBatch(r *request) (batch, error) {
	limits := r.metadataLimits()
	metadata, err := limits.validate(e.Metadata)
	if n := len(metadata); err == nil && n > limits.pairs {
		err = errTooMany("metadata", limits.pairs, n)
	}
	return batch{tags: e.TagIDs, metadata: metadata}, err
}

// complete gives an upload the tags and regions of its entry.
func (e imageEntry) applyTo(u upload) upload {
	u.tags = e.TagIDs
	for _, entry := range e.Regions {
		box, ok := entry.box()
		if !ok && u.problem == "" {
			u.problem = uploadWrongRegions
		}
		u.tags = append(u.tags, entry.TagID.UUID)
		u.regions = append(u.regions, newRegion{entry.TagID.UUID, box})
	}
	return u
}

// checkBatch refuses a batch without images with the message that was seen for
// it (github.com/Azure/azure-sdk-for-python, issues 17734 and 24026).
func checkBatchSize(count int, none string) error {
	if count == 0 {
		return errNoImages(none)
	}
	if count > maxBatchImages {
		return errTooMany("images", maxBatchImages, count)
	}
	return nil
}

func readUploads(r *request) ([]upload, error) {
	const form = "multipart/form-data"
	if err := r.checkMediaType(form, "application/octet-stream"); err != nil {
		return nil, err
	}
	if r.mediaType() == form {
		return readForm(r)
	}
	data, err := readUpTo(r.Body, maxImageBytes)
	if err != nil {
		return nil, bodyError(err)
	}
	if len(data) == 0 {
		return nil, nil
	}
	return []upload{measure("", data)}, nil
}

// readForm stops at the first image that is too many.
func readForm(r *request) ([]upload, error) {
	form, err := r.MultipartReader()
	if err != nil {
		return nil, bodyError(err)
	}
	uploads := []upload{}
	for len(uploads) <= maxBatchImages {
		part, err := form.NextPart()
		if err == io.EOF {
			return uploads, nil
		}
		if err != nil {
			return nil, bodyError(err)
		}
		data, err := readUpTo(part, maxImageBytes)
		if err != nil {
			return nil, bodyError(err)
		}
		uploads = append(uploads, measure(fileName(part), data))
	}
	return uploads, nil
}

// fileName is the name as the form has it, quotes included (recorded in
// CreateImagesFromData.json of the session records).
func fileName(part *multipart.Part) string {
	_, name, _ := strings.Cut(part.Header.Get("Content-Disposition"), "filename=")
	if quoted, ok := strings.CutPrefix(name, `"`); ok {
		inside, _, _ := strings.Cut(quoted, `"`)
		return `"` + inside + `"`
	}
	name, _, _ = strings.Cut(name, ";")
	return name
}
