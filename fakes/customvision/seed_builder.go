package customvision

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/cvconform/cvconform/fakes/customvision/azurestorage"
)

// build returns the projects of a valid seed.
func (seed Seed) build(now time.Time) ([]*project, error) {
	projects := []*project{}
	for n, spec := range seed.Projects {
		if err := checkSeedName(spec.Name, func(name string) bool {
			return slices.ContainsFunc(projects, func(p *project) bool { return p.name == name })
		}); err != nil {
			return nil, fmt.Errorf("project %d: %w", n+1, err)
		}
		p, err := buildProject(spec, now)
		if err != nil {
			return nil, fmt.Errorf("project %q: %w", spec.Name, err)
		}
		projects = append(projects, p)
	}
	return projects, nil
}

// checkSeedName returns an error unless a name is unique and would be stored unchanged.
func checkSeedName(name string, taken func(string) bool) error {
	switch {
	case name == "":
		return errors.New("the name is missing")
	case strings.TrimSpace(name) != name:
		return fmt.Errorf("the name %q begins or ends with a space", name)
	case taken(name):
		return fmt.Errorf("the name %q is used twice", name)
	}
	return nil
}

// seedBuilder builds one project of a seed.
type seedBuilder struct {
	*project
	spec SeedProject
	now  time.Time
}

