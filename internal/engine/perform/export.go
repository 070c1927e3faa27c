package perform

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/trainingapi"
)

func (e *execution) export(ctx context.Context, j *project, platform string) actResult {
	stopPollingInOrder := e.Observer.PollInOrder(j.container, j.queue) // the backup has to be stored before the message
	defer stopPollingInOrder()
	x := e.callHoldingMessages(ctx, j, func() evidence.Exchange {
		return e.Client.ExportIteration(ctx, j.id, j.iteration, platform)
	})
	var started trainingapi.Export
	if err := trainingapi.Decode(x, &started); err != nil {
		return actResult{blocked: err.Error()}
	}
	var downloadURI string
	o := operation{project: j, budget: budget.Export, message: "Export", subject: j.iteration,
		status: func(ctx context.Context) (status operationStatus) {
			status, downloadURI = e.exportStatus(ctx, j, platform)
			return status
		},
		onMessage: func(ctx context.Context, message evidence.Operation) { e.followModelURI(ctx, j, platform, message) }}
	status := e.follow(ctx, o, x.Ended)
	stopPollingInOrder()
	if status.finished && status.succeeded {
		e.awaitBackup(ctx, j)
		if downloadURI != "" {
			e.downloadLink(ctx, j, download{"downloadUri", platform, downloadURI})
		}
	}
	return e.checkFinalStatus(j, situation.ExportFailure, budget.Export, status)
}

// exportStatus requests the status of the export for one platform. It takes the link from the response itself,
// because the recorded one has no signature.
func (c caller) exportStatus(
	ctx context.Context,
	j *project,
	platform string,
) (status operationStatus, downloadURI string) {
	response := c.Client.GetExports(ctx, j.id, j.iteration)
	status.exchange = c.exchange(j, response)
	var exports []trainingapi.Export
	if trainingapi.Decode(response, &exports) != nil {
		return status, ""
	}
	for _, e := range exports {
		if e.Platform == platform {
			status.finished, status.succeeded = e.Finished()
			status.value = e.Status
			return status, e.DownloadURI
		}
	}
	return status, ""
}

// awaitBackup waits for a blob of this export in the project's container.
func (e *execution) awaitBackup(ctx context.Context, j *project) {
	if j.container == "" {
		return
	}
	e.await(ctx, budget.Backup, "the backup", e.Now(), func(op evidence.Operation) bool {
		return storesBlobIn(op, j.container) && op.Name != "PutBlock" && e.belongsToProject(j, op.Object)
	})
}

// belongsToProject reports whether a blob may be the project's. If two projects share a container, its name has to
// contain the project's id.
func (e *execution) belongsToProject(j *project, blob string) bool {
	return len(e.projects) == 1 || strings.Contains(blob, j.id)
}

// followModelURI downloads the model that the Export message's modelUri refers to.
func (c caller) followModelURI(ctx context.Context, j *project, platform string, message evidence.Operation) {
	text, _, _ := evidence.Decode(message.Text)
	var m struct {
		Content struct {
			ModelURI *string `json:"modelUri"`
		}
	}
	if json.Unmarshal([]byte(text), &m) != nil || m.Content.ModelURI == nil {
		return
	}
	c.downloadLink(ctx, j, download{"modelUri", platform, *m.Content.ModelURI})
}
