package trainingapi

import (
	"encoding/json"
	"slices"
	"strings"
)

// A Project holds the members of a project document that the contract uses.
type Project struct {
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Settings    Settings `json:"settings"`
}

// Settings holds the members of a project's settings that the contract uses.
type Settings struct {
	DomainID                string          `json:"domainId"`
	ClassificationType      string          `json:"classificationType"`
	TargetExportPlatforms   []string        `json:"targetExportPlatforms"`
	ImageProcessingSettings json.RawMessage `json:"imageProcessingSettings,omitempty"`
}

// An Iteration holds the members of an iteration document that the contract uses.
type Iteration struct {
	ID     string `json:"id"`
	Status string `json:"status"`
}

// Finished reports whether the training has ended, and whether it succeeded. The statuses are those of recorded
// traffic: Training, Completed, Failed.
func (i Iteration) Finished() (finished, succeeded bool) {
	succeeded = strings.EqualFold(i.Status, "Completed")
	return succeeded || strings.EqualFold(i.Status, "Failed"), succeeded
}

// An Export is one export as GetExports lists it.
type Export struct {
	Platform    string `json:"platform"`
	Status      string `json:"status"`
	DownloadURI string `json:"downloadUri"`
}

// Finished reports whether the export has ended (Done or Failed), and whether it succeeded.
func (e Export) Finished() (finished, succeeded bool) {
	succeeded = strings.EqualFold(e.Status, "Done")
	return succeeded || strings.EqualFold(e.Status, "Failed"), succeeded
}

// An Image is an image to upload, with the tag that it gets.
type Image struct {
	Name  string
	Bytes []byte
	TagID string
}

// A Domain is one entry of GetDomains.
type Domain struct {
	ID                  string   `json:"id"`
	Name                string   `json:"name"`
	Type                string   `json:"type"`
	Exportable          bool     `json:"exportable"`
	Enabled             *bool    `json:"enabled"`
	ExportablePlatforms []string `json:"exportablePlatforms"`
}

// Exports reports whether models of the domain can be exported for the platform.
func (d Domain) Exports(platform string) bool {
	return slices.Contains(d.ExportablePlatforms, platform)
}

// ChooseDomain returns the exportable classification domain that offers the most platforms. Compact domains come first;
// among equals it returns the first in the list.
func ChooseDomain(domains []Domain) (Domain, bool) {
	return highestRanked(domains, func(d Domain) bool { return d.Exportable && d.Type == "Classification" })
}

// ChooseDetectionDomain returns the object-detection domain that offers the most platforms, in the same order.
func ChooseDetectionDomain(domains []Domain) (Domain, bool) {
	return highestRanked(domains, func(d Domain) bool { return d.Type == "ObjectDetection" })
}

// highestRanked returns the enabled domain of the highest rank among those that fit.
func highestRanked(domains []Domain, fits func(Domain) bool) (Domain, bool) {
	var best Domain
	found := false
	for _, d := range domains {
		if !fits(d) || (d.Enabled != nil && !*d.Enabled) {
			continue
		}
		if !found || d.rank() > best.rank() {
			best, found = d, true
		}
	}
	return best, found
}

func (d Domain) rank() int {
	rank := len(d.ExportablePlatforms)
	if strings.Contains(d.Name, "compact") {
		rank += 1000
	}
	return rank
}
