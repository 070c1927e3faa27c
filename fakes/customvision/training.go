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
	return []route{{"TrainProject", "POST", projectPath + "/train", maxDocument, (*Server).trainProject}}
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
func (s *Server) trainProject(r *request) (any, error) {
	asked, err := readTraining(r)
	if err != nil {
		return nil, err
	}
	force, err := r.boolean("forceTrain")
	if err != nil {
		return nil, err
	}
	return s.inProject(r, func(p *project) (any, error) {
		if err := s.checkTraining(p, asked, force); err != nil {
			return nil, err
		}
		i := p.startIteration(asked, s.now())
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
	if asked.budgetHours, err = r.integer("reservedBudgetInHours", 0, math.MaxInt32); err != nil {
		return asked, err
	}
	if asked.kind == "Advanced" && asked.budgetHours == 0 {
		return asked, errTrainingBudget()
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
		t.baseModel = &baseModel{base.ProjectID.UUID, base.IterationID.UUID}
	}
	return nil
}

func (s *Server) checkTraining(p *project, asked training, force bool) error {
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
	if err := s.checkBaseModel(p, asked.baseModel); err != nil {
		return err
	}
	if err := p.checkTrainingImages(asked); err != nil {
		return err
	}
	if n := len(p.iterations); n > 0 && !force {
		if last := p.iterations[n-1]; last.trainedAt != nil && last.revision == p.revision && last.parameters.equals(asked) {
			return errTrainingNotNeeded()
		}
	}
	return nil
}

// checkBase asks for a base model that is trained, on a domain of the same type.
func (s *Server) checkBaseModel(p *project, base *baseModel) error {
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
func (p *project) checkTrainingImages(asked training) error {
	needTags, needImages, kind := minClassificationTags, minClassificationImages, "MultiLabelClassification"
	switch *orEmpty(p.settings.ClassificationType) {
	case "Multiclass":
		kind = "MultiClassClassification"
	case "":
		needTags, needImages, kind = minDetectionTags, minDetectionImages, "Detection"
	}
	for _, t := range p.tags {
		if !asked.includes(t.id) {
			continue
		}
		if t.kind == negativeTag && kind == "Detection" {
			return errNegativeInDetection(t.name)
		}
		if t.kind != negativeTag && p.countTrainingImages(t.id) >= needImages {
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
func (p *project) countTrainingImages(tag uuid.UUID) int {
	count := 0
	for _, i := range p.images {
		if i.hasTag(tag) && (!p.isDetection() || slices.ContainsFunc(i.regions, func(on region) bool { return on.tag == tag })) {
			count++
		}
	}
	return count
}

// begin makes the workspace an iteration; created is when the workspace began.
func (p *project) startIteration(asked training, now time.Time) *iteration {
	p.iterationCount++
	i := &iteration{
		id: uuid.New(), name: p.nextIterationName(), created: p.workspaceCreated, startedAt: now, modified: now,
		parameters: asked, revision: p.revision, domain: p.settings.domain(), classifier: p.settings.ClassificationType,
		trainingData: p.dataset.forTraining(asked),
	}
	p.iterations, p.workspaceCreated = append(p.iterations, i), now
	return i
}

// nextIterationName passes over names that were given by hand.
func (p *project) nextIterationName() string {
	for {
		name := fmt.Sprintf("Iteration %d", p.iterationCount)
		if p.iterationNamed(name) == nil {
			return name
		}
		p.iterationCount++
	}
}

// completeTraining records the outcome, then tells the queue that the project
// has by then. What was deleted meanwhile has no outcome.
func (s *Server) completeTraining(ctx context.Context, projectID, iterationID uuid.UUID) {
	name, ok := s.pendingProjectName(projectID, iterationID)
	if !ok {
		return
	}
	why, id := s.takeFailure(
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
	if i.failureReason = why; why != "" {
		i.failedAt = &now
	} else {
		i.trainedAt = &now
	}
	return p.settings.NotificationQueueURI, true
}

// trainedOn is a copy of what a training takes: with the tags it selects alone,
// and without the images that show only other ones.
func (v dataset) forTraining(asked training) dataset {
	c := v.clone()
	if asked.tags == nil {
		return c
	}
	c.tags = slices.DeleteFunc(c.tags, func(t *tag) bool { return !asked.includes(t.id) })
	c.images = slices.DeleteFunc(c.images, func(i *image) bool {
		before := i.tagIDs()
		for _, id := range before {
			if !asked.includes(id) {
				i.removeTag(id)
			}
		}
		return len(before) > 0 && len(i.tags) == 0
	})
	return c
}
