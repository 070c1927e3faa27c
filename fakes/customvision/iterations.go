package customvision

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

func iterationRoutes() []route {
	return []route{
		{"GetIterations", "GET", projectPath + "/iterations", maxDocument, (*Server).listIterations},
		{"GetIteration", "GET", iterationPath, maxDocument, (*Server).getIteration},
		{"UpdateIteration", "PATCH", iterationPath, maxDocument, (*Server).updateIteration},
		{"DeleteIteration", "DELETE", iterationPath, maxDocument, (*Server).deleteIteration},
	}
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

// previewIteration adds the members of v3.4-preview.
type previewIteration struct {
	iterationDocument
	CustomBaseModelInfo  *baseModel `json:"customBaseModelInfo"`
	TrainingErrorDetails *string    `json:"trainingErrorDetails"`
}

// iterationDocument returns the document of an API version. In v3.4-preview exportableTo is null (recorded). In
// v3.3 it has the platforms once the iteration is trained.
func (p *project) iterationDocument(i *iteration, preview bool) any {
	document := iterationDocument{
		ID: i.id, Name: i.name, Status: i.status(), ProjectID: p.id,
		Created: timestamp(i.created), LastModified: timestamp(i.modified), TrainedAt: (*timestamp)(i.trainedAt),
		TrainingType: i.parameters.kind, ReservedBudgetInHours: i.parameters.budgetHours,
	}
	if ended := i.ended(); ended != nil {
		i.fillOutcome(&document, *ended, preview)
	}
	if i.published != nil {
		document.PublishName, document.OriginalPublishResourceID = &i.published.name, &i.published.resource
	}
	if !preview {
		return document
	}
	return previewIteration{
		iterationDocument:    document,
		CustomBaseModelInfo:  i.parameters.baseModel,
		TrainingErrorDetails: i.errorDetails(),
	}
}

// fillOutcome sets the members that depend on the result of the training.
func (i *iteration) fillOutcome(d *iterationDocument, ended time.Time, preview bool) {
	d.DomainID, d.ClassificationType = &i.domain.ID, i.classifier
	d.TrainingTimeInMinutes = int(math.Ceil(ended.Sub(i.startedAt).Minutes()))
	d.Exportable = i.trainedAt != nil && i.domain.Exportable
	if preview {
		return
	}
	d.ExportableTo = []string{}
	if d.Exportable {
		d.ExportableTo = slices.Sorted(slices.Values(i.domain.platforms(preview)))
	}
}

func (i *iteration) errorDetails() *string {
	if i.failedAt == nil {
		return nil
	}
	return &i.failureReason
}

// listIterations returns the iterations, without the workspace (recorded).
func (s *Server) listIterations(r *request) (any, error) {
	return s.inProject(r, func(p *project) (any, error) {
		documents := make([]any, 0, len(p.iterations))
		for _, i := range p.iterations {
			documents = append(documents, p.iterationDocument(i, r.preview))
		}
		return documents, nil
	})
}

func (s *Server) getIteration(r *request) (any, error) {
	return s.inIteration(r, func(p *project, i *iteration) (any, error) {
		return p.iterationDocument(i, r.preview), nil
	})
}

// updateIteration changes the name. A caller cannot change anything else.
func (s *Server) updateIteration(r *request) (any, error) {
	var body struct {
		Name string `json:"name"`
	}
	if err := readJSON(r, &body, false); err != nil {
		return nil, err
	}
	if strings.TrimSpace(body.Name) == "" {
		return nil, errIterationName()
	}
	return s.inIteration(r, func(p *project, i *iteration) (any, error) {
		if other := p.iterationNamed(body.Name); other != nil && other != i {
			return nil, errIterationNameTaken(body.Name)
		}
		i.name, i.modified = body.Name, s.now()
		return p.iterationDocument(i, r.preview), nil
	})
}

// deleteIteration also ends a running training, without a result.
func (s *Server) deleteIteration(r *request) (any, error) {
	return s.inIteration(r, func(p *project, i *iteration) (any, error) {
		if i.published != nil {
			return nil, errStillPublished(i.published.name)
		}
		p.iterations = slices.DeleteFunc(p.iterations, func(other *iteration) bool { return other == i })
		return nil, nil
	})
}
