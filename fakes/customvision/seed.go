package customvision

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/google/uuid"
)

// Seed is a state to start from: projects with all that belongs to them.
type Seed struct{ Projects []SeedProject }

// SeedProject is a project that is there from the start. Its id and those of
// its tags, images and iterations are made from their names, so that they are
// the same in every server.
type SeedProject struct {
	// Name is the project's, unique in the seed.
	Name, Description string
	// Domain is a domain by id or name. "" means General.
	Domain string
	// DomainType is Classification or ObjectDetection, for a Domain whose name
	// both types have. "" means Classification, if it has the name.
	DomainType string
	// ClassificationType is Multiclass or Multilabel. "" means Multilabel; a
	// project that detects objects has none.
	ClassificationType string
	// TargetExportPlatforms are as in CreateProject; nil means none.
	TargetExportPlatforms []string
	// NotificationQueueURI and ExportModelContainerURI tie the project to
	// storage; "" means that it is not.
	NotificationQueueURI, ExportModelContainerURI string
	Tags                                          []SeedTag
	Images                                        []SeedImage
	// Iterations have been trained already, each on all images.
	Iterations []SeedIteration
}

// SeedTag is a tag of a seeded project.
type SeedTag struct {
	// Name is the tag's, unique in its project.
	Name, Description string
	// Type is Regular, Negative or GeneralProduct. "" means Regular.
	Type string
}

// SeedImage is an image of a seeded project. A picture that is there several
// times, each time under other tags, is one image with all of them. In a project
// that detects objects each tag marks the whole image.
type SeedImage struct {
	// Name stands for the image in errors.
	Name string
	// Data is a JPEG, PNG, GIF or BMP, as for an upload.
	Data []byte
	// Tags are names of tags; nil means that it has none.
	Tags []string
}

// SeedIteration is an iteration that has been trained already.
type SeedIteration struct {
	// Name is the iteration's, unique in its project. "" means "Iteration 1"
	// for the first, and so on.
	Name string
	// Exports have been done already; nil means none.
	Exports []SeedExport
}

// SeedExport is an export that has been done already.
type SeedExport struct {
	Platform string
	// Flavor is one of the platform's. "" means that none was asked for.
	Flavor string
}

// seedSpace is the name space of the ids of seeded projects.
func seedSpace() uuid.UUID {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte("https://github.com/cvconform/cvconform/fakes/customvision#Seed"))
}

// ID is the project's id.
func (p SeedProject) ID() uuid.UUID { return uuid.NewSHA1(seedSpace(), []byte(p.Name)) }

// TagID is the id of the tag of that name.
func (p SeedProject) TagID(name string) uuid.UUID { return p.idOf("tag", name) }

// IterationName is the name of the iteration at an index of Iterations.
func (p SeedProject) IterationName(index int) string {
	if name := p.Iterations[index].Name; name != "" {
		return name
	}
	return fmt.Sprintf("Iteration %d", index+1)
}

// IterationID is the id of the iteration of that name.
func (p SeedProject) IterationID(name string) uuid.UUID { return p.idOf("iteration", name) }

// ImageID is the id of the image with that content.
func (p SeedProject) ImageID(data []byte) uuid.UUID {
	sum := sha256.Sum256(data)
	return p.idOf("image", hex.EncodeToString(sum[:]))
}

func (p SeedProject) idOf(kind, name string) uuid.UUID {
	return uuid.NewSHA1(p.ID(), []byte(kind+"/"+name))
}
