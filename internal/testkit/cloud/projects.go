package cloud

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

// SeedProjects replaces all projects with projects of another user. Each has two tags with five images, and an
// iteration that was trained and exported.
func (s *Service) SeedProjects(ctx context.Context, names ...string) error {
	seed := customvision.Seed{}
	for _, name := range names {
		p := customvision.SeedProject{Name: name, Description: "of another user", Domain: "General (compact)",
			Tags:       []customvision.SeedTag{{Name: "apple"}, {Name: "pear"}},
			Iterations: []customvision.SeedIteration{{Exports: []customvision.SeedExport{{Platform: "ONNX"}}}}}
		for i := range 10 {
			data, err := seedImage(uint8(i))
			if err != nil {
				return fmt.Errorf("create an image of project %q: %w", name, err)
			}
			p.Images = append(p.Images,
				customvision.SeedImage{Name: fmt.Sprint(i), Data: data, Tags: []string{p.Tags[i%2].Name}})
		}
		seed.Projects = append(seed.Projects, p)
	}
	s.mu.Lock()
	s.existing = len(names)
	s.mu.Unlock()
	return s.fake.Seed(ctx, seed)
}

// seedImage returns a small PNG image that is different for each shade.
func seedImage(shade uint8) ([]byte, error) {
	picture := image.NewGray(image.Rect(0, 0, 8, 8))
	picture.SetGray(4, 4, color.Gray{Y: 255 - shade})
	var data bytes.Buffer
	err := png.Encode(&data, picture)
	return data.Bytes(), err
}

// Contents describes everything in the service, one line for each item in alphabetical order: every project, tag,
// image, iteration and export as the API returns it, without the signatures of links. It does not count as a request.
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

// item is one element of a list that the API returns.
type item struct {
	ID   string
	text string // its JSON without the signatures of links
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

// get sends a request to the fake directly, without the limits.
func (s *Service) get(path string, into any) {
	r := httptest.NewRequest(http.MethodGet, s.Endpoint()+"/customvision/v3.3/Training"+path, http.NoBody)
	r.Header.Set("Training-Key", serviceKey)
	response := httptest.NewRecorder()
	s.fake.ServeHTTP(response, r)
	must(json.Unmarshal(response.Body.Bytes(), into))
}

// must panics if the fake returned an invalid document.
func must(err error) {
	if err != nil {
		panic("cloud: " + err.Error())
	}
}
