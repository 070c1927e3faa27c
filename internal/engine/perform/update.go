package perform

import (
	"context"
	"encoding/json"

	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/naming"
	"github.com/cvconform/cvconform/internal/trainingapi"
)

// UpdatedDescription is the description that updates set.
const UpdatedDescription = "updated by cvconform"

func (e *execution) update(ctx context.Context, j *project, a situation.Act) (actResult, error) {
	role := "first"
	if a.Change == situation.MoveStorage {
		role = "second"
	}
	if a.Change != situation.RepeatURIs {
		if err := e.createStorage(ctx, j, a, role); err != nil {
			return actResult{}, err
		}
	}
	body, err := e.updateBody(ctx, j, a)
	if err != nil {
		return actResult{blocked: err.Error()}, nil
	}
	defer e.Observer.PollFaster(j.queue, j.container)()
	x := e.exchange(j, e.Client.UpdateProject(ctx, j.id, body))
	var updated trainingapi.Project
	if err := trainingapi.Decode(x, &updated); err != nil {
		return actResult{blocked: err.Error()}, nil
	}
	e.observeProject(ctx, j, x, a.Storage)
	return actResult{}, nil
}

// updateBody returns the body of UpdateProject. The guide's full body contains the project's own name and its
// settings as GetProject returns them.
func (c caller) updateBody(ctx context.Context, j *project, a situation.Act) (map[string]any, error) {
	switch a.Change {
	case situation.NamesOnly:
		return map[string]any{"name": naming.Renamed(j.name), "description": UpdatedDescription}, nil
	case situation.URIsOnly:
		return map[string]any{"settings": storageURIs(j, a)}, nil
	}
	var current struct {
		Settings map[string]json.RawMessage `json:"settings"`
	}
	if err := trainingapi.Decode(c.exchange(j, c.Client.GetProject(ctx, j.id)), &current); err != nil {
		return nil, err
	}
	settings := storageURIs(j, a)
	for _, member := range []string{"domainId", "classificationType", "targetExportPlatforms", "imageProcessingSettings"} {
		if value, ok := current.Settings[member]; ok {
			settings[member] = value
		}
	}
	return map[string]any{
		"name":        j.name,
		"description": UpdatedDescription,
		"settings":    settings,
		"status":      "Succeeded",
	}, nil
}

// storageURIs returns the members for the URIs that the act gives.
func storageURIs(j *project, a situation.Act) map[string]any {
	uris := map[string]any{}
	if a.Storage.Queue {
		uris["notificationQueueUri"] = j.queueURI
	}
	if a.Storage.Container {
		uris["exportModelContainerUri"] = j.containerURI
	}
	return uris
}
