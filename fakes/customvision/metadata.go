package customvision

import (
	"maps"
	"net/http"
	"slices"
	"unicode/utf8"

	"github.com/google/uuid"
)

// metadataLimits limits the pairs of an image and the characters of a key and a value.
type metadataLimits struct{ pairs, key, value int }

// metadataLimits returns the limits in the description of the API version.
func (r *request) metadataLimits() metadataLimits {
	if r.preview {
		return metadataLimits{10, 128, 256}
	}
	return metadataLimits{50, 256, 512}
}

// metadataEntry is the metadata of a request body. A value that is null is invalid.
type metadataEntry map[string]*string

// validate checks metadata in the order of its keys, so that the same body always gives the same error.
func (l metadataLimits) validate(entry metadataEntry) (map[string]string, error) {
	metadata := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(entry)) {
		value := entry[key]
		if n := utf8.RuneCountInString(key); n == 0 || n > l.key {
			return nil, errMetadataKey(l.key)
		}
		if value == nil || utf8.RuneCountInString(*value) > l.value {
			return nil, errMetadataValue(key, l.value)
		}
		metadata[key] = *value
	}
	return metadata, nil
}

type metadataSummary struct {
	IsBatchSuccessful bool             `json:"isBatchSuccessful"`
	Images            []metadataResult `json:"images"`
}

type metadataResult struct {
	ImageID  uuid.UUID         `json:"imageId"`
	Status   string            `json:"status"`
	Metadata map[string]string `json:"metadata"`
}

// statusCode returns 207 if at least one image was not updated.
func (s metadataSummary) statusCode() int {
	if s.IsBatchSuccessful {
		return http.StatusOK
	}
	return http.StatusMultiStatus
}

// updateImageMetadata adds metadata to images and replaces existing values. Each image is updated completely or not
// at all.
func (s *Server) updateImageMetadata(r *request) (any, error) {
	ids, err := r.requiredIDList("imageIds", maxMetadataBatch)
	if err != nil {
		return nil, err
	}
	var entry metadataEntry
	if err := readJSON(r, &entry, false); err != nil {
		return nil, err
	}
	if entry == nil {
		return nil, errRequired("metadata")
	}
	limits := r.metadataLimits()
	metadata, err := limits.validate(entry)
	if err != nil {
		return nil, err
	}
	return s.inProject(r, func(p *project) (any, error) {
		summary := metadataSummary{IsBatchSuccessful: true}
		for _, id := range ids {
			result := p.updateMetadata(id, metadata, limits.pairs)
			summary.Images = append(summary.Images, result)
			summary.IsBatchSuccessful = summary.IsBatchSuccessful && result.Status == "OK"
		}
		return summary, nil
	})
}

// updateMetadata returns an ImageMetadataUpdateStatus and the resulting metadata of the image.
func (w *workspace) updateMetadata(id uuid.UUID, metadata map[string]string, limit int) metadataResult {
	i := w.image(id)
	if i == nil {
		return metadataResult{ImageID: id, Status: "ErrorImageNotFound"}
	}
	merged := map[string]string{}
	maps.Copy(merged, i.metadata)
	maps.Copy(merged, metadata)
	if len(merged) > limit {
		return metadataResult{id, "ErrorLimitExceed", maps.Clone(i.metadata)}
	}
	i.metadata = merged
	return metadataResult{id, "OK", maps.Clone(merged)}
}
