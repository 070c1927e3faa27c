package customvision

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/google/uuid"
)

// Seed is an initial state of a server.
type Seed struct{ Projects []SeedProject }

// SeedProject is a project of a [Seed]. The ids of the project and of its tags, images and iterations are derived
// from their names, so they are the same in every server.
type SeedProject struct {
	// Name is unique in the seed.
	Name, Description string
	// Domain is the id or name of a domain. If it is "", the domain is General.
	Domain string
	// DomainType is Classification or ObjectDetection. It selects between domains of the same name. If it is "",
	// Classification is preferred.
	DomainType string
	// ClassificationType is Multiclass or Multilabel. If it is "", it is Multilabel. It must be "" for object
	// detection.
	ClassificationType string
	// TargetExportPlatforms is as in CreateProject. nil means none.
	TargetExportPlatforms []string
	// NotificationQueueURI and ExportModelContainerURI configure the storage integration. "" means none.
	NotificationQueueURI, ExportModelContainerURI string
	// Tags are the tags of the project, in order of creation.
	Tags []SeedTag
	// Images are the images of the workspace, in order of creation.
	Images []SeedImage
	// Iterations are completed trainings, each on all images.
	Iterations []SeedIteration
}

// SeedTag is a tag of a [SeedProject].
type SeedTag struct {
	// Name is unique in the project.
	Name, Description string
	// Type is Regular, Negative or GeneralProduct. If it is "", it is Regular.
	Type string
}

// SeedImage is an image of a [SeedProject]. The same picture may occur several times with different tags; it is
// then one image with all of these tags. In an object detection project each tag gets a region that covers the
// whole image.
type SeedImage struct {
	// Name identifies the image in error messages.
	Name string
	// Data is a JPEG, PNG, GIF or BMP, with the limits of an upload.
	Data []byte
	// Tags are names of tags. nil means none.
	Tags []string
}

// SeedIteration is a completed training of a [SeedProject].
type SeedIteration struct {
	// Name is unique in the project. If it is "", it is "Iteration 1", "Iteration 2" and so on.
	Name string
	// Exports are completed exports. nil means none.
	Exports []SeedExport
}

// SeedExport is a completed export of a [SeedIteration].
type SeedExport struct {
	// Platform is one to which the project's domain can be exported.
	Platform string
	// Flavor is a flavor of the platform. "" means none.
	Flavor string
}

// seedSpace returns the namespace of the ids of seeded projects.
func seedSpace() uuid.UUID {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte("https://github.com/cvconform/cvconform/fakes/customvision#Seed"))
}

// ID returns the id of the project.
func (p SeedProject) ID() uuid.UUID { return uuid.NewSHA1(seedSpace(), []byte(p.Name)) }

// TagID returns the id of the tag with a name.
func (p SeedProject) TagID(name string) uuid.UUID { return p.idOf("tag", name) }

// IterationName returns the name of the iteration at an index of Iterations.
func (p SeedProject) IterationName(index int) string {
	if name := p.Iterations[index].Name; name != "" {
		return name
	}
	return fmt.Sprintf("Iteration %d", index+1)
}

// IterationID returns the id of the iteration with a name.
func (p SeedProject) IterationID(name string) uuid.UUID { return p.idOf("iteration", name) }

// ImageID returns the id of the image with the given content.
func (p SeedProject) ImageID(data []byte) uuid.UUID {
	sum := sha256.Sum256(data)
	return p.idOf("image", hex.EncodeToString(sum[:]))
}

func (p SeedProject) idOf(kind, name string) uuid.UUID {
	return uuid.NewSHA1(p.ID(), []byte(kind+"/"+name))
}
