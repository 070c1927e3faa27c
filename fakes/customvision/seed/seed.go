// Package seed reads what a fake starts from out of a YAML file, and the
// pictures that the file names out of folders beside it:
//
//	projects:
//	  - name: fruit
//	    description: for pies
//	    domain: General (compact)       # by name or id; General if absent
//	    domainType: Classification      # or ObjectDetection, where both have the name
//	    classificationType: Multiclass  # Multilabel if absent
//	    targetExportPlatforms: [ONNX]
//	    queue: notifications            # by its name in the account, or by its URI
//	    container: backups
//	    tags:
//	      - name: apple
//	        images: pictures/apple      # every file of the folder is a picture
//	      - name: pear
//	        images: pictures/pear
//	      - name: neither
//	        type: Negative
//	    untagged: pictures/new
//	    iterations:                     # trained already; or how many, such as 2
//	      - name: first
//	        exports: [ONNX, {platform: TensorFlow, flavor: TensorFlowLite}]
//	      - second
//
// Every member but the name of a project or tag may be absent. Files whose names
// begin with a dot are passed over. See [customvision.Seed] for what it means.
//
// Stop extending it where a file would have to say how something comes about.
package seed

import (
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/cvconform/cvconform/fakes/customvision"
)

// maxFile bounds what is read of a picture, in bytes: the service takes none
// that is larger than 6 MB.
const maxFile = 6<<20 + 1

// maxIterations is how many iterations a project may have.
const maxIterations = 20

// Contents is a seed file with its pictures. Where a project's queue or
// container is a name and not a URI, it is one in an account that [Contents.In]
// learns of.
type Contents struct{ seed customvision.Seed }

// Read reads a seed file; files is the folder that it lies in. The error names
// the line, or the project and the folder or picture that is not right.
func Read(data []byte, files fs.FS) (*Contents, error) {
	f, err := parse(data)
	if err != nil {
		return nil, err
	}
	var c Contents
	for _, p := range f.Projects {
		made, err := p.seed(files)
		if err != nil {
			return nil, fmt.Errorf("project %q: %w", p.Name, err)
		}
		c.seed.Projects = append(c.seed.Projects, made)
	}
	return &c, nil
}

// Queues are the queues that have a name only.
func (c *Contents) Queues() []string {
	return c.names(func(p customvision.SeedProject) string { return p.NotificationQueueURI })
}

// Containers are the containers that have a name only.
func (c *Contents) Containers() []string {
	return c.names(func(p customvision.SeedProject) string { return p.ExportModelContainerURI })
}

func (c *Contents) names(of func(customvision.SeedProject) string) []string {
	list := []string{}
	for _, p := range c.seed.Projects {
		if text := of(p); isName(text) {
			list = append(list, text)
		}
	}
	return list
}

func isName(text string) bool { return text != "" && !strings.ContainsAny(text, ":/") }

// Check says what is wrong with the seed, as far as that can be said without its
// storage.
func (c *Contents) Check() error {
	stand := func(name string) string { return "http://127.0.0.1/account/" + name }
	return c.In(stand, stand).Check()
}

// In is the seed with the URIs of queues and containers that have a name only.
func (c *Contents) In(queueURI, containerURI func(name string) string) customvision.Seed {
	var seed customvision.Seed
	for _, p := range c.seed.Projects {
		if isName(p.NotificationQueueURI) {
			p.NotificationQueueURI = queueURI(p.NotificationQueueURI)
		}
		if isName(p.ExportModelContainerURI) {
			p.ExportModelContainerURI = containerURI(p.ExportModelContainerURI)
		}
		seed.Projects = append(seed.Projects, p)
	}
	return seed
}

func (p project) seed(files fs.FS) (customvision.SeedProject, error) {
	made := customvision.SeedProject{
		Name: p.Name, Description: p.Description, Domain: p.Domain, DomainType: p.DomainType, ClassificationType: p.ClassificationType,
		TargetExportPlatforms: p.TargetExportPlatforms, NotificationQueueURI: p.Queue, ExportModelContainerURI: p.Container,
	}
	for _, t := range p.Tags {
		made.Tags = append(made.Tags, customvision.SeedTag{Name: t.Name, Description: t.Description, Type: t.Type})
		images, err := readFolder(files, t.Images, t.Name)
		if err != nil {
			return made, fmt.Errorf("tag %q: images: %w", t.Name, err)
		}
		made.Images = append(made.Images, images...)
	}
	untagged, err := readFolder(files, p.Untagged)
	if err != nil {
		return made, fmt.Errorf("untagged: %w", err)
	}
	made.Images = append(made.Images, untagged...)
	made.Iterations, err = p.Iterations.seed()
	return made, err
}

func (i iterations) seed() ([]customvision.SeedIteration, error) {
	if i.count < 0 || i.count > maxIterations {
		return nil, fmt.Errorf("iterations: %d is not a number from 0 to %d", i.count, maxIterations)
	}
	made := make([]customvision.SeedIteration, i.count)
	for _, named := range i.list {
		made = append(made, named.seed())
	}
	return made, nil
}

func (i iteration) seed() customvision.SeedIteration {
	made := customvision.SeedIteration{Name: i.Name}
	for _, e := range i.Exports {
		made.Exports = append(made.Exports, customvision.SeedExport(e))
	}
	return made
}

// readFolder reads the pictures of a folder; "" has none.
func readFolder(files fs.FS, folder string, tags ...string) ([]customvision.SeedImage, error) {
	if folder == "" {
		return nil, nil
	}
	clean := path.Clean(folder)
	if !fs.ValidPath(clean) {
		return nil, fmt.Errorf("%s does not lie below the folder of the seed file", folder)
	}
	entries, err := fs.ReadDir(files, clean)
	if err != nil {
		return nil, err
	}
	images := []customvision.SeedImage{}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), ".") {
			continue
		}
		name := path.Join(clean, entry.Name())
		data, err := readPicture(files, name)
		if err != nil {
			return nil, err
		}
		images = append(images, customvision.SeedImage{Name: name, Data: data, Tags: tags})
	}
	if len(images) == 0 {
		return nil, fmt.Errorf("%s holds no picture", folder)
	}
	return images, nil
}

func readPicture(files fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(files, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a file: folders in folders are not read", name)
	}
	opened, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer opened.Close()
	return io.ReadAll(io.LimitReader(opened, maxFile))
}
