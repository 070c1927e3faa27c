package replay

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/evidence/recording"
)

// A project is a project of a caller. The lock of the server guards its fields.
type project struct {
	id      string             // "" if the recorded service created none
	history *recording.History // of the transition that was played last
	main    []callerStep
	acts    []*playback    // transitions that were played, in order
	uploads map[string]int // number of the calls that created tags and images, by name
	tags    []string       // ids
	deleted bool
}

// A callerStep is one main call on a project: the parameters, and the id that the caller got.
type callerStep struct {
	params recording.Params
	id     string
}

// node returns the node that the project has reached.
func (p *project) node() string {
	for _, a := range slices.Backward(p.acts) {
		if !a.isExport {
			return a.transition.After()
		}
	}
	return ""
}

// current returns the parameters in force.
func (p *project) current() recording.Params {
	var g recording.Params
	for _, t := range p.main {
		g = g.With(t.params)
	}
	return g
}

// listing returns the latest recorded list of projects in the transitions of the project.
func (p *project) listing() (x evidence.Exchange, of *recording.Transition, ok bool) {
	for _, a := range slices.Backward(p.acts) {
		for _, read := range slices.Backward(a.transition.Reads) {
			if read.Call == "GetProjects" {
				return read, a.transition, true
			}
		}
	}
	return x, nil, false
}

// sameShapeID returns a new id in the format of a recorded one.
func sameShapeID(recorded string) string {
	id := uuid.NewString()
	switch {
	case !uuidPattern.MatchString(recorded):
		return recorded + "-" + id[:8]
	case recorded != strings.ToLower(recorded):
		return strings.ToUpper(id)
	}
	return id
}

// uuidPattern matches an id in the format of the service, with hyphens.
var uuidPattern = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// nameOf returns the name of a queue or a container: the last part of the path of its URI.
func nameOf(uri string) string {
	head, _, _ := strings.Cut(uri, "?")
	return path.Base(head)
}
