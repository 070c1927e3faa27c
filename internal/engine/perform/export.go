package perform

import (
	"context"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/check/effect"
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
	j.exported = append(j.exported, platform)
	o := operation{project: j, budget: budget.Export, message: effect.Export,
		isMessage: func(op evidence.Operation) bool {
			return effect.StoresExport(op, j.queue, platform, j.exported...) && e.belongsTo(j, op)
		},
		status: func(ctx context.Context) (status operationStatus) {
			status, downloadURI = e.exportStatus(ctx, j, platform)
			return status
		},
		onMessage: func(ctx context.Context, message evidence.Operation) { e.followModelURI(ctx, j, platform, message) }}
	status := e.follow(ctx, o, x.Ended)
	stopPollingInOrder()
	if status.finished && status.succeeded {
		e.awaitBackup(ctx, j, platform, status.exchange)
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

// awaitBackup waits for the backup of an export whose final status was read.
func (e *execution) awaitBackup(ctx context.Context, j *project, platform string, final evidence.Exchange) {
	if j.container == "" {
		return
	}
	own := effect.Backup{Project: j.id, Iteration: j.iteration, Platform: platform}
	e.await(ctx, budget.Backup, "the backup", final.Ended, func(op evidence.Operation) bool {
		return effect.StoresBackup(op, j.container, own, e.Readings)
	})
}

// followModelURI downloads the model that the Export message's modelUri refers to.
func (c caller) followModelURI(ctx context.Context, j *project, platform string, message evidence.Operation) {
	if link := effect.ParseMessage(message.Text).Text("Content", "modelUri"); link != "" {
		c.downloadLink(ctx, j, download{"modelUri", platform, link})
	}
}
