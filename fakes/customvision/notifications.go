package customvision

import (
	"context"

	"github.com/google/uuid"
)

// message is a message to a project's queue. Its members are spelled as in the guide: only "Content" has a capital.
type message struct {
	Version string  `json:"version"`
	Type    string  `json:"type"`
	Content content `json:"Content"`
}

type content interface{ isContent() }

type connectionContent struct {
	ProjectID uuid.UUID `json:"projectId"`
}

type trainingContent struct {
	ProjectID      uuid.UUID `json:"projectId"`
	IterationID    uuid.UUID `json:"iterationId"`
	TrainingStatus string    `json:"trainingStatus"`
}

type exportContent struct {
	ProjectID    uuid.UUID `json:"projectId"`
	IterationID  uuid.UUID `json:"iterationId"`
	ExportStatus string    `json:"exportStatus"`
	ModelURI     *string   `json:"modelUri"` // null if the export failed
}

func (connectionContent) isContent() {}
func (trainingContent) isContent()   {}
func (exportContent) isContent()     {}

func connectionTest(project uuid.UUID) message {
	return message{"1.0", "ConnectionTest", connectionContent{project}}
}

func trainingMessage(project, iteration uuid.UUID, failed bool) message {
	status := "TrainingCompleted"
	if failed {
		status = "TrainingFailed"
	}
	return message{"1.0", "Training", trainingContent{project, iteration, status}}
}

// exportMessage returns the message about an export. model is the URI of the model, or nil if the export failed.
func exportMessage(project, iteration uuid.UUID, model *string) message {
	status := "ExportCompleted"
	if model == nil {
		status = "ExportFailed"
	}
	return message{"1.0", "Export", exportContent{project, iteration, status, model}}
}

func (s *Server) sendMessage(ctx context.Context, queue string, m message) error {
	text, err := encode(m)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, storageTimeout)
	defer cancel()
	return s.options.Storage.SendMessage(ctx, queue, string(text))
}

// notify sends a message about completed work if the project has a queue. A message that cannot be sent is logged
// and dropped.
func (s *Server) notify(ctx context.Context, queue string, m message) {
	if queue == "" {
		return
	}
	if err := s.sendMessage(ctx, queue, m); err != nil {
		s.options.Logger.Warn("cannot send a message", "type", m.Type, "error", err)
	}
}
