// Package seed reads the initial projects of a fake from a YAML file, and their images from folders next to the file:
//
//	projects:
//	  - name: fruit
//	    description: for pies
//	    domain: General (compact)       # a name or id; default General
//	    domainType: Classification      # or ObjectDetection, if both types have the name
//	    classificationType: Multiclass  # default Multilabel
//	    targetExportPlatforms: [ONNX]
//	    queue: notifications            # its name in the account, or its URI
//	    container: backups
//	    tags:
//	      - name: apple
//	        images: pictures/apple      # a folder of image files
//	      - name: pear
//	        images: 5                   # created, each different
//	      - name: neither
//	        type: Negative
//	    untagged: pictures/new
//	    iterations:                     # trained; or their number, for example 2
//	      - name: first
//	        exports: [ONNX, {platform: TensorFlow, flavor: TensorFlowLite}]
//	      - second
//
// Only the name of a project or tag is required. Files whose names begin with a dot are ignored. See
// [customvision.Seed] for the meaning.
//
// Stop extending the format where a file would describe the history of a project instead of its state.
package seed

import (
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/cvconform/cvconform/fakes/customvision"
)

// maxImageSize is the number of bytes that are read of an image. The service rejects images larger than 6 MB.
const maxImageSize = 6<<20 + 1

// maxIterations is the maximum number of iterations of a project.
const maxIterations = 20

// Contents is a seed file with its images. A queue or container that has a name instead of a URI belongs to the account
// that is given to [Contents.In].
type Contents struct{ seed customvision.Seed }

// Read reads a seed file. files is the folder that contains it. The error names the line, or the project and its
// invalid folder or image.
func Read(data []byte, files fs.FS) (*Contents, error) {
	f, err := parse(data)
	if err != nil {
		return nil, err
	}
	var c Contents
	for _, p := range f.Projects {
		project, err := p.seed(files)
		if err != nil {
			return nil, fmt.Errorf("project %q: %w", p.Name, err)
		}
		c.seed.Projects = append(c.seed.Projects, project)
	}
	return &c, nil
}

// Queues returns the names of the queues that have no URI.
func (c *Contents) Queues() []string {
	return c.names(func(p customvision.SeedProject) string { return p.NotificationQueueURI })
}

// Containers returns the names of the containers that have no URI.
func (c *Contents) Containers() []string {
	return c.names(func(p customvision.SeedProject) string { return p.ExportModelContainerURI })
}

func (c *Contents) names(field func(customvision.SeedProject) string) []string {
	list := []string{}
	for _, p := range c.seed.Projects {
		if text := field(p); isName(text) {
			list = append(list, text)
		}
	}
	return list
}

func isName(text string) bool { return text != "" && !strings.ContainsAny(text, ":/") }

// Check returns an error if the seed is not valid. It does not access storage.
func (c *Contents) Check() error {
	uri := func(name string) string { return "http://127.0.0.1/account/" + name }
	return c.In(uri, uri).Check()
}

// In returns the seed. The functions return the URIs of queues and containers that have names.
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
	project := customvision.SeedProject{
		Name: p.Name, Description: p.Description,
		Domain: p.Domain, DomainType: p.DomainType, ClassificationType: p.ClassificationType,
		TargetExportPlatforms: p.TargetExportPlatforms,
		NotificationQueueURI:  p.Queue, ExportModelContainerURI: p.Container,
	}
	for _, t := range p.Tags {
		project.Tags = append(project.Tags, customvision.SeedTag{Name: t.Name, Description: t.Description, Type: t.Type})
		images, err := t.Images.seed(files, t.Name)
		if err != nil {
			return project, fmt.Errorf("tag %q: images: %w", t.Name, err)
		}
		project.Images = append(project.Images, images...)
	}
	untagged, err := p.Untagged.seed(files)
	if err != nil {
		return project, fmt.Errorf("untagged: %w", err)
	}
	project.Images = append(project.Images, untagged...)
	project.Iterations, err = p.Iterations.seed()
	return project, err
}

func (i iterations) seed() ([]customvision.SeedIteration, error) {
	if i.count < 0 || i.count > maxIterations {
		return nil, fmt.Errorf("iterations: invalid number %d (use 0 to %d)", i.count, maxIterations)
	}
	list := make([]customvision.SeedIteration, i.count)
	for _, named := range i.list {
		list = append(list, named.seed())
	}
	return list, nil
}

func (i iteration) seed() customvision.SeedIteration {
	iteration := customvision.SeedIteration{Name: i.Name}
	for _, e := range i.Exports {
		iteration.Exports = append(iteration.Exports, customvision.SeedExport(e))
	}
	return iteration
}

// readFolder reads the images of a folder.
func readFolder(files fs.FS, folder string, tags ...string) ([]customvision.SeedImage, error) {
	clean := path.Clean(folder)
	if !fs.ValidPath(clean) {
		return nil, fmt.Errorf("%s is not below the folder of the seed file", folder)
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
		data, err := readImage(files, name)
		if err != nil {
			return nil, err
		}
		images = append(images, customvision.SeedImage{Name: name, Data: data, Tags: tags})
	}
	if len(images) == 0 {
		return nil, fmt.Errorf("%s contains no images", folder)
	}
	return images, nil
}

func readImage(files fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(files, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a file (nested folders are not read)", name)
	}
	file, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, maxImageSize))
}
