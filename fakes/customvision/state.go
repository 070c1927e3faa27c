package customvision

import (
	"slices"
	"time"

	"github.com/google/uuid"
)

// project is a project with everything that belongs to it. Server.mu guards it.
type project struct {
	id                uuid.UUID
	name, description string
	created, modified time.Time

	workspace
	iterations []*iteration
	// iterationCount counts all iterations, including deleted ones. The default name of an iteration contains it.
	iterationCount int
	// predictions holds the stored predictions. predictionCount counts all predictions, including deleted ones.
	predictions     []*prediction
	predictionCount int
	lastExport      *projectSnapshot // nil before the first export
	importing       *projectSnapshot // nil unless the project is being imported
	importFailed    bool
}

// workspace is the part of a project that the next training uses.
type workspace struct {
	settings settings
	dataset
	// revision is incremented when an input of a training changes: images, tags or settings.
	revision int
	// workspaceCreated is the creation time of the next iteration.
	workspaceCreated time.Time
}

func (p *project) status() string {
	if p.importing != nil {
		return "Importing"
	}
	if p.importFailed {
		return "Failed"
	}
	return "Succeeded"
}

func (w *workspace) isDetection() bool { return w.settings.domain().Type == objectDetection }

func (p *project) isTraining() bool {
	return slices.ContainsFunc(p.iterations, func(i *iteration) bool { return i.ended() == nil })
}

func (p *project) iteration(id uuid.UUID) *iteration {
	return p.findIteration(func(i *iteration) bool { return i.id == id })
}

func (p *project) iterationNamed(name string) *iteration {
	return p.findIteration(func(i *iteration) bool { return i.name == name })
}

func (p *project) findIteration(match func(*iteration) bool) *iteration {
	n := slices.IndexFunc(p.iterations, match)
	if n < 0 {
		return nil
	}
	return p.iterations[n]
}

// trainingImage returns an image of an iteration's training data, or nil.
func (p *project) trainingImage(id uuid.UUID) *image {
	for _, i := range p.iterations {
		if found := i.trainingData.image(id); found != nil {
			return found
		}
	}
	return nil
}

// clone returns a deep copy.
func (p *project) clone() *project {
	c := *p
	c.dataset = p.dataset.clone()
	c.iterations = make([]*iteration, len(p.iterations))
	for n, i := range p.iterations {
		c.iterations[n] = i.clone()
	}
	return &c
}

// iteration is one training of a project. Its status is derived from the recorded times.
type iteration struct {
	id                           uuid.UUID
	name                         string
	created, startedAt, modified time.Time
	trainedAt, failedAt          *time.Time
	failureReason                string
	parameters                   training
	published                    *publication // nil if not published
	trainingInputs
	exports []*export
}

// trainingInputs is the state of the workspace when the training started.
type trainingInputs struct {
	revision     int
	domain       domain
	classifier   *string
	trainingData dataset
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

// ended returns the time when the training completed or failed, or nil if it is running.
func (i *iteration) ended() *time.Time {
	if i.failedAt != nil {
		return i.failedAt
	}
	return i.trainedAt
}

// tagNames returns the names of the model's tags.
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

// training holds the parameters of a TrainProject request.
type training struct {
	kind        string // "Regular" or "Advanced"
	budgetHours int
	tags        []uuid.UUID // nil means all
	baseModel   *baseModel  // nil means none
}

// equals reports whether both parameters give the same model.
func (t training) equals(other training) bool {
	equalBase := t.baseModel == other.baseModel ||
		t.baseModel != nil && other.baseModel != nil && *t.baseModel == *other.baseModel
	return t.kind == other.kind && equalBase && len(t.tags) == len(other.tags) &&
		!slices.ContainsFunc(t.tags, func(id uuid.UUID) bool { return !slices.Contains(other.tags, id) })
}

// includes reports whether a tag is part of the training.
func (t training) includes(tag uuid.UUID) bool { return t.tags == nil || slices.Contains(t.tags, tag) }

// baseModel is the iteration that a training starts from (CustomBaseModelInfo in the description of v3.4-preview).
type baseModel struct {
	ProjectID   uuid.UUID `json:"projectId"`
	IterationID uuid.UUID `json:"iterationId"`
}

// publication is the name of a published iteration, and the prediction resource that serves it.
type publication struct{ name, resource string }

// export is one export of an iteration. Its status is derived from the recorded times.
type export struct {
	platform         string
	flavor           string // "" if not requested
	callerOrigin     string // scheme and host by which the caller reached the service
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

// suffix identifies an export among those of its iteration.
func (e *export) suffix() string {
	if e.flavor == "" {
		return e.platform
	}
	return e.platform + "." + e.flavor
}

// prediction is the result of a quick test, with its image.
type prediction struct {
	id, iteration uuid.UUID
	ordinal       int // sequence number in the project
	created       time.Time
	domain        string
	image         upload
	documents     []predictionDocument
	uncertainty   float64
}

// predictionDocument has no boundingBox in a classification (recorded).
type predictionDocument struct {
	Probability number       `json:"probability"`
	TagID       uuid.UUID    `json:"tagId"`
	TagName     string       `json:"tagName"`
	BoundingBox *boundingBox `json:"boundingBox,omitempty"`
	TagType     string       `json:"tagType"`
}

// projectSnapshot is an exported project. It excludes the storage integration, publications, exports and
// predictions. It is immutable.
type projectSnapshot struct {
	taken             time.Time
	name, description string
	settings          settings
	contents          dataset
	iterations        []*iteration
	revision          int
}
