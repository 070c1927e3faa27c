package perform

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/check/effect"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/trainingapi"
	"github.com/cvconform/cvconform/internal/trainingapi/dataset"
)

func (e *execution) train(ctx context.Context, j *project) actResult {
	force := j.tagged // a second training
	if err := e.upload(ctx, j); err != nil {
		return actResult{blocked: err.Error()}
	}
	x := e.callHoldingMessages(ctx, j, func() evidence.Exchange { return e.Client.TrainProject(ctx, j.id, force) })
	var started trainingapi.Iteration
	if err := trainingapi.Decode(x, &started); err != nil {
		return actResult{blocked: err.Error()}
	}
	if started.ID == "" {
		return actResult{blocked: "TrainProject returned 200 without an iteration id: " + trainingapi.Truncate(x.Body)}
	}
	earlier := j.iterations
	j.iteration, j.iterations = started.ID, append(slices.Clone(earlier), started.ID)
	o := operation{project: j, budget: budget.Training, message: effect.Training,
		isMessage: func(op evidence.Operation) bool {
			return effect.StoresTraining(op, j.queue, started.ID, earlier...) && e.belongsTo(j, op)
		},
		status: func(ctx context.Context) operationStatus { return e.iterationStatus(ctx, j) }}
	return e.checkFinalStatus(j, situation.TrainingFailure, budget.Training, e.follow(ctx, o, x.Ended))
}

// checkFinalStatus returns the result of a training or an export. provoked is the failure mode that makes it fail,
// name its budget.
func (c caller) checkFinalStatus(
	j *project,
	provoked situation.Failure,
	name string,
	status operationStatus,
) actResult {
	last := status.exchange
	switch {
	case !status.finished && c.serviceEnded():
		return actResult{blocked: fmt.Sprintf("the service ended before the %s was over; %s", name, describeStatus(last))}
	case !status.finished:
		return actResult{inconclusive: fmt.Sprintf("the %s was not over within %s (budget %s); %s",
			name, c.Budgets[name], name, status.describe())}
	case j.failureMode == provoked && status.succeeded:
		return actResult{inconclusive: fmt.Sprintf("the provocation had no effect: the %s succeeded", name)}
	case j.failureMode != provoked && !status.succeeded:
		return actResult{
			blocked: fmt.Sprintf("the %s failed; %s: %s", name, describeStatus(last), trainingapi.Truncate(last.Body)),
		}
	}
	return actResult{}
}

// describeStatus returns the call and its status or its error.
func describeStatus(x evidence.Exchange) string {
	if x.Error != "" {
		return x.Call + " got no response (" + x.Error + ")"
	}
	return fmt.Sprintf("%s returned %d", x.Call, x.Status)
}

func (c caller) iterationStatus(ctx context.Context, j *project) operationStatus {
	status := operationStatus{exchange: c.exchange(j, c.Client.GetIteration(ctx, j.id, j.iteration))}
	var it trainingapi.Iteration
	if trainingapi.Decode(status.exchange, &it) == nil {
		status.finished, status.succeeded = it.Finished()
		status.value = it.Status
	}
	return status
}

// upload creates the project's tags and uploads its images, once.
func (c caller) upload(ctx context.Context, j *project) error {
	if j.tagged {
		return nil
	}
	byTag := map[string][]trainingapi.Image{}
	var all []trainingapi.Image
	for tag := range dataset.Tags {
		x := c.exchange(j, c.Client.CreateTag(ctx, j.id, fmt.Sprintf("tag%d", tag)))
		var created struct{ ID string }
		if err := trainingapi.Decode(x, &created); err != nil {
			return err
		}
		images, err := dataset.Images(tag)
		if err != nil {
			return err
		}
		for i := range images {
			images[i].TagID = created.ID
		}
		byTag[created.ID] = images
		all = append(all, images...)
	}
	j.tagged = true
	x := c.exchange(j, c.Client.CreateImagesFromFiles(ctx, j.id, all))
	if trainingapi.Succeeded(x) {
		return nil
	}
	if err := c.uploadMultipart(ctx, j, byTag); err != nil {
		return fmt.Errorf("neither CreateImagesFromFiles nor CreateImagesFromData accepted the images: %s; %w",
			trainingapi.Describe(x), err)
	}
	return nil
}

// uploadMultipart uploads the images as multipart/form-data, for services that refuse the JSON batch.
func (c caller) uploadMultipart(ctx context.Context, j *project, byTag map[string][]trainingapi.Image) error {
	for tag, images := range byTag {
		x, err := c.Client.CreateImagesFromData(ctx, j.id, tag, images)
		if err != nil {
			return err
		}
		if c.exchange(j, x); !trainingapi.Succeeded(x) {
			return errors.New(trainingapi.Describe(x))
		}
	}
	return nil
}
