package storageaccount

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"

	"github.com/cvconform/cvconform/fakes/customvision"
)

// SeedProjects gives the service the projects of somebody else in place of all there
// are: each with two tags, five images of each, and an iteration that was trained
// and exported.
func (s *Service) SeedProjects(ctx context.Context, names ...string) error {
	seed := customvision.Seed{}
	for _, name := range names {
		p := customvision.SeedProject{Name: name, Description: "somebody else's", Domain: "General (compact)",
			Tags:       []customvision.SeedTag{{Name: "apple"}, {Name: "pear"}},
			Iterations: []customvision.SeedIteration{{Exports: []customvision.SeedExport{{Platform: "ONNX"}}}}}
		for i := range 10 {
			data, err := onePixelImage(uint8(i))
			if err != nil {
				return fmt.Errorf("draw an image of project %q: %w", name, err)
			}
			p.Images = append(
				p.Images,
				customvision.SeedImage{Name: fmt.Sprint(i), Data: data, Tags: []string{p.Tags[i%2].Name}},
			)
		}
		seed.Projects = append(seed.Projects, p)
	}
	s.mu.Lock()
	s.existing = len(names)
	s.mu.Unlock()
	return s.fake.Seed(ctx, seed)
}

// onePixelImage is a small picture, another for each shade.
func onePixelImage(shade uint8) ([]byte, error) {
	picture := image.NewGray(image.Rect(0, 0, 8, 8))
	picture.SetGray(4, 4, color.Gray{Y: 255 - shade})
	var data bytes.Buffer
	err := png.Encode(&data, picture)
	return data.Bytes(), err
}

// Contents is all that the service has, one a line, in alphabetical order: every
// project, tag, image, iteration and export as the API shows it, but for the
// signatures of links. It counts as no call.
func (s *Service) Contents() []string {
	var lines []string
	for _, project := range s.list("/projects") {
		path := "/projects/" + project.ID
		lines = append(lines, "project "+project.text)
		for _, kind := range []string{"/tags", "/images/tagged", "/images/untagged", "/iterations"} {
			for _, part := range s.list(path + kind) {
				lines = append(lines, fmt.Sprintf("project %s%s %s", project.ID, kind, part.text))
				if kind == "/iterations" {
					lines = append(lines, s.exports(path+kind+"/"+part.ID)...)
				}
			}
		}
	}
	slices.Sort(lines)
	return lines
}

func (s *Service) exports(iteration string) (lines []string) {
	for _, export := range s.list(iteration + "/export") {
		lines = append(lines, "export of "+iteration+" "+export.text)
	}
	return lines
}

// An item is one of a list, with what the API shows of it.
type item struct {
	ID   string
	text string
}

func (s *Service) list(path string) []item {
	var raw []json.RawMessage
	s.get(path, &raw)
	list := make([]item, len(raw))
	for i, document := range raw {
		must(json.Unmarshal(document, &list[i]))
		list[i].text = regexp.MustCompile(`\?[^"]*`).ReplaceAllString(string(document), "")
	}
	return list
}

// get asks the fake itself, behind the gate.
func (s *Service) get(path string, into any) {
	r := httptest.NewRequest(http.MethodGet, s.Endpoint()+"/customvision/v3.3/Training"+path, http.NoBody)
	r.Header.Set("Training-Key", serviceKey)
	answer := httptest.NewRecorder()
	s.fake.ServeHTTP(answer, r)
	must(json.Unmarshal(answer.Body.Bytes(), into))
}

// must is for what our own fake answers.
func must(err error) {
	if err != nil {
		panic("cloudtest: " + err.Error())
	}
}
