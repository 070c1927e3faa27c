package customvision

import (
	"context"
	"fmt"
	"math"
	"net/mail"
	"slices"
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

// maxIterations is how many a project may have (same page).
const maxIterations = 20

// training is what a call of TrainProject asks for.
type training struct {
	kind        string // "Regular" or "Advanced"
	budgetHours int
	tags        []uuid.UUID // nil means all
	base        *baseModel  // nil means none
}

// baseModel is an iteration that another one builds on (CustomBaseModelInfo of
// the API description, v3.4-preview).
type baseModel struct {
	ProjectID   uuid.UUID `json:"projectId"`
	IterationID uuid.UUID `json:"iterationId"`
}

// trainingParameters is the optional body of TrainProject.
type trainingParameters struct {
	SelectedTags        guids `json:"selectedTags"`
	CustomBaseModelInfo *struct {
		ProjectID   guid `json:"projectId"`
		IterationID guid `json:"iterationId"`
	} `json:"customBaseModelInfo"`
}

// train answers before the work begins, so that its message comes later.
func (s *Server) train(r *request) (any, error) {
	asked, err := readTraining(r)
	if err != nil {
		return nil, err
	}
	force, err := r.flag("forceTrain")
	if err != nil {
		return nil, err
	}
	return s.inProject(r, func(p *project) (any, error) {
		if err := s.canTrain(p, asked, force); err != nil {
			return nil, err
		}
		i := p.begin(asked, s.now())
		takes := s.durations.of(p).Training
		work := func(ctx context.Context) { s.completeTraining(ctx, p.id, i.id) }
		return asyncResponse{p.iterationDocument(i, r.preview), func() {
			s.scheduler.after(takes, "Training", p.id, work)
		}}, nil
	})
}

func readTraining(r *request) (training, error) {
	asked := training{kind: "Regular"}
	if kind := r.param("trainingType"); kind != "" {
		known, ok := canonical(kind, "Regular", "Advanced")
		if !ok {
			return asked, errTrainingType(kind)
		}
		asked.kind = known
	}
	var err error
	if asked.budgetHours, err = r.number("reservedBudgetInHours", 0, math.MaxInt32); err != nil {
		return asked, err
	}
	if asked.kind == "Advanced" && asked.budgetHours == 0 {
		return asked, errBudget()
	}
	if err := checkEmail(r.param("notificationEmailAddress")); err != nil {
		return asked, err
	}
	return asked, asked.readParameters(r)
}

// checkEmail looks at the address only: the fake sends no mail.
func checkEmail(text string) error {
	if text == "" {
		return nil
	}
	if address, err := mail.ParseAddress(text); err != nil || address.Address != text {
		return errEmail(text)
	}
	return nil
}

// readParameters reads the body; a base model is known to v3.4-preview only.
func (t *training) readParameters(r *request) error {
	var body trainingParameters
	if err := readJSON(r, &body, true); err != nil {
		return err
	}
	if len(body.SelectedTags) > 0 {
		t.tags = distinct(body.SelectedTags)
	}
	if base := body.CustomBaseModelInfo; base != nil && r.preview {
		t.base = &baseModel{base.ProjectID.UUID, base.IterationID.UUID}
	}
	return nil
}

// same tells whether another training would ask for the same model.
func (t training) same(other training) bool {
	equalBase := t.base == other.base || t.base != nil && other.base != nil && *t.base == *other.base
	return t.kind == other.kind && equalBase && len(t.tags) == len(other.tags) &&
		!slices.ContainsFunc(t.tags, func(id uuid.UUID) bool { return !slices.Contains(other.tags, id) })
}

// selects tells whether a tag takes part.
func (t training) selects(tag uuid.UUID) bool { return t.tags == nil || slices.Contains(t.tags, tag) }

func (s *Server) canTrain(p *project, asked training, force bool) error {
	if p.isTraining() {
		return errTrainingInProgress()
	}
	if len(p.iterations) >= maxIterations {
		return errIterationLimit()
	}
	for _, id := range asked.tags {
		if p.tag(id) == nil {
			return errSelectedTag(id)
		}
	}
	if err := s.checkBase(p, asked.base); err != nil {
		return err
	}
	if err := p.checkImages(asked); err != nil {
		return err
	}
	if n := len(p.iterations); n > 0 && !force {
		if last := p.iterations[n-1]; last.trainedAt != nil && last.revision == p.revision && last.parameters.same(asked) {
			return errTrainingNotNeeded()
		}
	}
	return nil
}

func (p *project) isTraining() bool {
	return slices.ContainsFunc(p.iterations, func(i *iteration) bool { return i.ended() == nil })
}

// checkBase asks for a base model that is trained, on a domain of the same type.
func (s *Server) checkBase(p *project, base *baseModel) error {
	if base == nil {
		return nil
	}
	owner, i := s.lookupIteration(base.ProjectID, base.IterationID)
	switch {
	case owner == nil:
		return errProjectNotFound(base.ProjectID)
	case i == nil:
		return errIterationNotFound(base.IterationID)
	case i.trainedAt == nil:
		return errBaseNotTrained(i.id)
	case i.domain.Type != p.settings.domain().Type:
		return errBaseDomain(i.id)
	}
	return nil
}

// checkImages asks for enough regular tags with enough images.
func (p *project) checkImages(asked training) error {
	needTags, needImages, kind := minClassificationTags, minClassificationImages, "MultiLabelClassification"
	switch *orEmpty(p.settings.ClassificationType) {
	case "Multiclass":
		kind = "MultiClassClassification"
	case "":
		needTags, needImages, kind = minDetectionTags, minDetectionImages, "Detection"
	}
	for _, t := range p.tags {
		if !asked.selects(t.id) {
			continue
		}
		if t.kind == negativeTag && kind == "Detection" {
			return errNegativeInDetection(t.name)
		}
		if t.kind != negativeTag && p.countShowing(t.id) >= needImages {
			needTags--
		}
	}
	if needTags > 0 {
		return errNotEnoughImages(kind)
	}
	return nil
}

// countShowing counts the images that a training can learn a tag from: object
// detection learns from regions.
func (p *project) countShowing(tag uuid.UUID) int {
	count := 0
	for _, i := range p.images {
		if i.tagged(tag) && (!p.detects() || slices.ContainsFunc(i.regions, func(on region) bool { return on.tag == tag })) {
			count++
		}
	}
	return count
}

// begin makes the workspace an iteration; created is when the workspace began.
func (p *project) begin(asked training, now time.Time) *iteration {
	p.trainings++
	i := &iteration{
		id: uuid.New(), name: p.nextIterationName(), created: p.workspaceSince, startedAt: now, modified: now,
		parameters: asked, revision: p.revision, domain: p.settings.domain(), classifier: p.settings.ClassificationType,
		trainingData: p.dataset.trainedOn(asked),
	}
	p.iterations, p.workspaceSince = append(p.iterations, i), now
	return i
}

// nextIterationName passes over names that were given by hand.
func (p *project) nextIterationName() string {
	for {
		name := fmt.Sprintf("Iteration %d", p.trainings)
		if p.iterationNamed(name) == nil {
			return name
		}
		p.trainings++
	}
}

// completeTraining records the outcome, then tells the queue that the project
// has by then. What was deleted meanwhile has no outcome.
func (s *Server) completeTraining(ctx context.Context, projectID, iterationID uuid.UUID) {
	name, ok := s.pendingProjectName(projectID, iterationID)
	if !ok {
		return
	}
	why, id := s.failure(
		fault.Call{At: fault.Training, ProjectID: projectID.String(), ProjectName: name},
		s.options.FailTraining,
	)
	queue, ok := s.recordTraining(projectID, iterationID, why)
	if !ok {
		return
	}
	s.logWork("Training", projectID, why, id)
	s.notify(s.outboundContext(ctx, projectID, name), queue, trainingMessage(projectID, iterationID, why != ""))
}

// pendingProjectName returns the name of the project of an iteration that is still there.
func (s *Server) pendingProjectName(projectID, iterationID uuid.UUID) (name string, ok bool) {
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
	i.modified = now
	if i.failure = why; why != "" {
		i.failedAt = &now
	} else {
		i.trainedAt = &now
	}
	return p.settings.NotificationQueueURI, true
}
