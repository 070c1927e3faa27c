package perform

import (
	"context"
	"encoding/json"

	"github.com/cvconform/cvconform/internal/naming"
	"github.com/cvconform/cvconform/internal/situation"
	"github.com/cvconform/cvconform/internal/training"
)

// UpdatedDescription is what updates set as the description.
const UpdatedDescription = "updated by cvconform"

func (p *performance) update(ctx context.Context, j *project, a situation.Act) (outcome, error) {
	role := "first"
	if a.Change == situation.Move {
		role = "second"
	}
	if err := p.equip(ctx, j, a, role); err != nil {
		return outcome{}, err
	}
	body, err := p.updateBody(ctx, j, a)
	if err != nil {
		return outcome{blocked: err.Error()}, nil
	}
	defer p.Sight.Hurry(j.queue, j.container)()
	x := p.exchange(j, p.Client.UpdateProject(ctx, j.id, body))
	var updated training.Project
	if err := training.Decode(x, &updated); err != nil {
		return outcome{blocked: err.Error()}, nil
	}
	p.look(ctx, j, x, a.Storage.Queue, a.Storage.Container)
	return outcome{}, nil
}

// updateBody is what UpdateProject is sent. The guide's whole body names the
// project's own name and settings, as GetProject shows them.
func (p *performance) updateBody(ctx context.Context, j *project, a situation.Act) (map[string]any, error) {
	switch a.Change {
	case situation.Names:
		return map[string]any{"name": naming.Renamed(j.name), "description": UpdatedDescription}, nil
	case situation.URIs:
		return map[string]any{"settings": p.uris(j, a)}, nil
	}
	var now struct {
		Settings map[string]json.RawMessage `json:"settings"`
	}
	if err := training.Decode(p.exchange(j, p.Client.GetProject(ctx, j.id)), &now); err != nil {
		return nil, err
	}
	settings := p.uris(j, a)
	for _, member := range []string{"domainId", "classificationType", "targetExportPlatforms", "imageProcessingSettings"} {
		if value, ok := now.Settings[member]; ok {
			settings[member] = value
		}
	}
	return map[string]any{"name": j.name, "description": UpdatedDescription, "settings": settings, "status": "Succeeded"}, nil
}

func (p *performance) uris(j *project, a situation.Act) map[string]any {
	uris := map[string]any{}
	if a.Storage.Queue {
		uris["notificationQueueUri"] = j.queueURI
	}
	if a.Storage.Container {
		uris["exportModelContainerUri"] = j.containerURI
	}
	return uris
}
