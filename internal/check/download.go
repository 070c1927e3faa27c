package check

import (
	"cmp"
	"fmt"
	"maps"

	"github.com/cvconform/cvconform/internal/check/seen"
	"github.com/cvconform/cvconform/internal/evidence"
)

// ModelDownloads requires that the content behind downloadUri is there.
func ModelDownloads() Check {
	return immediate(everyProjectCheck("model-downloads", func(c *Case, p project) *Problem {
		_, problem := findDownload(c, "downloadUri", p)
		return problem
	}))
}

// findDownload returns the content behind a link of the project's last export: "downloadUri" or "modelUri".
func findDownload(c *Case, link string, p project) (evidence.Event, *Problem) {
	for _, e := range c.eventsIn(c.lastAct(), evidence.KindDownload) {
		d := e.Download
		if d.Link != link || e.Project != p.label {
			continue
		}
		if d.Error != "" || d.Status != 200 {
			got := fmt.Sprintf("status %d: %s", d.Status, d.Error)
			return e, fail("the content behind "+link, appendClause(got, seen.SASProblem(d.URL, d.Began)), e)
		}
		if d.Length == 0 {
			return e, fail("the content behind "+link, "0 bytes", e)
		}
		return e, nil
	}
	final, _ := finalStatus(c, Export)
	return evidence.Event{}, fail("a "+link+" to follow", "the service returned none", final)
}

// sameArchive reports whether two contents are zip archives with the same entries.
func sameArchive(a, b map[string]string) bool { return len(a) > 0 && maps.Equal(a, b) }

// describeFormats returns that a content and the model have other formats, or "".
func describeFormats(content, model string) string {
	if content == model {
		return ""
	}
	return fmt.Sprintf(
		"it is %s, the model is %s",
		cmp.Or(content, "in no known format"),
		cmp.Or(model, "in no known format"),
	)
}
