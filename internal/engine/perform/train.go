package perform

import (
	"context"
	"fmt"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/engine/situation"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/trainingapi"
	"github.com/cvconform/cvconform/internal/trainingapi/dataset"
)

func (p *execution) train(ctx context.Context, j *project) actResult {
	again := j.tagged
	if err := p.upload(ctx, j); err != nil {
		return actResult{blocked: err.Error()}
	}
	x := p.callHoldingMessages(ctx, j, func() evidence.Exchange { return p.Client.TrainProject(ctx, j.id, again) })
	var begun trainingapi.Iteration
	if err := trainingapi.Decode(x, &begun); err != nil {
		return actResult{blocked: err.Error()}
	}
	if begun.ID == "" {
		return actResult{blocked: "TrainProject answered 200 without an iteration id: " + trainingapi.Truncate(x.Body)}
	}
	j.iteration = begun.ID
	over, well, last := p.follow(
		ctx,
		operation{project: j, budget: budget.Training, message: "Training", subject: j.iteration,
			status: func(ctx context.Context) (bool, bool, evidence.Exchange) { return p.iteration(ctx, j) }},
		x.Ended,
	)
	return p.checkFinalStatus(j, situation.TrainingFailure, budget.Training, over, well, last)
}

// checkFinalStatus says what the end of a training or an export means for what follows.
func (p *execution) checkFinalStatus(
	j *project,
	provoked situation.Failure,
	name string,
	over, well bool,
	last evidence.Exchange,
) actResult {
	switch {
	case !over && p.serviceEnded():
		return actResult{blocked: fmt.Sprintf("the service ended before the %s was over; %s", name, describeResponse(last))}
	case !over:
		return actResult{inconclusive: fmt.Sprintf("the %s was not over within %s (budget %s); %s: %s",
			name, p.Budgets[name], name, describeResponse(last), trainingapi.Truncate(last.Body))}
	case j.fails == provoked && well:
		return actResult{inconclusive: fmt.Sprintf("the provocation had no effect: the %s succeeded all the same", name)}
	case j.fails != provoked && !well:
		return actResult{
			blocked: fmt.Sprintf("the %s failed; %s: %s", name, describeResponse(last), trainingapi.Truncate(last.Body)),
		}
	}
	return actResult{}
}

func describeResponse(x evidence.Exchange) string {
	if x.Error != "" {
		return x.Call + " got no response (" + x.Error + ")"
	}
	return fmt.Sprintf("%s answered %d", x.Call, x.Status)
}

func (p *execution) iteration(ctx context.Context, j *project) (over, well bool, x evidence.Exchange) {
	x = p.exchange(j, p.Client.GetIteration(ctx, j.id, j.iteration))
	var it trainingapi.Iteration
	if trainingapi.Decode(x, &it) == nil {
		over, well = it.Finished()
	}
	return over, well, x
}

// upload gives the project its tags and images, once.
func (p *execution) upload(ctx context.Context, j *project) error {
	if j.tagged {
		return nil
	}
	byTag := map[string][]trainingapi.Image{}
	var all []trainingapi.Image
	for tag := range dataset.Tags {
		x := p.exchange(j, p.Client.CreateTag(ctx, j.id, fmt.Sprintf("tag%d", tag)))
		var made struct{ ID string }
		if err := trainingapi.Decode(x, &made); err != nil {
			return err
		}
		images, err := dataset.Images(tag)
		if err != nil {
			return err
		}
		for i := range images {
			images[i].TagID = made.ID
		}
		byTag[made.ID] = images
		all = append(all, images...)
	}
	j.tagged = true
	if x := p.exchange(j, p.Client.CreateImagesFromFiles(ctx, j.id, all)); trainingapi.Succeeded(x) {
		return nil
	}
	return p.uploadMultipart(ctx, j, byTag)
}

// uploadMultipart is the second way, for services that refuse the JSON batch.
func (p *execution) uploadMultipart(ctx context.Context, j *project, byTag map[string][]trainingapi.Image) error {
	for tag, images := range byTag {
		x, err := p.Client.CreateImagesFromData(ctx, j.id, tag, images)
		if err != nil {
			return err
		}
		if p.exchange(j, x); !trainingapi.Succeeded(x) {
			return fmt.Errorf(
				"neither CreateImagesFromFiles nor CreateImagesFromData took the images: %s: %s",
				describeResponse(x),
				trainingapi.Truncate(x.Body),
			)
		}
	}
	return nil
}
