package trainingapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"

	"github.com/cvconform/cvconform/internal/evidence"
)

// A Project is what the contract reads of a project document.
type Project struct {
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	Description string   `json:"description"`
	Settings    Settings `json:"settings"`
}

// Settings is what the contract reads of a project's settings.
type Settings struct {
	DomainID                string          `json:"domainId"`
	ClassificationType      string          `json:"classificationType"`
	TargetExportPlatforms   []string        `json:"targetExportPlatforms"`
	ImageProcessingSettings json.RawMessage `json:"imageProcessingSettings,omitempty"`
}

// An Iteration is what the contract reads of an iteration document.
type Iteration struct {
	ID     string `json:"id"`
	Status string `json:"status"`
}

// Finished says whether the training has ended, and whether well. The statuses are
// those of recorded traffic: Training, Completed, Failed.
func (i Iteration) Finished() (over, well bool) {
	well = strings.EqualFold(i.Status, "Completed")
	return well || strings.EqualFold(i.Status, "Failed"), well
}

// An Export is one export as GetExports lists it.
type Export struct {
	Platform    string `json:"platform"`
	Status      string `json:"status"`
	DownloadURI string `json:"downloadUri"`
}

// Finished says whether the export has ended (Done or Failed), and whether well.
func (e Export) Finished() (over, well bool) {
	well = strings.EqualFold(e.Status, "Done")
	return well || strings.EqualFold(e.Status, "Failed"), well
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

// Exports says whether models of the domain can be exported for the platform.
func (d Domain) Exports(platform string) bool {
	for _, p := range d.ExportablePlatforms {
		if p == platform {
			return true
		}
	}
	return false
}

// ChooseDomain returns the exportable classification domain that offers most
// platforms, compact domains first and, of equals, the first listed.
func ChooseDomain(domains []Domain) (Domain, bool) {
	var best Domain
	found := false
	for _, d := range domains {
		if !d.Exportable || d.Type != "Classification" || (d.Enabled != nil && !*d.Enabled) {
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

// Succeeded says whether the call was answered with 2xx. That an answer has to
// be 200 is for the requirements to say.
func Succeeded(x evidence.Exchange) bool { return x.Status >= 200 && x.Status < 300 }

// Decode reads the answer of a call into v. The error says what the call
// answered instead: another status, no JSON, nothing at all.
func Decode(x evidence.Exchange, v any) error {
	if x.Error != "" {
		return errors.New(FailureReason(x))
	}
	if !Succeeded(x) {
		return errors.New(DescribeResponse(x))
	}
	if err := json.Unmarshal([]byte(x.Body), v); err != nil {
		return fmt.Errorf(
			"%s answered %d, but not with JSON as expected%s: %s (%w)",
			x.Call,
			x.Status,
			mediaType(x),
			Truncate(x.Body),
			err,
		)
	}
	return nil
}

// FailureReason is why a call has no answer, or none that is whole.
func FailureReason(x evidence.Exchange) string {
	if x.Status != 0 {
		return fmt.Sprintf("%s answered %d, but not to the end: %s", x.Call, x.Status, x.Error)
	}
	return fmt.Sprintf("%s got no answer: %s", x.Call, x.Error)
}

// DescribeResponse is what a call was answered with, in words: its status, where it leads
// to, when to come again, and the beginning of its body.
func DescribeResponse(x evidence.Exchange) string {
	leads, after := "", x.Header[RetryAfter]
	switch to := x.Header["Location"]; {
	case to != "" && x.Status >= 300 && x.Status <= 399:
		leads = fmt.Sprintf(" (to %s, which is not followed)", to)
	case x.Status == http.StatusTooManyRequests && after == "":
		leads = " (without Retry-After, so it was not tried again)"
	case x.Status == http.StatusTooManyRequests || x.Status == http.StatusServiceUnavailable && after != "":
		leads = fmt.Sprintf(" (Retry-After: %s; tries: %d)", after, len(x.Refused)+1)
	}
	return fmt.Sprintf("%s answered %d%s: %s", x.Call, x.Status, leads, Truncate(x.Body))
}

func mediaType(x evidence.Exchange) string {
	kind, _, err := mime.ParseMediaType(x.Header["Content-Type"])
	if err != nil || kind == "application/json" {
		return ""
	}
	return " (" + kind + ")"
}

// Truncate is the beginning of a body, on one line.
func Truncate(body string) string {
	body = strings.Join(strings.Fields(body), " ")
	if body == "" {
		return "(empty body)"
	}
	if r := []rune(body); len(r) > 300 {
		return string(r[:300]) + "…"
	}
	return body
}
