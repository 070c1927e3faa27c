package perform

import (
	"context"
	"fmt"

	"github.com/cvconform/cvconform/internal/budget"
	"github.com/cvconform/cvconform/internal/evidence"
	"github.com/cvconform/cvconform/internal/situation"
	"github.com/cvconform/cvconform/internal/training"
)

func (p *performance) train(ctx context.Context, j *project) outcome {
	again := j.tagged
	if err := p.upload(ctx, j); err != nil {
		return outcome{blocked: err.Error()}
	}
	x := p.held(ctx, j, func() evidence.Exchange { return p.Client.TrainProject(ctx, j.id, again) })
	var begun training.Iteration
	if err := training.Decode(x, &begun); err != nil {
		return outcome{blocked: err.Error()}
	}
	if begun.ID == "" {
		return outcome{blocked: "TrainProject answered 200 without an iteration id: " + training.Excerpt(x.Body)}
	}
	j.iteration = begun.ID
	over, well, last := p.follow(ctx, task{project: j, budget: budget.Training, message: "Training", subject: j.iteration,
		status: func(ctx context.Context) (bool, bool, evidence.Exchange) { return p.iteration(ctx, j) }}, x.Ended)
	return p.judgeEnd(j, situation.TrainingFailure, budget.Training, over, well, last)
}

// judgeEnd says what the end of a training or an export means for what follows.
func (p *performance) judgeEnd(j *project, provoked situation.Failure, name string, over, well bool, last evidence.Exchange) outcome {
	switch {
	case !over && p.dead():
		return outcome{blocked: fmt.Sprintf("the service ended before the %s was over; %s", name, said(last))}
	case !over:
		return outcome{unseen: fmt.Sprintf("the %s was not over within %s (budget %s); %s: %s",
			name, p.Budgets[name], name, said(last), training.Excerpt(last.Body))}
	case j.fails == provoked && well:
		return outcome{unseen: fmt.Sprintf("the provocation had no effect: the %s succeeded all the same", name)}
	case j.fails != provoked && !well:
		return outcome{blocked: fmt.Sprintf("the %s failed; %s: %s", name, said(last), training.Excerpt(last.Body))}
	}
	return outcome{}
}

func said(x evidence.Exchange) string {
	if x.Error != "" {
		return x.Call + " got no answer (" + x.Error + ")"
	}
	return fmt.Sprintf("%s answered %d", x.Call, x.Status)
}

func (p *performance) iteration(ctx context.Context, j *project) (over, well bool, x evidence.Exchange) {
	x = p.exchange(j, p.Client.GetIteration(ctx, j.id, j.iteration))
	var it training.Iteration
	if training.Decode(x, &it) == nil {
		over, well = it.Over()
	}
	return over, well, x
}

// upload gives the project its tags and images, once.
func (p *performance) upload(ctx context.Context, j *project) error {
	if j.tagged {
		return nil
	}
	byTag := map[string][]training.Image{}
	var all []training.Image
	for tag := range training.Tags {
		x := p.exchange(j, p.Client.CreateTag(ctx, j.id, fmt.Sprintf("tag%d", tag)))
		var made struct{ ID string }
		if err := training.Decode(x, &made); err != nil {
			return err
		}
		images, err := training.Pictures(tag)
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
	if x := p.exchange(j, p.Client.CreateImagesFromFiles(ctx, j.id, all)); training.Succeeded(x) {
		return nil
	}
	return p.uploadMultipart(ctx, j, byTag)
}

// uploadMultipart is the second way, for services that refuse the JSON batch.
func (p *performance) uploadMultipart(ctx context.Context, j *project, byTag map[string][]training.Image) error {
	for tag, images := range byTag {
		x, err := p.Client.CreateImagesFromData(ctx, j.id, tag, images)
		if err != nil {
			return err
		}
		if p.exchange(j, x); !training.Succeeded(x) {
			return fmt.Errorf("neither CreateImagesFromFiles nor CreateImagesFromData took the images: %s: %s", said(x), training.Excerpt(x.Body))
		}
	}
	return nil
}
