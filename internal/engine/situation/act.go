package situation

import (
	"fmt"
	"strings"
)

// A Verb is the kind of an act.
type Verb string

// The acts that situations consist of.
const (
	Create  Verb = "create"  // CreateProject, once or twice
	Update  Verb = "update"  // UpdateProject
	Train   Verb = "train"   // TrainProject, the first time with tags and images
	Export  Verb = "export"  // ExportIteration
	Attempt Verb = "attempt" // a CreateProject that is expected to be refused
	Read    Verb = "read"    // GetProject
)

// Integrations are the URIs that a project is given.
type Integrations struct{ Queue, Container bool }

// Any reports whether at least one URI is given.
func (s Integrations) Any() bool { return s.Queue || s.Container }

// String returns "both", "queue", "container" or "none".
func (s Integrations) String() string {
	switch {
	case s.Queue && s.Container:
		return "both"
	case s.Queue:
		return "queue"
	case s.Container:
		return "container"
	}
	return "none"
}

// A Change is the kind of an update.
type Change string

// The updates.
const (
	FullBody    Change = "full-body"    // the guide's full body, with the URIs
	NamesOnly   Change = "names-only"   // name and description only
	URIsOnly    Change = "uris-only"    // the URIs only
	MoveStorage Change = "move-storage" // the guide's full body, with a second queue or container or both
	RepeatURIs  Change = "repeat-uris"  // the guide's full body, with the URIs in force
)

// A Failure is a failure that the name of a project provokes.
type Failure string

// The provoked failures.
const (
	NoFailure       Failure = ""
	TrainingFailure Failure = "training"
	ExportFailure   Failure = "export"
)

// Special values of an attempt's URIs; any other value is sent as it is.
const (
	Missing   = "missing"   // a resource that does not exist
	Forbidden = "forbidden" // a resource that denies every request
)

// An Act is one step of a situation. Only the fields of its verb are set.
type Act struct {
	Verb Verb

	Storage     Integrations // Create, Update, Attempt: the URIs given
	Body        bool         // Create: URIs in the JSON body of v3.4-preview, whatever the reading
	Pair        bool         // Create: two projects
	Shared      bool         // Create: the two projects share one container
	SharedQueue bool         // Create: the two projects share one queue
	Detection   bool         // Create: of an object-detection domain
	FailureMode Failure      // Create: provoked by the project's name

	Change Change // Update

	Platform string // Export: platform, such as "CoreML"

	KeyHeader string // Read: the name of the key's header, spelt like this

	Key       string // Attempt: "none" or "wrong"; "" means the right key
	Queue     string // Attempt: a URI, Missing or Forbidden; "" means a usable queue
	Container string // Attempt: like Queue
}

// UsesDeniedStorage reports whether the act gives a queue or a container that denies every request.
func (a Act) UsesDeniedStorage() bool { return a.Queue == Forbidden || a.Container == Forbidden }

// String returns the act as a part of a key. Equal acts have equal strings.
func (a Act) String() string {
	switch a.Verb {
	case Create:
		return fmt.Sprintf("create(%s)", strings.Join(a.createWords(), ","))
	case Update:
		return fmt.Sprintf("update(%s,%s)", a.Change, a.Storage)
	case Export:
		return fmt.Sprintf("export(%s)", a.Platform)
	case Attempt:
		return fmt.Sprintf("attempt(%s,key=%s,queue=%s,container=%s)", a.Storage, a.Key, a.Queue, a.Container)
	case Read:
		return fmt.Sprintf("read(%s)", a.KeyHeader)
	}
	return string(a.Verb)
}

func (a Act) createWords() []string {
	words := []string{a.Storage.String()}
	for _, w := range []struct {
		set  bool
		word string
	}{
		{a.Body, "body"}, {a.Pair, "pair"}, {a.Shared, "shared"}, {a.SharedQueue, "shared-queue"},
		{a.Detection, "detection"},
		{a.FailureMode != NoFailure, "fails=" + string(a.FailureMode)},
	} {
		if w.set {
			words = append(words, w.word)
		}
	}
	return words
}

// Title returns the act in words, for reports.
func (a Act) Title() string {
	switch a.Verb {
	case Create:
		return "create a project with " + a.Storage.words()
	case Update:
		return fmt.Sprintf("update the project (%s)", a.Change)
	case Train:
		return "train the project"
	case Export:
		return "export the iteration as " + a.Platform
	case Read:
		return "read the project with the key in " + a.KeyHeader
	}
	return "attempt to create a project"
}

func (s Integrations) words() string {
	switch {
	case s.Queue && s.Container:
		return "both URIs"
	case s.Queue:
		return "a queue URI"
	case s.Container:
		return "a container URI"
	}
	return "no URI"
}
