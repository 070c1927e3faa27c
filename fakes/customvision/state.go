package customvision

import (
	"slices"
	"time"

	"github.com/google/uuid"
)

// project is a project with all that belongs to it, guarded by Server.mu.
type project struct {
	id                uuid.UUID
	name, description string
	settings          settings
	created, modified time.Time

	dataset    // the workspace
	iterations []*iteration
	// predictions are those that are stored; predicted counts all ever made.
	predictions     []*prediction
	predictionCount int
	lastExport      *projectSnapshot // nil until it is exported
	importing       *projectSnapshot // nil but while it is imported
	// revision counts what a training depends on: images, tags, settings.
	revision int
	// trainings counts the iterations ever made, for their names.
	iterationCount int
	// workspaceSince is when the iteration to be trained next was begun.
	workspaceCreated time.Time
}

func (p *project) status() string {
	if p.importing != nil {
		return "Importing"
	}
	return "Succeeded"
}

func (p *project) isDetection() bool { return p.settings.domain().Type == objectDetection }

func (p *project) isTraining() bool {
	return slices.ContainsFunc(p.iterations, func(i *iteration) bool { return i.ended() == nil })
}

func (p *project) iteration(id uuid.UUID) *iteration {
	return p.findIteration(func(i *iteration) bool { return i.id == id })
}

func (p *project) iterationNamed(name string) *iteration {
	return p.findIteration(func(i *iteration) bool { return i.name == name })
}

func (p *project) findIteration(is func(*iteration) bool) *iteration {
	n := slices.IndexFunc(p.iterations, is)
	if n < 0 {
		return nil
	}
	return p.iterations[n]
}

// snapshot finds an image in what the iterations were trained from.
func (p *project) trainingImage(id uuid.UUID) *image {
	for _, i := range p.iterations {
		if found := i.trainingData.image(id); found != nil {
			return found
		}
	}
	return nil
}

// clone copies all that can change.
func (p *project) clone() *project {
	c := *p
	c.dataset = p.dataset.clone()
	c.iterations = make([]*iteration, len(p.iterations))
	for n, i := range p.iterations {
		c.iterations[n] = i.clone()
	}
	return &c
}

// iteration is one training. Its status is derived from what happened to it.
type iteration struct {
	id                           uuid.UUID
	name                         string
	created, startedAt, modified time.Time
	trainedAt, failedAt          *time.Time
	failureReason                string // why it failed
	parameters                   training
	published                    *publication // nil means that it is not
	// What the training took from the project.
	revision     int
	domain       domain
	classifier   *string
	trainingData dataset
	exports      []*export
}

func (i *iteration) status() string {
	switch {
	case i.trainedAt != nil:
		return "Completed"
	case i.failedAt != nil:
		return "Failed"
	}
	return "Training"
}

// ended is when the training completed or failed; nil while it runs.
func (i *iteration) ended() *time.Time {
	if i.failedAt != nil {
		return i.failedAt
	}
	return i.trainedAt
}

// labels are the names of the tags that the model knows.
func (i *iteration) tagNames() []string {
	names := make([]string, len(i.trainingData.tags))
	for n, t := range i.trainingData.tags {
		names[n] = t.name
	}
	return names
}

func (i *iteration) clone() *iteration {
	c := *i
	c.trainingData = i.trainingData.clone()
	c.exports = make([]*export, len(i.exports))
	for n, e := range i.exports {
		copied := *e
		c.exports[n] = &copied
	}
	return &c
}

// training is what a call of TrainProject asks for.
type training struct {
	kind        string // "Regular" or "Advanced"
	budgetHours int
	tags        []uuid.UUID // nil means all
	baseModel   *baseModel  // nil means none
}

// same tells whether another training would ask for the same model.
func (t training) equals(other training) bool {
	equalBase := t.baseModel == other.baseModel || t.baseModel != nil && other.baseModel != nil && *t.baseModel == *other.baseModel
	return t.kind == other.kind && equalBase && len(t.tags) == len(other.tags) &&
		!slices.ContainsFunc(t.tags, func(id uuid.UUID) bool { return !slices.Contains(other.tags, id) })
}

// selects tells whether a tag takes part.
func (t training) includes(tag uuid.UUID) bool { return t.tags == nil || slices.Contains(t.tags, tag) }

// baseModel is an iteration that another one builds on (CustomBaseModelInfo of
// the API description, v3.4-preview).
type baseModel struct {
	ProjectID   uuid.UUID `json:"projectId"`
	IterationID uuid.UUID `json:"iterationId"`
}

// publication is where an iteration serves predictions, and under what name.
type publication struct{ name, resource string }

// export is one export of an iteration. Its status is derived.
type export struct {
	platform         string
	flavor           string // "" means none was asked for
	callerOrigin     string // where the caller reached the service
	doneAt, failedAt *time.Time
}

func (e *export) status() string {
	switch {
	case e.doneAt != nil:
		return "Done"
	case e.failedAt != nil:
		return "Failed"
	}
	return "Exporting"
}

// suffix tells the models of an iteration apart.
func (e *export) suffix() string {
	if e.flavor == "" {
		return e.platform
	}
	return e.platform + "." + e.flavor
}

// prediction is what a model has said of an image that it was tested with, and
// the image.
type prediction struct {
	id, iteration uuid.UUID
	ordinal       int // counts the predictions of a project
	created       time.Time
	domain        string
	image         upload
	documents     []predictionDocument
	uncertainty   float64
}

// predictionDocument has no boundingBox where the model finds none (recorded).
type predictionDocument struct {
	Probability number       `json:"probability"`
	TagID       uuid.UUID    `json:"tagId"`
	TagName     string       `json:"tagName"`
	BoundingBox *boundingBox `json:"boundingBox,omitempty"`
	TagType     string       `json:"tagType"`
}

// projectSnapshot is a project as it was when it was exported: without what belongs to a
// place or a time, which are the storage integration, publications, exports and
// predictions. It is never written to.
type projectSnapshot struct {
	name, description string
	settings          settings
	contents          dataset
	iterations        []*iteration
	revision          int
}
