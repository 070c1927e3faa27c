package customvision

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/cvconform/cvconform/fakes/customvision/fault"
)

func trainingRoutes() []route {
	return []route{{"TrainProject", "POST", projectPath + "/train", maxDocument, (*Server).train}}
}

// What a training needs (learn.microsoft.com, "Limits and quotas": two tags
// with five images each for classification, fifteen images for detection).
const (
	minClassificationTags   = 2
	minClassificationImages = 5
	minDetectionTags        = 1
	minDetectionImages      = 15
)

// iteration is one training. Its status is derived from what happened to it.
type iteration struct {
	id                  uuid.UUID
	name                string
	created, startedAt  time.Time
	trainedAt, failedAt *time.Time
	failure             string // why it failed
	trainingType        string
	budgetHours         int
	// What the training took from the project.
	revision   int
	domain     domain
	classifier *string
	labels     []string
	taken      view
	exports    []*export
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

type iterationDocument struct {
	ID                        uuid.UUID  `json:"id"`
	Name                      string     `json:"name"`
	Status                    string     `json:"status"`
	Created                   timestamp  `json:"created"`
	LastModified              timestamp  `json:"lastModified"`
	TrainedAt                 *timestamp `json:"trainedAt,omitempty"`
	ProjectID                 uuid.UUID  `json:"projectId"`
	Exportable                bool       `json:"exportable"`
	ExportableTo              []string   `json:"exportableTo"`
	DomainID                  *string    `json:"domainId"`
	ClassificationType        *string    `json:"classificationType"`
	TrainingType              string     `json:"trainingType"`
	ReservedBudgetInHours     int        `json:"reservedBudgetInHours"`
	TrainingTimeInMinutes     int        `json:"trainingTimeInMinutes"`
	PublishName               *string    `json:"publishName"`
	OriginalPublishResourceID *string    `json:"originalPublishResourceId"`
}

// previewIteration has the members that came with v3.4-preview.
type previewIteration struct {
	iterationDocument
	CustomBaseModelInfo  *struct{} `json:"customBaseModelInfo"`
	TrainingErrorDetails *string   `json:"trainingErrorDetails"`
}

// iterationDocument is one of two shapes: v3.4-preview has null for
// exportableTo (recorded), earlier versions had the platforms.
func (p *project) iterationDocument(i *iteration, preview bool) any {
	document := iterationDocument{
		ID: i.id, Name: i.name, Status: i.status(), ProjectID: p.id,
		Created: timestamp(i.created), LastModified: timestamp(i.startedAt), TrainedAt: (*timestamp)(i.trainedAt),
		TrainingType: i.trainingType, ReservedBudgetInHours: i.budgetHours,
	}
	if !preview {
		document.ExportableTo = []string{}
	}
	if ended := i.ended(); ended != nil {
		i.describe(&document, *ended, preview)
	}
	if !preview {
		return document
	}
	return previewIteration{iterationDocument: document, TrainingErrorDetails: i.errorDetails()}
}

// describe fills in what a training that has ended shows.
func (i *iteration) describe(d *iterationDocument, ended time.Time, preview bool) {
	d.LastModified = timestamp(ended)
	d.DomainID, d.ClassificationType = &i.domain.ID, i.classifier
	d.TrainingTimeInMinutes = int(math.Ceil(ended.Sub(i.startedAt).Minutes()))
	d.Exportable = i.trainedAt != nil && i.domain.Exportable
	if d.Exportable && !preview {
		d.ExportableTo = slices.Sorted(slices.Values(i.domain.ExportablePlatforms))
	}
}

func (i *iteration) errorDetails() *string {
	if i.failedAt == nil {
		return nil
	}
	return &i.failure
}

// train answers before the work begins, so that its message comes later.
func (s *Server) train(r *request) (any, error) {
	asked, err := readTraining(r)
	if err != nil {
		return nil, err
	}
	force := r.param("forceTrain")
	return s.inProject(r, func(p *project) (any, error) {
		if err := p.canTrain(force == "true" || force == "True"); err != nil {
			return nil, err
		}
		p.begin(asked, s.now())
		takes := s.durations.of(p).Training
		work := func(ctx context.Context) { s.completeTraining(ctx, p.id, asked.id) }
		return started{p.iterationDocument(asked, r.preview), func() {
			s.scheduler.after(takes, "Training", p.id, work)
		}}, nil
	})
}

func readTraining(r *request) (*iteration, error) {
	asked := &iteration{id: uuid.New(), trainingType: "Regular"}
	if kind := r.param("trainingType"); kind != "" {
		known, ok := canonical(kind, "Regular", "Advanced")
		if !ok {
			return nil, errTrainingType(kind)
		}
		asked.trainingType = known
	}
	if hours := r.param("reservedBudgetInHours"); hours != "" {
		n, err := strconv.Atoi(hours)
		if err != nil || n < 0 {
			return nil, errInvalid("reservedBudgetInHours is not a number of hours.")
		}
		asked.budgetHours = n
	}
	if asked.trainingType == "Advanced" && asked.budgetHours == 0 {
		return nil, errBudget()
	}
	return asked, nil
}

func (p *project) canTrain(force bool) error {
	if slices.ContainsFunc(p.iterations, func(i *iteration) bool { return i.ended() == nil }) {
		return errTrainingInProgress()
	}
	if err := p.checkImages(); err != nil {
		return err
	}
	if n := len(p.iterations); n > 0 && !force {
		if last := p.iterations[n-1]; last.trainedAt != nil && last.revision == p.revision {
			return errTrainingNotNeeded()
		}
	}
	return nil
}

// checkImages asks for enough regular tags with enough images.
func (p *project) checkImages() error {
	needTags, needImages, kind := minClassificationTags, minClassificationImages, "MultiLabelClassification"
	switch *orEmpty(p.settings.ClassificationType) {
	case "Multiclass":
		kind = "MultiClassClassification"
	case "":
		needTags, needImages, kind = minDetectionTags, minDetectionImages, "Detection"
	}
	for _, t := range p.tags {
		if t.kind != negativeTag && p.countTagged(t.id) >= needImages {
			needTags--
		}
	}
	if needTags > 0 {
		return errNotEnoughImages(kind)
	}
	return nil
}

// begin makes the workspace an iteration; created is when the workspace began.
func (p *project) begin(i *iteration, now time.Time) {
	p.trainings++
	i.name = fmt.Sprintf("Iteration %d", p.trainings)
	i.created, i.startedAt = p.workspaceSince, now
	i.taken = p.view.clone()
	i.revision, i.domain, i.classifier = p.revision, p.settings.domain(), p.settings.ClassificationType
	for _, t := range p.tags {
		i.labels = append(i.labels, t.name)
	}
	p.iterations, p.workspaceSince = append(p.iterations, i), now
}

// completeTraining records the outcome, then tells the queue that the project
// has by then. What was deleted meanwhile has no outcome.
func (s *Server) completeTraining(ctx context.Context, projectID, iterationID uuid.UUID) {
	name, ok := s.awaited(projectID, iterationID)
	if !ok {
		return
	}
	why, id := s.failure(fault.Call{At: fault.Training, ProjectID: projectID.String(), ProjectName: name}, s.options.FailTraining)
	queue, ok := s.recordTraining(projectID, iterationID, why)
	if !ok {
		return
	}
	s.worked("Training", projectID, why, id)
	s.notify(s.outward(ctx, projectID, name), queue, trainingMessage(projectID, iterationID, why != ""))
}

// awaited returns the name of the project of an iteration that is still there.
func (s *Server) awaited(projectID, iterationID uuid.UUID) (name string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, i := s.lookupIteration(projectID, iterationID)
	if i == nil {
		return "", false
	}
	return p.name, true
}

func (s *Server) recordTraining(projectID, iterationID uuid.UUID, why string) (queue string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, i := s.lookupIteration(projectID, iterationID)
	if i == nil {
		return "", false
	}
	now := s.now()
	if i.failure = why; why != "" {
		i.failedAt = &now
	} else {
		i.trainedAt = &now
	}
	return p.settings.NotificationQueueURI, true
}
