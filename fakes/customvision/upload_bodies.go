package customvision

import (
	"io"
	"mime/multipart"
	"strings"
)

// batchEntry holds the members that apply to all images of a body.
type batchEntry struct {
	TagIDs   guids         `json:"tagIds"`
	Metadata metadataEntry `json:"metadata"`
}

// imageEntry holds the members of one image that all kinds of upload have.
type imageEntry struct {
	TagIDs  guids               `json:"tagIds"`
	Regions []uploadRegionEntry `json:"regions"`
}

// uploadRegionEntry is one region of an image in a body (Region).
type uploadRegionEntry struct {
	TagID guid `json:"tagId"`
	boxEntry
}

// newBatch validates the members that apply to every image.
func (e batchEntry) newBatch(r *request) (batch, error) {
	limits := r.metadataLimits()
	metadata, err := limits.validate(e.Metadata)
	if n := len(metadata); err == nil && n > limits.pairs {
		err = errTooMany("metadata", limits.pairs, n)
	}
	return batch{tags: e.TagIDs, metadata: metadata}, err
}

// applyTo adds the tags and regions of an entry to its upload.
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

// checkBatchSize refuses an empty batch with the message that is public for it
// (github.com/Azure/azure-sdk-for-python, issues 17734 and 24026).
func checkBatchSize(count int, message string) error {
	if count == 0 {
		return errNoImages(message)
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

// readForm reads at most one image more than a batch may have.
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

// fileName returns the name as written in the form, including its quotes (recorded in CreateImagesFromData.json of
// the session records).
func fileName(part *multipart.Part) string {
	_, name, _ := strings.Cut(part.Header.Get("Content-Disposition"), "filename=")
	if quoted, ok := strings.CutPrefix(name, `"`); ok {
		inside, _, _ := strings.Cut(quoted, `"`)
		return `"` + inside + `"`
	}
	name, _, _ = strings.Cut(name, ";")
	return name
}