func buildProject(spec SeedProject, now time.Time) (*project, error) {
	p := &project{
		id: spec.ID(), name: spec.Name, description: spec.Description, created: now, modified: now,
		workspace: workspace{workspaceCreated: now},
	}
	b := seedBuilder{p, spec, now}
	for _, step := range []func() error{b.configure, b.addTags, b.addImages, b.addIterations} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (s seedBuilder) configure() error {
	chosen, err := findSeedDomain(s.spec.Domain, s.spec.DomainType)
	if err != nil {
		return err
	}
	if chosen.Type == objectDetection && s.spec.ClassificationType != "" {
		return fmt.Errorf("classification type %q is set, but the domain is for object detection", s.spec.ClassificationType)
	}
	s.settings, err = defaultSettings().with(&settingsChange{
		DomainID:                &chosen.ID,
		ClassificationType:      nonEmpty(s.spec.ClassificationType, nil),
		TargetExportPlatforms:   &s.spec.TargetExportPlatforms,
		ExportModelContainerURI: &s.spec.ExportModelContainerURI,
		NotificationQueueURI:    &s.spec.NotificationQueueURI,
	})
	if err != nil {
		return errors.New(errorMessage(err))
	}
	return s.checkURIs()
}

func (s seedBuilder) checkURIs() error {
	for _, storage := range []struct{ kind, uri, service string }{
		{"queue", s.settings.NotificationQueueURI, "queue"}, {"container", s.settings.ExportModelContainerURI, "blob"},
	} {
		if storage.uri == "" {
			continue
		}
		if err := azurestorage.CheckURI(storage.uri, storage.service); err != nil {
			return fmt.Errorf("its %s has an invalid URI: %w", storage.kind, err)
		}
	}
	return nil
}

// findSeedDomain finds a domain by its id or name. Domains of different types may have the same name.
func findSeedDomain(text, kind string) (domain, error) {
	if text == "" {
		text = "General"
	}
	if kind != "" {
		known, ok := canonical(kind, classification, objectDetection)
		if !ok {
			return domain{}, fmt.Errorf("unknown domain type %q (use %s or %s)", kind, classification, objectDetection)
		}
		kind = known
	}
	n := slices.IndexFunc(domains(), func(d domain) bool {
		return (strings.EqualFold(d.ID, text) || strings.EqualFold(d.Name, text)) && (kind == "" || d.Type == kind)
	})
	if n < 0 {
		return domain{}, fmt.Errorf("unknown domain %q (use %s)", text, strings.Join(domainNames(kind), ", "))
	}
	return domains()[n], nil
}

func domainNames(kind string) []string {
	names := []string{}
	for _, d := range domains() {
		if (kind == "" || d.Type == kind) && !slices.Contains(names, d.Name) {
			names = append(names, d.Name)
		}
	}
	return names
}

func (s seedBuilder) addTags() error {
	for n, spec := range s.spec.Tags {
		if err := checkSeedName(spec.Name, func(name string) bool { return s.tagNamed(name) != nil }); err != nil {
			return fmt.Errorf("tag %d: %w", n+1, err)
		}
		t, err := s.validateTag(tag{id: s.spec.TagID(spec.Name), kind: regularTag},
			tagChange{Name: &spec.Name, Description: &spec.Description, Type: nonEmpty(spec.Type, nil)})
		if err != nil {
			return fmt.Errorf("tag %q: %s", spec.Name, errorMessage(err))
		}
		s.tags = append(s.tags, &t)
	}
	return nil
}

func (s seedBuilder) tagNamed(name string) *tag {
	if n := slices.IndexFunc(s.tags, func(t *tag) bool { return t.name == name }); n >= 0 {
		return s.tags[n]
	}
	return nil
}

func (s seedBuilder) addImages() error {
	uploads, err := s.uploads()
	if err != nil {
		return err
	}
	for _, u := range uploads {
		if s.isDetection() {
			u.regions = wholeImageRegions(u.tags)
		}
		status, added := s.addImage(*u, nil, s.now)
		if status != uploadOK {
			return fmt.Errorf("image %s: refused with status %s", u.name, status)
		}
		added.id = s.spec.ImageID(u.data)
		for n, item := range added.regions {
			added.regions[n].id = uuid.NewSHA1(added.id, item.tag[:])
		}
	}
	return nil
}

// wholeImageRegions returns a region that covers the whole image for each of the tags.
func wholeImageRegions(tags []uuid.UUID) []newRegion {
	regions := []newRegion{}
	for _, id := range tags {
		regions = append(regions, newRegion{id, boundingBox{Width: 1, Height: 1}})
	}
	return regions
}

// uploads returns the images. A picture that occurs with several tags is returned once.
func (s seedBuilder) uploads() ([]*upload, error) {
	list := []*upload{}
	for _, spec := range s.spec.Images {
		u := measure(spec.Name, spec.Data)
		for _, name := range spec.Tags {
			t := s.tagNamed(name)
			if t == nil {
				return nil, fmt.Errorf("image %s: unknown tag %q", spec.Name, name)
			}
			u.tags = append(u.tags, t.id)
		}
		n := slices.IndexFunc(list, func(other *upload) bool { return u.problem == "" && other.digest == u.digest })
		if n < 0 {
			list = append(list, &u)
			continue
		}
		if err := list[n].merge(u); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// merge adds the tags of another upload of the same picture.
func (u *upload) merge(other upload) error {
	tags := distinct(u.tags, other.tags)
	if len(u.tags) == 0 || len(other.tags) == 0 || len(tags) < len(u.tags)+len(other.tags) {
		return fmt.Errorf("image %s is a duplicate of %s", other.name, u.name)
	}
	u.tags = tags
	return nil
}

func (s seedBuilder) addIterations() error {
	for n, spec := range s.spec.Iterations {
		name := s.spec.IterationName(n)
		if err := checkSeedName(name, func(name string) bool { return s.iterationNamed(name) != nil }); err != nil {
			return fmt.Errorf("iteration %d: %w", n+1, err)
		}
		if n >= maxIterations {
			return errors.New(errorMessage(errIterationLimit()))
		}
		params := training{kind: "Regular"}
		if err := s.checkTrainingImages(params); err != nil {
			return fmt.Errorf("iteration %q: %s", name, errorMessage(err))
		}
		trained := s.startIteration(params, s.now)
		trained.id, trained.name, trained.trainedAt = s.spec.IterationID(name), name, &s.now
		if err := s.addExports(trained, spec.Exports); err != nil {
			return fmt.Errorf("iteration %q: %w", name, err)
		}
	}
	return nil
}

func (s seedBuilder) addExports(i *iteration, exports []SeedExport) error {
	for _, spec := range exports {
		platform, ok := canonical(spec.Platform, i.domain.platforms(true)...)
		if !ok {
			return fmt.Errorf("the domain %s cannot be exported to %q", i.domain.Name, spec.Platform)
		}
		exported := &export{platform: platform, doneAt: &s.now}
		if spec.Flavor != "" {
			if exported.flavor, ok = canonical(spec.Flavor, platformFlavors(platform)...); !ok {
				return fmt.Errorf("the platform %s has no flavor %q", platform, spec.Flavor)
			}
		}
		if i.replaceFailed(exported) != nil {
			return fmt.Errorf("the export %s is listed twice", exported.suffix())
		}
		i.exports = append(i.exports, exported)
	}
	return nil
}

// Check validates the seed without accessing its storage. The error names the invalid item.
func (seed Seed) Check() error {
	_, err := seed.build(time.Time{})
	return err
}
