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

// grow makes the projects of a seed, if all of it is right.
func (seed Seed) build(now time.Time) ([]*project, error) {
	projects := []*project{}
	for n, wanted := range seed.Projects {
		if err := checkSeedName(wanted.Name, func(name string) bool {
			return slices.ContainsFunc(projects, func(p *project) bool { return p.name == name })
		}); err != nil {
			return nil, fmt.Errorf("project %d: %w", n+1, err)
		}
		grown, err := buildProject(wanted, now)
		if err != nil {
			return nil, fmt.Errorf("project %q: %w", wanted.Name, err)
		}
		projects = append(projects, grown)
	}
	return projects, nil
}

// checkSeedName asks for a name that the service would not change.
func checkSeedName(name string, taken func(string) bool) error {
	switch {
	case name == "":
		return errors.New("it needs a name")
	case strings.TrimSpace(name) != name:
		return fmt.Errorf("the name %q begins or ends with a space", name)
	case taken(name):
		return fmt.Errorf("the name %q is there twice", name)
	}
	return nil
}

// seedBuilder is a project of a seed while it is made.
type seedBuilder struct {
	*project
	wanted SeedProject
	now    time.Time
}

func buildProject(wanted SeedProject, now time.Time) (*project, error) {
	s := seedBuilder{&project{id: wanted.ID(), name: wanted.Name, description: wanted.Description,
		created: now, modified: now, workspaceCreated: now}, wanted, now}
	for _, step := range []func() error{s.configure, s.addTags, s.addImages, s.addIterations} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return s.project, nil
}

func (s seedBuilder) configure() error {
	chosen, err := findSeedDomain(s.wanted.Domain, s.wanted.DomainType)
	if err != nil {
		return err
	}
	if chosen.Type == objectDetection && s.wanted.ClassificationType != "" {
		return fmt.Errorf("it has the classification type %q, and detects objects", s.wanted.ClassificationType)
	}
	s.settings, err = defaultSettings().with(&settingsChange{
		DomainID: &chosen.ID, ClassificationType: nonEmpty(s.wanted.ClassificationType, nil), TargetExportPlatforms: &s.wanted.TargetExportPlatforms,
		ExportModelContainerURI: &s.wanted.ExportModelContainerURI, NotificationQueueURI: &s.wanted.NotificationQueueURI,
	})
	if err != nil {
		return errors.New(errorMessage(err))
	}
	return s.checkURIs()
}

func (s seedBuilder) checkURIs() error {
	for _, storage := range []struct{ what, uri, service string }{
		{"queue", s.settings.NotificationQueueURI, "queue"}, {"container", s.settings.ExportModelContainerURI, "blob"},
	} {
		if storage.uri == "" {
			continue
		}
		if err := azurestorage.CheckURI(storage.uri, storage.service); err != nil {
			return fmt.Errorf("what it has for its %s is not the URI of one: %w", storage.what, err)
		}
	}
	return nil
}

// findSeedDomain finds a domain by id or name; names are the same in several
// types.
func findSeedDomain(text, kind string) (domain, error) {
	if text == "" {
		text = "General"
	}
	if kind != "" {
		known, ok := canonical(kind, classification, objectDetection)
		if !ok {
			return domain{}, fmt.Errorf("the domain type %q is neither %s nor %s", kind, classification, objectDetection)
		}
		kind = known
	}
	n := slices.IndexFunc(domains(), func(d domain) bool {
		return (strings.EqualFold(d.ID, text) || strings.EqualFold(d.Name, text)) && (kind == "" || d.Type == kind)
	})
	if n < 0 {
		return domain{}, fmt.Errorf("%q is not a domain: there are %s", text, strings.Join(domainNames(kind), ", "))
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
	for n, wanted := range s.wanted.Tags {
		if err := checkSeedName(wanted.Name, func(name string) bool { return s.tagNamed(name) != nil }); err != nil {
			return fmt.Errorf("tag %d: %w", n+1, err)
		}
		t, err := s.validateTag(tag{id: s.wanted.TagID(wanted.Name), kind: regularTag},
			tagChange{Name: &wanted.Name, Description: &wanted.Description, Type: nonEmpty(wanted.Type, nil)})
		if err != nil {
			return fmt.Errorf("tag %q: %s", wanted.Name, errorMessage(err))
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
			return fmt.Errorf("image %s: the service would not take it: %s", u.name, status)
		}
		added.id = s.wanted.ImageID(u.data)
		for n, on := range added.regions {
			added.regions[n].id = uuid.NewSHA1(added.id, on.tag[:])
		}
	}
	return nil
}

// wholeImage marks a whole image with each of the tags.
func wholeImageRegions(tags []uuid.UUID) []newRegion {
	marks := []newRegion{}
	for _, id := range tags {
		marks = append(marks, newRegion{id, boundingBox{Width: 1, Height: 1}})
	}
	return marks
}

// uploads has a picture that is there under several tags once.
func (s seedBuilder) uploads() ([]*upload, error) {
	list := []*upload{}
	for _, wanted := range s.wanted.Images {
		u := measure(wanted.Name, wanted.Data)
		for _, name := range wanted.Tags {
			t := s.tagNamed(name)
			if t == nil {
				return nil, fmt.Errorf("image %s: there is no tag %q", wanted.Name, name)
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
func (u *upload) merge(same upload) error {
	all := distinct(u.tags, same.tags)
	if len(u.tags) == 0 || len(same.tags) == 0 || len(all) < len(u.tags)+len(same.tags) {
		return fmt.Errorf("image %s is the same picture as %s", same.name, u.name)
	}
	u.tags = all
	return nil
}

func (s seedBuilder) addIterations() error {
	for n, wanted := range s.wanted.Iterations {
		name := s.wanted.IterationName(n)
		if err := checkSeedName(name, func(name string) bool { return s.iterationNamed(name) != nil }); err != nil {
			return fmt.Errorf("iteration %d: %w", n+1, err)
		}
		if n >= maxIterations {
			return errors.New(errorMessage(errIterationLimit()))
		}
		asked := training{kind: "Regular"}
		if err := s.checkTrainingImages(asked); err != nil {
			return fmt.Errorf("iteration %q: %s", name, errorMessage(err))
		}
		trained := s.startIteration(asked, s.now)
		trained.id, trained.name, trained.trainedAt = s.wanted.IterationID(name), name, &s.now
		if err := s.addExports(trained, wanted.Exports); err != nil {
			return fmt.Errorf("iteration %q: %w", name, err)
		}
	}
	return nil
}

func (s seedBuilder) addExports(i *iteration, exports []SeedExport) error {
	for _, wanted := range exports {
		platform, ok := canonical(wanted.Platform, i.domain.platforms(true)...)
		if !ok {
			return fmt.Errorf("the domain %s cannot be exported to %q", i.domain.Name, wanted.Platform)
		}
		done := &export{platform: platform, doneAt: &s.now}
		if wanted.Flavor != "" {
			if done.flavor, ok = canonical(wanted.Flavor, platformFlavors(platform)...); !ok {
				return fmt.Errorf("the platform %s has no flavor %q", platform, wanted.Flavor)
			}
		}
		if i.replaceFailed(done) != nil {
			return fmt.Errorf("the export %s is there twice", done.suffix())
		}
		i.exports = append(i.exports, done)
	}
	return nil
}

// Check says what is wrong with the seed, as far as that can be said without
// its storage.
func (seed Seed) Check() error {
	_, err := seed.build(time.Time{})
	return err
}
