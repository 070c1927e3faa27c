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

func (p *execution) export(ctx context.Context, j *project, platform string) actResult {
	relax := p.Observer.PollInOrder(j.container, j.queue) // the backup has to be there before the message
	defer relax()
	x := p.callHoldingMessages(
		ctx,
		j,
		func() evidence.Exchange { return p.Client.ExportIteration(ctx, j.id, j.iteration, platform) },
	)
	var begun trainingapi.Export
	if err := trainingapi.Decode(x, &begun); err != nil {
		return actResult{blocked: err.Error()}
	}
	var link string
	t := operation{project: j, budget: budget.Export, message: "Export", subject: j.iteration,
		status: func(ctx context.Context) (over, well bool, x evidence.Exchange) {
			over, well, link, x = p.exported(ctx, j, platform)
			return over, well, x
		},
		stored: func(ctx context.Context, op evidence.Operation) { p.followModelURI(ctx, j, platform, op) }}
	over, well, last := p.follow(ctx, t, x.Ended)
	relax()
	if over && well {
		p.backup(ctx, j)
		p.followDownloadURI(ctx, j, platform, link)
	}
	return p.checkFinalStatus(j, situation.ExportFailure, budget.Export, over, well, last)
}

// exported looks at the status of the export for one platform. The link is taken
// from the answer itself: it works with its signature only.
func (p *execution) exported(
	ctx context.Context,
	j *project,
	platform string,
) (over, well bool, link string, x evidence.Exchange) {
	answer := p.Client.GetExports(ctx, j.id, j.iteration)
	x = p.exchange(j, answer)
	var exports []trainingapi.Export
	if trainingapi.Decode(answer, &exports) != nil {
		return false, false, "", x
	}
	for _, e := range exports {
		if e.Platform == platform {
			over, well = e.Finished()
			return over, well, e.DownloadURI, x
		}
	}
	return false, false, "", x
}

// backup waits for a blob of this export in the project's container.
func (p *execution) backup(ctx context.Context, j *project) {
	if j.container == "" {
		return
	}
	p.await(ctx, budget.Backup, "the backup", p.Now(), func(op evidence.Operation) bool {
		return p.storesBlobIn(op, j.container) && op.Name != "PutBlock" && p.belongsToProject(j, op.Object)
	})
}

// belongsToProject says whether a blob may be the project's: where twins share a container,
// the name has to say so.
func (p *execution) belongsToProject(j *project, object string) bool {
	return len(p.projects) == 1 || strings.Contains(object, j.id)
}

// followModelURI gets what the Export message's modelUri leads to, at once.
func (p *execution) followModelURI(ctx context.Context, j *project, platform string, op evidence.Operation) {
	text, _, _ := evidence.Decode(op.Text)
	var m struct {
		Content struct {
			ModelURI *string `json:"modelUri"`
		}
	}
	if json.Unmarshal([]byte(text), &m) != nil || m.Content.ModelURI == nil {
		return
	}
	p.downloadLink(ctx, j, "modelUri", platform, *m.Content.ModelURI)
}

func (p *execution) followDownloadURI(ctx context.Context, j *project, platform, link string) {
	if link != "" {
		p.downloadLink(ctx, j, "downloadUri", platform, link)
	}
}
