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

// trainProject responds before the work starts, so that its message is sent later than the response.
func (s *Server) trainProject(r *request) (any, error) {
	params, err := readTraining(r)
	if err != nil {
		return nil, err
	}
	force, err := r.boolean("forceTrain")
	if err != nil {
		return nil, err
	}
	return s.inProject(r, func(p *project) (any, error) {
		if err := s.checkTraining(p, params, force); err != nil {
			return nil, err
		}
		i := p.startIteration(params, s.now())
		duration := s.durations.of(p).Training
		work := func(ctx context.Context) { s.completeTraining(ctx, p.id, i.id) }
		return s.respondBefore(p.iterationDocument(i, r.preview), duration, "Training", p.id, work), nil
	})
}

func readTraining(r *request) (training, error) {
	params := training{kind: "Regular"}
	if kind := r.param("trainingType"); kind != "" {
		name, ok := canonical(kind, "Regular", "Advanced")
		if !ok {
			return params, errTrainingType(kind)
		}
		params.kind = name
	}
	var err error
	if params.budgetHours, err = r.integer("reservedBudgetInHours", 0, math.MaxInt32); err != nil {
		return params, err
	}
	if params.kind == "Advanced" && params.budgetHours == 0 {
		return params, errTrainingBudget()
	}
	if err := checkEmail(r.param("notificationEmailAddress")); err != nil {
		return params, err
	}
	err = params.readParameters(r)
	return params, err
}

// checkEmail validates the address. The fake sends no e-mail.
func checkEmail(text string) error {
	if text == "" {
		return nil
	}
	if address, err := mail.ParseAddress(text); err != nil || address.Address != text {
		return errEmail(text)
	}
	return nil
}

// readParameters reads the body. Only v3.4-preview has base models.
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

func (s *Server) checkTraining(p *project, params training, force bool) error {
	if p.isTraining() {
		return errTrainingInProgress()
	}
	if len(p.iterations) >= maxIterations {
		return errIterationLimit()
	}
	for _, id := range params.tags {
		if p.tag(id) == nil {
			return errSelectedTag(id)
		}
	}
	if err := s.checkBaseModel(p, params.baseModel); err != nil {
		return err
	}
	if err := p.checkTrainingImages(params); err != nil {
		return err
	}
	if n := len(p.iterations); n > 0 && !force {
		if last := p.iterations[n-1]; last.trainedAt != nil && last.revision == p.revision && last.parameters.equals(params) {
			return errTrainingNotNeeded()
		}
	}
	return nil
}

// checkBaseModel requires a trained iteration with a domain of the same type.
func (s *Server) checkBaseModel(p *project, model *baseModel) error {
	if model == nil {
		return nil
	}
	owner, i := s.lookupIteration(model.ProjectID, model.IterationID)
	switch {
	case owner == nil:
		return errProjectNotFound(model.ProjectID)
	case i == nil:
		return errIterationNotFound(model.IterationID)
	case i.trainedAt == nil:
		return errBaseNotTrained(i.id)
	case i.domain.Type != p.settings.domain().Type:
		return errBaseDomain(i.id)
	}
	return nil
}

// checkTrainingImages requires enough regular tags with enough images.
func (w *workspace) checkTrainingImages(params training) error {
	needTags, needImages, kind := minClassificationTags, minClassificationImages, "MultiLabelClassification"
	switch *orEmpty(w.settings.ClassificationType) {
	case "Multiclass":
		kind = "MultiClassClassification"
	case "":
		needTags, needImages, kind = minDetectionTags, minDetectionImages, "Detection"
	}
	for _, t := range w.tags {
		if !params.includes(t.id) {
			continue
		}
		if t.kind == negativeTag && kind == "Detection" {
			return errNegativeInDetection(t.name)
		}
		if t.kind != negativeTag && w.countTrainingImages(t.id) >= needImages {
			needTags--
		}
	}
	if needTags > 0 {
		return errNotEnoughImages(kind)
	}
	return nil
}

// countTrainingImages counts the images that a training can learn a tag from. Object detection learns from regions.
func (w *workspace) countTrainingImages(tag uuid.UUID) int {
	marks := func(r region) bool { return r.tag == tag }
	count := 0
	for _, i := range w.images {
		if i.hasTag(tag) && (!w.isDetection() || slices.ContainsFunc(i.regions, marks)) {
			count++
		}
	}
	return count
}

// startIteration creates an iteration from the workspace. Its creation time is that of the workspace.
func (p *project) startIteration(params training, now time.Time) *iteration {
	p.iterationCount++
	i := &iteration{
		id: uuid.New(), name: p.nextIterationName(), created: p.workspaceCreated, startedAt: now, modified: now,
		parameters: params,
		trainingInputs: trainingInputs{
			revision: p.revision, domain: p.settings.domain(), classifier: p.settings.ClassificationType,
			trainingData: p.dataset.forTraining(params),
		},
	}
	p.iterations, p.workspaceCreated = append(p.iterations, i), now
	return i
}

// nextIterationName skips names that are in use.
func (p *project) nextIterationName() string {
	for {
		name := fmt.Sprintf("Iteration %d", p.iterationCount)
		if p.iterationNamed(name) == nil {
			return name
		}
		p.iterationCount++
	}
}

// completeTraining records the result, and then sends a message to the queue that the project has at that time. If
// the project or the iteration was deleted, it does nothing.
func (s *Server) completeTraining(ctx context.Context, projectID, iterationID uuid.UUID) {
	name, ok := s.pendingProjectName(projectID, iterationID)
	if !ok {
		return
	}
	reason, faultID := s.takeFailure(
		fault.Call{At: fault.Training, ProjectID: projectID.String(), ProjectName: name},
		s.options.FailTraining,
	)
	queue, ok := s.recordTraining(projectID, iterationID, reason)
	if !ok {
		return
	}
	s.logWork("Training", projectID, reason, faultID)
	s.notify(s.outboundContext(ctx, projectID, name), queue, trainingMessage(projectID, iterationID, reason != ""))
}

// pendingProjectName returns the name of the project of an iteration, if both still exist.
func (s *Server) pendingProjectName(projectID, iterationID uuid.UUID) (name string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, i := s.lookupIteration(projectID, iterationID)
	if i == nil {
		return "", false
	}
	return p.name, true
}

func (s *Server) recordTraining(projectID, iterationID uuid.UUID, reason string) (queue string, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, i := s.lookupIteration(projectID, iterationID)
	if i == nil {
		return "", false
	}
	now := s.now()
	i.modified = now
	if i.failureReason = reason; reason != "" {
		i.failedAt = &now
	} else {
		i.trainedAt = &now
	}
	return p.settings.NotificationQueueURI, true
}

// forTraining returns a copy with the selected tags, without images that had only other tags.
func (d dataset) forTraining(params training) dataset {
	c := d.clone()
	if params.tags == nil {
		return c
	}
	c.tags = slices.DeleteFunc(c.tags, func(t *tag) bool { return !params.includes(t.id) })
	c.images = slices.DeleteFunc(c.images, func(i *image) bool {
		before := i.tagIDs()
		for _, id := range before {
			if !params.includes(id) {
				i.removeTag(id)
			}
		}
		return len(before) > 0 && len(i.tags) == 0
	})
	return c
}
