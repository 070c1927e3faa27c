package customvision

import (
	"maps"
	"net/http"
	"slices"
	"unicode/utf8"

	"github.com/google/uuid"
)

// metadataLimits are in pairs for an image and characters of a key or a value.
type metadataLimits struct{ pairs, key, value int }

// metadataLimits are those of the version's description.
func (r *request) metadataLimits() metadataLimits {
	if r.preview {
		return metadataLimits{10, 128, 256}
	}
	return metadataLimits{50, 256, 512}
}

// metadataEntry is the metadata of a body; null is no value.
type metadataEntry map[string]*string

// read checks metadata in the order of its keys, so that the same body always
// gets the same answer.
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

// statusCode is 207 as soon as one image was not described.
func (s metadataSummary) statusCode() int {
	if s.IsBatchSuccessful {
		return http.StatusOK
	}
	return http.StatusMultiStatus
}

// updateImageMetadata adds to what an image has, or replaces the values of keys
// that it has. It is all or nothing for an image, not for the call.
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

// describe returns an ImageMetadataUpdateStatus, and the metadata that the image
// has by then.
func (p *project) updateMetadata(id uuid.UUID, metadata map[string]string, most int) metadataResult {
	i := p.image(id)
	if i == nil {
		return metadataResult{ImageID: id, Status: "ErrorImageNotFound"}
	}
	together := map[string]string{}
	maps.Copy(together, i.metadata)
	maps.Copy(together, metadata)
	if len(together) > most {
		return metadataResult{id, "ErrorLimitExceed", maps.Clone(i.metadata)}
	}
	i.metadata = together
	return metadataResult{id, "OK", maps.Clone(together)}
}
